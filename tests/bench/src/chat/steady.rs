//! A thousand lines a second for a minute: the memory of a process that has nothing but the core and a screen's list, and
//! how many batches reach the screen.

use nightmarket::ports::TlsSettings;
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use serde_json::json;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::ROOM;
use super::ours::{Core, settings};
use crate::report::Row;

/// Makes this program the process that is measured: see [`watch`].
pub const WATCH: &str = "--watch";
const SETTLED: Duration = Duration::from_secs(10);
const END: Duration = Duration::from_mins(1);
const LINES_AT_ONCE: u32 = 20;
const EVERY: Duration = Duration::from_millis(20);

/// Measures the rows.
pub fn rows() -> Vec<Row> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let config = SandboxConfig { seed: Some(1), ambience: false, ..SandboxConfig::default() };
    let sandbox = runtime.block_on(Sandbox::start(config)).expect("it starts");
    let program = std::env::current_exe().expect("this program is a file");
    let mut watching = Command::new(program);
    watching.arg(WATCH).arg(&sandbox.venue_url).stdout(Stdio::piped());
    let watching = watching.spawn().expect("it runs again");
    let speaking = runtime.spawn(async move {
        let burst = json!({ "do": "burst", "room": ROOM, "count": LINES_AT_ONCE });
        let mut clock = tokio::time::interval(EVERY);
        loop {
            clock.tick().await;
            sandbox.control(|world| world.script(&burst)).expect("the room is there");
        }
    });
    let seen = watching.wait_with_output().expect("it ends");
    speaking.abort();
    assert!(seen.status.success(), "the core was watched to the end");
    let seen = String::from_utf8(seen.stdout).expect("figures");
    let figures: Vec<f64> = seen.split_whitespace().map(|word| word.parse().expect("a figure")).collect();
    let [settled, end, batches, lines] = figures[..] else { panic!("four figures: {seen}") };
    assert!(lines > 900.0, "{lines} lines a second are not what was to be measured");
    vec![
        Row::against_limit("chat steady", "MB", end, settled, Some(1.05)),
        Row::under("chat batches", "batches/s", batches, 60.0),
    ]
}

/// The measured process: joins the room, takes batches for a minute, and prints memory after ten seconds and at the end
/// (MB), batches and lines a second in between.
pub fn watch(venue: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut core = Core::join(settings(folder.path(), venue, TlsSettings::default()), |real| real);
    let until = |core: &mut Core, time: Instant| {
        let mut batches = 0_u32;
        while Instant::now() < time {
            core.take_batch();
            batches += 1;
        }
        (batches, number(core))
    };
    let start = Instant::now();
    let (_, first) = until(&mut core, start + SETTLED);
    let settled = resident_mb();
    let began = Instant::now();
    let (batches, last) = until(&mut core, start + END);
    let seconds = began.elapsed().as_secs_f64();
    let lines = f64::from(last - first) / seconds;
    println!("{settled} {} {} {lines}", resident_mb(), f64::from(batches) / seconds);
}

/// The number of the newest line, as the venue counts.
fn number(core: &Core) -> u32 {
    let id = core.list.last().and_then(|line| line.id.as_ref()).expect("lines are there");
    id.as_str()
        .rsplit('_')
        .next()
        .and_then(|number| number.parse().ok())
        .expect("the sandbox numbers its lines")
}

fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it says so");
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kilobytes / 1_024.0
}
