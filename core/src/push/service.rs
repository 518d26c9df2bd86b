//! Push on the core thread.

use async_trait::async_trait;
use std::rc::{Rc, Weak};

use nightmarket_ucp::name;
use secrecy::ExposeSecret as _;

use super::policy::{self, Hint};
use super::store::{self, Registration};
use super::{LOOK_MS, PushIgnored, PushOutcome, PushPlatform, PushTarget};
use crate::api;
use crate::error::{Error, Result};
use crate::host::SecretString;
use crate::ids::{DropId, ReturnId, ShopDomain};
use crate::live::{Entry, RoomLink};
use crate::ports::{DbExt as _, EntropyExt as _, Method};
use crate::storage::outbox::{Item, Sender, Verdict};
use crate::venue::Venue;
use crate::{drops, fans, live, orders, returns};

/// Outbox kind of this service.
const KIND: &str = "push";
/// Longest token, characters (contract: `push.json`).
const LONGEST_TOKEN: usize = 4_096;

/// Push on the core thread.
pub(crate) struct Service {
    venue: Rc<Venue>,
    live: Rc<live::Service>,
    drops: Rc<drops::Service>,
    orders: Rc<orders::Service>,
    returns: Rc<returns::Service>,
    fans: Rc<fans::Service>,
}

/// What was seen at what a hint names.
enum Seen {
    /// It is so.
    So(PushTarget),
    /// It is not, or not any more.
    Over(PushTarget),
}

impl Service {
    pub(crate) fn new(
        venue: Rc<Venue>,
        live: Rc<live::Service>,
        drops: Rc<drops::Service>,
        (orders, returns): (Rc<orders::Service>, Rc<returns::Service>),
        fans: Rc<fans::Service>,
    ) -> Rc<Self> {
        let service = Rc::new(Self { venue, live, drops, orders, returns, fans });
        let outgoing = Outgoing { push: Rc::downgrade(&service) };
        service.venue.context.outbox.start(KIND, Rc::new(outgoing));
        service
    }

    async fn kept(&self) -> Result<Option<Registration>> {
        self.venue.context.ports.db.outbox.call(|db| store::kept(db)).await
    }

    /// Keeps a registration and sees it out, in the stead of what waits for the same device.
    async fn put(&self, kept: Registration, told: Registration) -> Result<()> {
        let context = &self.venue.context;
        let (id, body) = (context.ports.entropy.uuid(), api::to_json(&told));
        context
            .outbox
            .put_instead(KIND, &id, &told.device, body, move |tx| store::keep(tx, &kept).map(drop))
            .await
    }

    pub(crate) async fn register(&self, token: SecretString, platform: PushPlatform) -> Result<()> {
        if !self.venue.discovered().offers(name::FEED) {
            return Err(Error::not_offered(name::FEED));
        }
        let token = token.expose_secret();
        if token.is_empty() || token.chars().count() > LONGEST_TOKEN {
            return Err(Error::bad_input("a push token has 1 to 4096 characters"));
        }
        let ports = &self.venue.context.ports;
        let before = self.kept().await?;
        let device = before.as_ref().map_or_else(|| ports.entropy.uuid(), |kept| kept.device.clone());
        let wanted = Registration {
            device,
            token: Some(token.to_owned()),
            platform: Some(platform.as_str().to_owned()),
            told_ms: None,
        };
        let same = before.filter(|kept| Registration { told_ms: None, ..kept.clone() } == wanted);
        if same.is_some_and(|same| !policy::is_to_be_told(same.told_ms, ports.clock.wall_ms())) {
            return Ok(());
        }
        self.put(wanted.clone(), wanted).await
    }

    pub(crate) async fn unregister(&self) -> Result<()> {
        match self.kept().await? {
            Some(Registration { device, token: Some(_), .. }) => {
                let none = Registration { device: device.clone(), ..Registration::default() };
                // What is pushed from here on, or on its way already, is for a device that there is no more.
                let next = Registration { device: self.venue.context.ports.entropy.uuid(), ..none.clone() };
                self.put(next, none).await
            }
            _ => Ok(()),
        }
    }

    /// Whoever was signed in is reached here no more; whoever is now, under another name of the device.
    pub(crate) async fn sign_in_changed(&self) -> Result<()> {
        let Some(before) = self.kept().await? else { return Ok(()) };
        if before.token.is_none() {
            return Ok(());
        }
        let gone = Registration { device: before.device.clone(), ..Registration::default() };
        let device = self.venue.context.ports.entropy.uuid();
        let next = Registration { device, told_ms: None, ..before };
        self.put(next.clone(), gone).await?;
        self.put(next.clone(), next).await
    }

    pub(crate) async fn on_push(&self, payload: &str) -> Result<PushOutcome> {
        let device = self.kept().await?.filter(|kept| kept.token.is_some()).map(|kept| kept.device);
        let ignored = |why| Ok(PushOutcome::Ignored { why });
        let hint = match policy::read(payload, device.as_deref()) {
            Ok(hint) => hint,
            Err(why) => return ignored(why),
        };
        if let Hint::Order { shop, .. } | Hint::Return { shop, .. } = &hint
            && !self.venue.vouches_for(shop)
            && !self.orders.bought_from(shop).await?
        {
            return ignored(PushIgnored::Untrusted);
        }
        let to = self.target(&hint);
        let seen = tokio::select! {
            biased;
            seen = self.look(hint) => seen,
            () = self.venue.context.ports.clock.sleep(LOOK_MS) => {
                Err(Error::NoAnswer { who: "whoever was looked at".to_owned(), reason: "it took too long".to_owned() })
            }
        };
        Ok(match seen {
            Ok(Seen::So(to)) => PushOutcome::Go { to },
            Ok(Seen::Over(to)) => PushOutcome::Over { to },
            // There is no such thing, or none for this shopper.
            Err(error) if error.is_not_found() || matches!(error, Error::Forbidden { .. }) => {
                PushOutcome::Over { to }
            }
            Err(error) => PushOutcome::NotSeen { to, code: error.code().to_owned() },
        })
    }

    /// Where a hint leads, by what is known without looking.
    fn target(&self, hint: &Hint) -> PushTarget {
        match hint.clone() {
            Hint::Live { room_id } | Hint::Offer { room_id } => {
                PushTarget::Room { link: RoomLink { room: room_id, entry: Entry::Push, moment: None } }
            }
            Hint::Reminder { drop_id } => self.drop_target(drop_id),
            Hint::Order { shop, order_id } => PushTarget::Order { shop, order: order_id },
            Hint::Return { shop, return_id } => self.return_target(shop, &return_id),
            Hint::Group { group_id } => PushTarget::Group { group: group_id },
        }
    }

    fn drop_target(&self, drop: DropId) -> PushTarget {
        let entry = Entry::Reminder(drop.clone());
        let room = self.drops.room_of(&drop).map(|room| RoomLink { room, entry, moment: None });
        PushTarget::Drop { drop, room }
    }

    fn return_target(&self, shop: ShopDomain, id: &ReturnId) -> PushTarget {
        let returned = self.returns.known(&shop, id);
        PushTarget::Return { shop, returned }
    }

    /// Reads exactly what the hint names.
    async fn look(&self, hint: Hint) -> Result<Seen> {
        let to = self.target(&hint);
        match hint {
            Hint::Live { room_id } => {
                Ok(if self.live.is_live(&room_id).await? { Seen::So(to) } else { Seen::Over(to) })
            }
            // An offer may outlive the stream it was made in.
            Hint::Offer { room_id } => self.live.is_live(&room_id).await.map(|_| Seen::So(to)),
            Hint::Reminder { drop_id } => {
                let goes_on = self.drops.look_at(&drop_id).await?;
                let to = self.drop_target(drop_id);
                Ok(if goes_on { Seen::So(to) } else { Seen::Over(to) })
            }
            Hint::Order { shop, order_id } => {
                self.orders.read(&shop, &order_id).await?;
                Ok(Seen::So(to))
            }
            Hint::Return { shop, return_id } => {
                self.returns.look_at(&shop, &return_id).await?;
                Ok(Seen::So(self.return_target(shop, &return_id)))
            }
            Hint::Group { group_id } => {
                self.fans.refresh().await?;
                Ok(if self.fans.knows_member(&group_id) { Seen::So(to) } else { Seen::Over(to) })
            }
        }
    }

    async fn told(&self, sent: Registration) -> Result<()> {
        let ports = &self.venue.context.ports;
        let now = ports.clock.wall_ms();
        ports.db.outbox.write(move |tx| store::told(tx, &sent, now)).await.map(drop)
    }
}

struct Outgoing {
    push: Weak<Service>,
}

#[async_trait(?Send)]
impl Sender for Outgoing {
    async fn send(&self, item: &Item) -> Verdict {
        let Some(push) = self.push.upgrade() else { return Verdict::Later { retry_after_ms: None } };
        let Ok(sent) = serde_json::from_str::<Registration>(&item.body) else {
            return Verdict::Failed { code: "unreadable".to_owned() };
        };
        let answer: Result<serde_json::Value> =
            push.venue.send_under(name::FEED, (Method::Post, "/push"), &sent, &item.id, KIND).await;
        match answer {
            Ok(_) => {
                if let Err(error) = push.told(sent).await {
                    tracing::warn!(%error, "that the venue knows the device is not kept; it is told again");
                }
                Verdict::Delivered
            }
            // Nobody is signed in: whoever signs in is registered then.
            Err(Error::SignInNeeded { .. }) => Verdict::Delivered,
            Err(Error::SlowDown { retry_after_ms, .. }) => {
                Verdict::Later { retry_after_ms: Some(retry_after_ms) }
            }
            Err(error) if error.is_retryable() => Verdict::Later { retry_after_ms: None },
            Err(error) => Verdict::Failed { code: error.code().to_owned() },
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
