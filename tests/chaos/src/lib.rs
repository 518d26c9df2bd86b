//! Seeded simulation of a shopper, the network and the whole sandbox, on virtual time.
//!
//! One current-thread runtime with paused time; the core is the real one, over ports of the simulation's own: inline
//! databases that outlive a kill, a clock on tokio's time, entropy from the seed, and a network ([`SimNet`]) that calls
//! the sandbox directly and loses, delays, doubles and spoils what passes. All that happens is in a [`Trace`]; the same
//! seed has to give the same one. A [`Phone`] is killed and loses nothing; a [`PowerPhone`] has its databases on a
//! [`Disk`] and loses what was not synced.
//!
//! A scenario is an async function from a [`Run`] to a verdict. [`check`] runs it over the seeds, until a [`Goal`] is reached.
#![deny(unsafe_code, reason = "only the file layer that SQLite calls (`vfs`) needs it")]

pub mod app;
mod dice;
mod disk;
mod goal;
mod judge;
mod net;
mod phone;
mod planted;
mod power;
mod power_phone;
mod run;
pub mod shopping;
mod sockets;
mod steps;
mod trace;
mod vfs;
mod witness;

pub use dice::Dice;
pub use disk::{Disk, Sync};
pub use goal::Goal;
pub use judge::judge_purchases;
pub use net::{SimNet, Weather};
pub use phone::Phone;
pub use planted::{LostMeansUnsent, NewIdentityOnRetry, Planted};
pub use power_phone::{By, Cuts, PowerPhone};
pub use run::{Run, START_MS, check, first_caught, judge_seed};
pub use steps::{Edge, JOURNAL, Steps};
pub use trace::Trace;
