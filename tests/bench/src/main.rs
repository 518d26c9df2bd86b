//! Speed as ratios: ours against the bare limit (and a peer, where there is one), interleaved in one run.
//!
//! `nightmarket-bench [FOLDER]` measures and writes report.md, report.json and storm.svg there (target/bench if not said). A ratio
//! of medians taken turn by turn holds on a busy machine; an absolute time does not. No test asserts either.

mod page;
mod report;
mod storm;
mod tap;
mod turns;

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("target/bench"), PathBuf::from);
    let mut rows = vec![page::row()];
    rows.extend(tap::rows());
    rows.push(storm::row(&folder)?);
    report::write(&folder, &rows)?;
    print!("{}", report::markdown(&rows));
    Ok(())
}
