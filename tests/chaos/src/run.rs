//! Seeds: a scenario over many of them, each twice, and what to type to see one again.

use std::ops::Range;
use std::rc::Rc;

use nightmarket_sandbox::world::{Target, World, WorldConfig};

use crate::dice::Dice;
use crate::net::SimNet;
use crate::trace::Trace;

/// Wall time at which every run starts: an evening, milliseconds since the Unix epoch.
pub const START_MS: i64 = 1_795_550_400_000;
const SEEDS: u64 = 100;

/// What a scenario gets: a world, a network to it, and dice of its own.
pub struct Run {
    /// The seed.
    pub seed: u64,
    /// The network, with the sandbox at its other end.
    pub net: Rc<SimNet>,
    /// What the scenario decides by.
    pub dice: Dice,
}

/// Says the seed if its run panics instead of giving a verdict.
struct NamedIfPanicking(u64);

impl Drop for NamedIfPanicking {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("that was in seed {0}; again: NIGHTMARKET_SEED={0}", self.0);
        }
    }
}

/// Runs one seed once: its verdict and its trace.
pub fn judge_seed(
    seed: u64,
    scenario: impl AsyncFn(Run) -> Result<(), String>,
) -> (Result<(), String>, Trace) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime for a run");
    let _named = NamedIfPanicking(seed);
    let trace = Rc::new(Trace::default());
    let verdict = runtime.block_on(async {
        let config = WorldConfig { ambience: false, ..WorldConfig::simulated(seed, START_MS) };
        let origins = [
            ("127.0.0.1:4000", Target::Venue),
            ("127.0.0.1:4001", Target::Shop(0)),
            ("127.0.0.1:4002", Target::Shop(1)),
        ];
        let net = SimNet::new(seed, START_MS, World::new(config), &origins, trace.clone());
        scenario(Run { seed, net, dice: Dice::new(seed, "scenario") }).await
    });
    drop(runtime);
    (verdict, Rc::into_inner(trace).expect("the run is over and nothing of it is left"))
}

/// The seeds to run: as many as `usual`, unless the environment says otherwise. `NIGHTMARKET_SEED=n` is that one alone;
/// `NIGHTMARKET_FIRST_SEED` and `NIGHTMARKET_SEEDS` choose others.
pub fn seeds(usual: u64) -> Range<u64> {
    let number = |variable: &str| {
        let text = std::env::var(variable).ok()?;
        Some(text.parse::<u64>().unwrap_or_else(|_| panic!("{variable}={text} is no number")))
    };
    if let Some(only) = number("NIGHTMARKET_SEED") {
        return only..only + 1;
    }
    let first = number("NIGHTMARKET_FIRST_SEED").unwrap_or(0);
    first..first + number("NIGHTMARKET_SEEDS").unwrap_or(usual)
}

/// Runs the scenario for every seed, each twice. Panics with the seed, the verdict and the end of the trace if a
/// verdict is bad or the two traces of a seed differ. A seed that runs alone prints its whole trace.
pub fn check(name: &str, scenario: impl AsyncFn(Run) -> Result<(), String>) {
    check_some(name, SEEDS, 1, scenario);
}

/// As [`check`], with so many seeds if nothing else is said, of which every so many-th runs twice.
pub fn check_some(
    name: &str,
    usual: u64,
    replay_every: u64,
    scenario: impl AsyncFn(Run) -> Result<(), String>,
) {
    let seeds = seeds(usual);
    let (only, count) = (std::env::var_os("NIGHTMARKET_SEED"), seeds.end - seeds.start);
    for seed in seeds {
        let (verdict, trace) = judge_seed(seed, &scenario);
        if only.is_some() {
            println!("{}", trace.lines().join("\n"));
        }
        let lines = trace.lines();
        if let Err(why) = verdict {
            let end = lines[lines.len().saturating_sub(40)..].join("\n");
            panic!("{name}: seed {seed}: {why}\nagain: NIGHTMARKET_SEED={seed}; the trace ends with\n{end}");
        }
        if seed % replay_every != 0 {
            continue;
        }
        let (_, again) = judge_seed(seed, &scenario);
        if trace.hash() != again.hash() {
            let other = again.lines();
            let at = lines.iter().zip(&other).take_while(|(one, two)| one == two).count();
            let (one, two) = (lines.get(at), other.get(at));
            panic!("{name}: seed {seed} does not replay: line {at} is\n{one:?}\nand then\n{two:?}");
        }
    }
    println!("{name}: {count} seeds held, every {replay_every}. replayed with an equal trace");
}

/// The first seed below `within` whose verdict is bad, with the verdict: how soon a planted bug is caught.
pub fn first_caught(within: u64, scenario: impl AsyncFn(Run) -> Result<(), String>) -> Option<(u64, String)> {
    (0..within).find_map(|seed| Some((seed, judge_seed(seed, &scenario).0.err()?)))
}
