//! What a step can do: one function for each operation of the README.

mod boxes;
mod carts;
mod chat;
mod drops;
mod fans;
mod feed;
mod live;
mod offers;
mod orders;
mod purchase;
mod returns;
mod sandbox;
mod shopper;

use nightmarket::Error;
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::pin::Pin;

use crate::app::App;

/// What became of an operation, if it did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The core said no: a journey may expect that.
    #[error("{0} ({code})", code = .0.code())]
    Call(#[from] Error),
    /// The journey or the sandbox is not as it should be.
    #[error("{0}")]
    Broken(String),
}

impl Fault {
    /// Nothing a journey could expect.
    pub fn broken(why: impl Into<String>) -> Self {
        Self::Broken(why.into())
    }
}

/// What an operation gives.
pub type Outcome = Result<Value, Fault>;
/// An operation.
pub type Operation = for<'a> fn(&'a mut App, &'a Arguments) -> Pin<Box<dyn Future<Output = Outcome> + 'a>>;

macro_rules! operations {
    ($($name:literal => $operation:path,)*) => {
        /// Every operation with its name.
        pub const ALL: &[(&str, Operation)] = &[$(($name, |app, given| Box::pin($operation(app, given)))),*];
    };
}

operations! {
    "pause" => shopper::pause,
    "device.notifications" => shopper::notifications,
    "shopper.open" => shopper::open,
    "shopper.close" => shopper::close,
    "shopper.kill" => shopper::kill,
    "shopper.venue" => shopper::venue,
    "shopper.register_push" => shopper::register_push,
    "shopper.unregister_push" => shopper::unregister_push,
    "shopper.on_push" => shopper::on_push,
    "shopper.background" => shopper::background,
    "shopper.foreground" => shopper::foreground,
    "sandbox.clock" => sandbox::clock,
    "sandbox.faults" => sandbox::faults,
    "sandbox.heal" => sandbox::heal,
    "sandbox.script" => sandbox::script,
    "sandbox.tray" => sandbox::tray,
    "sandbox.bank" => sandbox::bank,
    "sandbox.books" => sandbox::books,
    "feed.posts" => feed::posts,
    "feed.refresh" => feed::refresh,
    "feed.next_page" => feed::next_page,
    "feed.seen" => feed::seen,
    "feed.like" => feed::like,
    "feed.follow" => feed::follow,
    "live.join" => live::join,
    "live.enter" => live::enter,
    "live.state" => live::state,
    "live.shown" => live::shown,
    "live.leave" => live::leave,
    "chat.lines" => chat::lines,
    "chat.send" => chat::send,
    "chat.point_at" => chat::point_at,
    "chat.retry" => chat::retry,
    "offers.list" => offers::list,
    "offers.offer" => offers::offer,
    "carts.add" => carts::add,
    "carts.set_quantity" => carts::set_quantity,
    "carts.watch" => carts::watch,
    "purchase.quote" => purchase::quote,
    "purchase.quote_offer" => purchase::quote_offer,
    "purchase.quote_cart" => purchase::quote_cart,
    "purchase.choose" => purchase::choose,
    "purchase.rendered" => purchase::rendered,
    "purchase.tap" => purchase::tap,
    "purchase.confirm" => purchase::confirm,
    "purchase.watch" => purchase::watch,
    "purchase.purchases" => purchase::purchases,
    "purchase.unacknowledged" => purchase::unacknowledged,
    "purchase.acknowledge" => purchase::acknowledge,
    "purchase.undo" => purchase::undo,
    "purchase.returned" => purchase::returned,
    "purchase.early" => purchase::early,
    "purchase.abandon" => purchase::abandon,
    "purchase.declare_age" => purchase::declare_age,
    "purchase.trust" => purchase::trust,
    "purchase.policy" => purchase::policy,
    "purchase.set_threshold" => purchase::set_threshold,
    "purchase.switch_off" => purchase::switch_off,
    "purchase.audit" => purchase::audit,
    "orders.list" => orders::list,
    "orders.watch" => orders::watch,
    "orders.undo_deadline" => orders::undo_deadline,
    "returns.eligible" => returns::eligible,
    "returns.start" => returns::start,
    "returns.watch" => returns::watch,
    "returns.slots" => returns::slots,
    "returns.hold" => returns::hold,
    "returns.book" => returns::book,
    "drops.drops" => drops::drops,
    "drops.refresh" => drops::refresh,
    "drops.remind" => drops::remind,
    "drops.reminded" => drops::reminded,
    "drops.acknowledge" => drops::acknowledge,
    "fans.join" => fans::join,
    "fans.proof" => fans::proof,
    "boxes.describe" => boxes::describe,
    "boxes.odds_shown" => boxes::odds_shown,
    "boxes.request_opening" => boxes::request_opening,
    "boxes.openings" => boxes::openings,
    "boxes.draw" => boxes::draw,
    "boxes.draws" => boxes::draws,
    "boxes.collection" => boxes::collection,
}

/// The operation of that name.
pub fn find(name: &str) -> Option<Operation> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, operation)| *operation)
}

/// A step's arguments, with variables put in.
pub struct Arguments(Map<String, Value>);

impl Arguments {
    /// Takes them as they are.
    pub fn new(given: Map<String, Value>) -> Self {
        Self(given)
    }

    /// All of them.
    pub fn all(&self) -> &Map<String, Value> {
        &self.0
    }

    /// One that may be missing; null is missing.
    pub fn find(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn typed<'a, T>(&'a self, name: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Result<T, Fault> {
        self.find(name).and_then(read).ok_or_else(|| Fault::broken(format!("{name} is missing or no good")))
    }

    /// A value.
    pub fn value(&self, name: &str) -> Result<&Value, Fault> {
        self.typed(name, Some)
    }

    /// A text.
    pub fn text(&self, name: &str) -> Result<&str, Fault> {
        self.typed(name, Value::as_str)
    }

    /// An id, or another type made of a text.
    pub fn id<'a, T: From<&'a str>>(&'a self, name: &str) -> Result<T, Fault> {
        self.text(name).map(T::from)
    }

    /// A whole number of some width.
    pub fn number<T: TryFrom<i64>>(&self, name: &str) -> Result<T, Fault> {
        self.typed(name, |value| T::try_from(value.as_i64()?).ok())
    }

    /// Yes or no.
    pub fn flag(&self, name: &str) -> Result<bool, Fault> {
        self.typed(name, Value::as_bool)
    }

    /// What follows something: the operation and what it is about.
    pub fn key(&self, operation: &str) -> String {
        let mut key = operation.to_owned();
        for (name, value) in &self.0 {
            let _ = write!(key, " {name}={value}");
        }
        key
    }
}
