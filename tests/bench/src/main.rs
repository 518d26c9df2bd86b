//! Speed as ratios: ours against the bare limit (and a peer, where there is one), interleaved in one run.
//!
//! `nightmarket-bench [FOLDER [PART…]]` measures, all or these parts, and writes report.md, report.json and storm.svg there
//! (target/bench if not said). A ratio of medians taken turn by turn holds on a busy machine; an absolute time does not.
//! No test asserts either.

mod chat;
mod page;
mod report;
mod storm;
mod tap;
mod turns;

use std::path::{Path, PathBuf};

use report::Row;

type Measure = fn(&Path) -> std::io::Result<Vec<Row>>;

/// What can be measured.
const PARTS: [(&str, Measure); 8] = [
    ("page", |_| Ok(vec![page::row()])),
    ("tap", |_| Ok(tap::rows())),
    ("lines", |_| Ok(chat::lines())),
    ("steady", |_| Ok(chat::steady::rows())),
    ("hearts", |_| Ok(chat::hearts())),
    ("resume", |_| Ok(chat::resume::rows())),
    ("bytes", |_| Ok(vec![chat::wire::row()])),
    ("storm", |folder| storm::row(folder).map(|row| vec![row])),
];

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some(chat::steady::WATCH.as_ref())
        && let Some(venue) = arguments.next()
    {
        chat::steady::watch(&venue.to_string_lossy());
        return Ok(());
    }
    let folder = first.map_or_else(|| PathBuf::from("target/bench"), PathBuf::from);
    let chosen: Vec<_> = arguments.map(|part| part.to_string_lossy().into_owned()).collect();
    let wanted = |part: &str| chosen.is_empty() || chosen.iter().any(|one| one == part);
    let mut rows = Vec::new();
    for (part, measure) in PARTS {
        if wanted(part) {
            rows.extend(measure(&folder)?);
        }
    }
    report::write(&folder, &rows)?;
    print!("{}", report::markdown(&rows));
    Ok(())
}
