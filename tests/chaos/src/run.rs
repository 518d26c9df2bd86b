//! Seeds: a scenario over many of them, some twice, and what to type to see one again.

use std::rc::Rc;

use nightmarket_sandbox::world::{Target, World, WorldConfig};

use crate::dice::Dice;
use crate::goal::Goal;
use crate::net::SimNet;
use crate::trace::Trace;

/// Wall time at which every run starts: an evening, milliseconds since the Unix epoch.
pub const START_MS: i64 = 1_795_550_400_000;
/// One seed in so many is run twice: enough to see a run that does not replay.
const REPLAY_EVERY: u64 = 50;

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
pub fn judge_seed<T>(
    seed: u64,
    scenario: impl AsyncFn(Run) -> Result<T, String>,
) -> (Result<T, String>, Trace) {
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

/// Runs the scenario until the goal is reached, every 50th seed twice; it gives what a seed counts for. Panics with the
/// seed, the verdict and the end of the trace if a verdict is bad, or if the two traces of a seed differ. A seed that is
/// chosen alone prints its whole trace.
pub fn check(goal: &Goal, scenario: impl AsyncFn(Run) -> Result<u64, String> + Sync) {
    let alone = std::env::var_os("NIGHTMARKET_SEED").is_some();
    goal.reach(|seed| {
        let (verdict, trace) = judge_seed(seed, &scenario);
        if alone {
            println!("{}", trace.lines().join("\n"));
        }
        let count = verdict.unwrap_or_else(|why| {
            let lines = trace.lines();
            let end = lines[lines.len().saturating_sub(40)..].join("\n");
            panic!(
                "{}: seed {seed}: {why}\nagain: NIGHTMARKET_SEED={seed}; the trace ends with\n{end}",
                goal.what
            );
        });
        if alone || seed % REPLAY_EVERY == 0 {
            replays(goal, seed, &trace, &judge_seed(seed, &scenario).1);
        }
        count
    });
}

fn replays(goal: &Goal, seed: u64, trace: &Trace, again: &Trace) {
    if trace.hash() == again.hash() {
        return;
    }
    let (lines, other) = (trace.lines(), again.lines());
    let at = lines.iter().zip(&other).take_while(|(one, two)| one == two).count();
    let (one, two) = (lines.get(at), other.get(at));
    panic!("{}: seed {seed} does not replay: line {at} is\n{one:?}\nand then\n{two:?}", goal.what);
}

/// The first seed below `within` whose verdict is bad, with the verdict: how soon a planted bug is caught.
pub fn first_caught<T>(
    within: u64,
    scenario: impl AsyncFn(Run) -> Result<T, String>,
) -> Option<(u64, String)> {
    (0..within).find_map(|seed| Some((seed, judge_seed(seed, &scenario).0.err()?)))
}
