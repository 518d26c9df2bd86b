//! The live channel: the Centrifugo client protocol over a socket of text frames.
//!
//! `protocol` reads and writes frames, `backoff` says when to try again, `machine` is the connection with its
//! subscriptions and calls; all three are pure. `driver` is what the services use: it feeds the machine, and `carrier`
//! is its task between machine and ports.

pub mod backoff;
mod carrier;
mod driver;
mod errors;
pub mod machine;
mod machine_calls;
pub mod machine_io;
mod machine_subs;
mod machine_tokens;
mod mailbox;
pub mod protocol;
mod tokens;

pub use backoff::Backoff;
pub use driver::{Channel, Subscription, decode};
pub use machine_io::{
    CallError, Ended, NotSent, Page, Published, Settings, State, StopReason, SubscribeOptions, Token,
    TokenError, TokenKind,
};
pub use mailbox::ChannelEvent;
pub use protocol::Position;
pub use tokens::TokenSource;
