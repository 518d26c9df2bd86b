//! The live channel: the Centrifugo client protocol over a socket of text frames.
//!
//! `protocol` reads and writes frames, `backoff` says when to try again, `machine` is the connection with its
//! subscriptions and calls; all three are pure. `driver` gives the machine a socket, a clock and tokens, and is what the
//! services use.

pub mod backoff;
pub mod machine;
mod machine_calls;
pub mod machine_io;
mod machine_subs;
pub mod protocol;
