//! The table of journeys, and its driver in Rust. `README.md` beside this crate is the grammar.

pub mod app;
pub mod journey;
pub mod operations;
pub mod run;
pub mod sandbox;
pub mod shown;
pub mod value;

use std::path::PathBuf;

/// Where the table is.
pub fn table() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("table")
}

/// The grammar, as people read it.
pub const README: &str = include_str!("../README.md");
