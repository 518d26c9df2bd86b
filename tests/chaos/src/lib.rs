//! Seeded simulation of a shopper, the network and the whole sandbox, on virtual time.
//!
//! One current-thread runtime with paused time; the core is the real one, over ports of the simulation's own: inline
//! databases that outlive a kill, a clock on tokio's time, entropy from the seed, and a network ([`SimNet`]) that calls
//! the sandbox directly and loses, delays, doubles and spoils what passes. All that happens is in a [`Trace`]; the same
//! seed has to give the same one.
//!
//! A scenario is an async function from a [`Run`] to a verdict. [`check`] runs it over the seeds, each twice.

mod dice;
mod net;
mod phone;
mod planted;
mod run;
mod sockets;
mod trace;

pub use dice::Dice;
pub use net::{SimNet, Weather};
pub use phone::Phone;
pub use planted::{LostMeansUnsent, NewIdentityOnRetry};
pub use run::{Run, START_MS, check, first_caught, judge_seed};
pub use trace::Trace;
