//! The evening, step by step.

mod around;
mod buying;
mod keeping;
mod landing;
mod talking;

use std::pin::Pin;

use super::stage::{Held, Stage};

type Step = for<'a> fn(&'a mut Stage) -> Pin<Box<dyn Future<Output = Held> + 'a>>;

macro_rules! steps {
    ($($name:literal => $step:path,)*) => {
        /// Every step with its name, in order.
        pub const ALL: &[(&str, Step)] = &[$(($name, |stage| Box::pin($step(stage)))),*];
    };
}

steps! {
    "open the venue" => landing::open,
    "scroll the feed" => landing::scroll,
    "tap a post, land in its stream" => landing::land,
    "a pin appears with its picture" => landing::pin,
    "chat, and the network is cut" => talking::cut,
    "“that one”: an offer for exactly it" => talking::that_one,
    "the first purchase asks, with reasons" => buying::first,
    "under the threshold: one tap" => buying::one_tap,
    "over the threshold: confirmation asked" => buying::over,
    "killed in the middle of a purchase" => buying::killed,
    "early access for a fan" => around::early,
    "a box opened on air" => around::opened,
    "a draw, verified on this device" => around::drawn,
    "a reminder fires" => around::reminded,
    "the order arrives" => keeping::arrives,
    "a courier takes it unpacked, money back" => keeping::returned,
    "the books add up" => keeping::books,
}
