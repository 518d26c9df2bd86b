//! A storm: ten million clients whose hub restarts, each the channel's own machine, on virtual time. What counts is the
//! hub's worst second.

use nightmarket::channel::machine::Machine;
use nightmarket::channel::machine_io::{Closed, Effect, Input, SocketId};
use nightmarket::channel::{Backoff, Settings};
use std::fmt::Write as _;
use std::path::Path;

use crate::report::Row;

const CLIENTS: u64 = 10_000_000;
const THREADS: u64 = 2;
/// The window the hub names.
const WINDOW_MS: u64 = 60_000;
/// Connected for so long before the hub goes.
const STEADY_MS: u64 = 60_000;
/// For so long nobody is answered; the second is a restart that takes its time.
const OUTAGES_MS: [u64; 2] = [0, 20_000];
const SECONDS: usize = 180;
const CONNECTED: &str = r#"{"id":1,"connect":{"client":"c","ping":25,"pong":true}}"#;

/// Attempts in each second after the hub went.
type Attempts = [u64; SECONDS];

/// Measures the row, and draws `storm.svg` into the folder.
pub fn row(folder: &Path) -> std::io::Result<Row> {
    let even = CLIENTS * 1_000 / WINDOW_MS;
    let storms = OUTAGES_MS.map(|outage_ms| storm(WINDOW_MS, outage_ms));
    let alone = storm(0, 0);
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("storm.svg"), picture(&storms, even, peak(&alone)))?;
    let worst = storms.iter().map(peak).max().unwrap_or_default();
    Ok(Row::against_limit("storm", "thousand attempts/s", thousands(worst), thousands(even), Some(1.2)))
}

fn peak(attempts: &Attempts) -> u64 {
    attempts.iter().copied().max().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn thousands(count: u64) -> f64 {
    count as f64 / 1_000.0
}

fn storm(window_ms: u64, outage_ms: u64) -> Attempts {
    let share = |thread: u64| {
        let mut attempts = [0; SECONDS];
        for client in (thread..CLIENTS).step_by(usize::try_from(THREADS).expect("a few")) {
            come_back(client, window_ms, outage_ms, &mut attempts);
        }
        attempts
    };
    std::thread::scope(|scope| {
        let shares: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || share(thread))).collect();
        let mut sum = [0; SECONDS];
        for part in shares {
            let part = part.join().expect("a client does not panic");
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        sum
    })
}

/// One client from its lost connection to the next one that holds; its dials are counted.
fn come_back(client: u64, window_ms: u64, outage_ms: u64, attempts: &mut Attempts) {
    let mut random = client.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut draw = move || {
        random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (random ^ (random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 27)
    };
    let mut machine = Machine::new(Settings {
        url: String::new(),
        name: String::new(),
        version: String::new(),
        needs_token: false,
        backoff: Backoff { window_ms, ..Backoff::default() },
    });
    machine.handle(0, draw(), Input::Open);
    let socket = dialed(&mut machine).expect("opening dials");
    machine.handle(0, draw(), Input::SocketOpened(socket));
    machine.handle(0, draw(), Input::Frame { socket, text: CONNECTED });
    machine.handle(STEADY_MS, draw(), Input::SocketClosed { socket, closed: Closed::Dropped });
    machine.drain();
    while let Some(at_ms) = machine.wake_at() {
        machine.handle(at_ms, draw(), Input::Wake);
        let Some(socket) = dialed(&mut machine) else { continue };
        let since_ms = at_ms - STEADY_MS;
        if let Some(second) = usize::try_from(since_ms / 1_000).ok().and_then(|at| attempts.get_mut(at)) {
            *second += 1;
        }
        if since_ms >= outage_ms {
            return;
        }
        let closed = Closed::NotOpened { retry_after_ms: None };
        machine.handle(at_ms, draw(), Input::SocketClosed { socket, closed });
        machine.drain();
    }
}

fn dialed(machine: &mut Machine) -> Option<SocketId> {
    machine.drain().into_iter().find_map(|effect| match effect {
        Effect::Dial { socket, .. } => Some(socket),
        _ => None,
    })
}

const WIDTH: f64 = 660.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 72.0;
const TOP: f64 = 64.0;
const COLOURS: [&str; 2] = ["#2f6fdb", "#c2410c"];

/// Attempts by second, a step line an outage, under the rule that an even spread would draw.
fn picture(storms: &[Attempts; 2], even: u64, alone: u64) -> String {
    let ceiling = thousands(even) * 1.5;
    let (across, down) = (WIDTH / f64::from(u32::try_from(SECONDS).unwrap_or(1)), HEIGHT / ceiling);
    let y = |count: u64| TOP + HEIGHT - thousands(count).min(ceiling) * down;
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}" font-family="sans-serif" font-size="13" fill="#333">
<rect width="100%" height="100%" fill="#fff"/>
<text x="{LEFT}" y="24" font-size="16">{} million clients come back to a hub that names a window of {} s</text>
"##,
        LEFT + WIDTH + 24.0,
        TOP + HEIGHT + 56.0,
        CLIENTS / 1_000_000,
        WINDOW_MS / 1_000,
    );
    let words = ["the hub is back at once", "the hub is away for 20 s"];
    for (at, (colour, words)) in COLOURS.iter().zip(words).enumerate() {
        let x = LEFT + 230.0 * f64::from(u8::try_from(at).unwrap_or_default());
        let _ = writeln!(
            svg,
            r#"<rect x="{x}" y="38" width="12" height="12" fill="{colour}"/><text x="{}" y="49">{words}</text>"#,
            x + 18.0
        );
    }
    for count in [0, even / 2, even, even * 6 / 5] {
        let (y, dashes) = (y(count), if count == even * 6 / 5 { "5 4" } else { "none" });
        let _ = writeln!(
            svg,
            r##"<line x1="{LEFT}" x2="{}" y1="{y:.1}" y2="{y:.1}" stroke="#bbb" stroke-dasharray="{dashes}"/><text x="{}" y="{:.1}" text-anchor="end">{:.0}k</text>"##,
            LEFT + WIDTH,
            LEFT - 8.0,
            y + 4.0,
            thousands(count)
        );
    }
    for second in (0..=SECONDS).step_by(30) {
        let x = LEFT + across * f64::from(u32::try_from(second).unwrap_or_default());
        let _ = writeln!(
            svg,
            r#"<text x="{x:.1}" y="{}" text-anchor="middle">{second} s</text>"#,
            TOP + HEIGHT + 20.0
        );
    }
    for (attempts, colour) in storms.iter().zip(COLOURS) {
        let mut path = String::new();
        for (second, count) in attempts.iter().enumerate() {
            let x = LEFT + across * f64::from(u32::try_from(second).unwrap_or_default());
            let verb = if second == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{verb}{x:.1} {1:.1}H{0:.1}", x + across, y(*count));
        }
        let _ = writeln!(svg, r#"<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>"#);
    }
    let _ = writeln!(
        svg,
        r#"<text x="{LEFT}" y="{}">Attempts a second; dashed: 1.2 times an even spread. Full jitter without a window: {:.1} million in the first.</text>
</svg>"#,
        TOP + HEIGHT + 44.0,
        thousands(alone) / 1_000.0
    );
    svg
}
