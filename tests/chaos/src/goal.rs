//! How much of a simulation is run: so many of what counts, over as many seeds as that takes, on all cores.
//!
//! `NIGHTMARKET_CHAOS` says how much: `quick` (if nothing is said: a look, also where nothing is optimised), `full` (what
//! `tests/run` asks), `soak` (goes on where the last soak ended, which a file for each goal in `NIGHTMARKET_SOAK` says,
//! for `NIGHTMARKET_SECONDS`). `NIGHTMARKET_SEED=n` is that seed alone; `NIGHTMARKET_FIRST_SEED` and
//! `NIGHTMARKET_SEEDS` choose others.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What is counted, and how much of it is enough.
#[derive(Debug, Clone, Copy)]
pub struct Goal {
    /// What is counted.
    pub what: &'static str,
    /// Enough for a look.
    pub quick: u64,
    /// Enough for `tests/run`.
    pub full: u64,
    /// Enough for a soak, over all its runs.
    pub soak: u64,
    /// Seeds that are run before it is counted again; a soak loses no more than these when it is ended.
    pub chunk: u64,
    /// Seeds at the same time; none: as many as there are cores.
    pub together: Option<usize>,
}

/// How much was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Quick,
    Full,
    Soak,
}

impl Extent {
    fn asked() -> Self {
        match variable("NIGHTMARKET_CHAOS").as_deref() {
            None | Some("quick") => Self::Quick,
            Some("full") => Self::Full,
            Some("soak") => Self::Soak,
            Some(other) => panic!("NIGHTMARKET_CHAOS={other} is none of quick, full and soak"),
        }
    }
}

/// The first seed of soaks: far from those of the other runs.
const SOAK_FROM: u64 = 1_000_000;

impl Goal {
    /// Runs seeds until enough was counted; `one` runs one, and gives what it counts for. Gives what was counted.
    pub fn reach(&self, one: impl Fn(u64) -> u64 + Sync) -> u64 {
        if let Some(chosen) = chosen() {
            return self.run(chosen, &one);
        }
        match Extent::asked() {
            Extent::Quick => self.count_to(self.quick, &one),
            Extent::Full => self.count_to(self.full, &one),
            Extent::Soak => self.soak(&one),
        }
    }

    /// Whether so much is run that even the rare has to come up.
    pub fn is_full(&self) -> bool {
        chosen().is_none() && Extent::asked() == Extent::Full
    }

    fn count_to(&self, enough: u64, one: &(impl Fn(u64) -> u64 + Sync)) -> u64 {
        let (mut next, mut counted) = (0, 0);
        while counted < enough {
            let chunk = self.chunk.min(enough - counted);
            counted += self.run(next..next + chunk, one);
            next += chunk;
        }
        println!("{}: {counted}, of {next} seeds", self.what);
        counted
    }

    fn soak(&self, one: &(impl Fn(u64) -> u64 + Sync)) -> u64 {
        let folder =
            variable("NIGHTMARKET_SOAK").expect("NIGHTMARKET_SOAK names the folder of a soak's state");
        let seconds = number("NIGHTMARKET_SECONDS").expect("NIGHTMARKET_SECONDS says how long to soak");
        let mut state = Soak::read(PathBuf::from(folder).join(self.what.replace(' ', "-")));
        let (began, before) = (Instant::now(), state.counted);
        while state.counted < self.soak && began.elapsed() < Duration::from_secs(seconds) {
            state.counted += self.run(state.next..state.next + self.chunk, one);
            state.next += self.chunk;
            state.write();
        }
        println!("{}", self.progress(&state, began.elapsed(), before));
        state.counted - before
    }

    fn progress(&self, state: &Soak, took: Duration, before: u64) -> String {
        let (what, goal, Soak { next, counted, .. }) = (self.what, self.soak, state);
        let done = format!("{what}: {counted} of {goal} held, all seeds below {next}");
        let gained = counted - before;
        if *counted >= goal || gained == 0 {
            return done;
        }
        let left = took.as_secs_f64() * as_f64(goal - counted) / as_f64(gained) / 3_600.0;
        format!("{done}; {:.0} a second, {left:.1} hours to go", as_f64(gained) / took.as_secs_f64())
    }

    /// Runs these seeds, some at the same time.
    fn run(&self, seeds: Range<u64>, one: &(impl Fn(u64) -> u64 + Sync)) -> u64 {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let (todo, counted) = (Mutex::new(seeds), Mutex::new(0));
        // The lock is held for no longer than this takes.
        let next = || todo.lock().expect("nobody panics with it").next();
        std::thread::scope(|scope| {
            for _ in 0..self.together.unwrap_or_else(cores) {
                scope.spawn(|| {
                    while let Some(seed) = next() {
                        let count = one(seed);
                        *counted.lock().expect("nobody panics with it") += count;
                    }
                });
            }
        });
        counted.into_inner().expect("nobody panics with it")
    }
}

/// Where a soak is, in a file of two numbers.
struct Soak {
    file: PathBuf,
    next: u64,
    counted: u64,
}

impl Soak {
    fn read(file: PathBuf) -> Self {
        let text = std::fs::read_to_string(&file).unwrap_or_else(|_| format!("{SOAK_FROM} 0"));
        let mut numbers = text.split_whitespace().map(str::parse);
        let (Some(Ok(next)), Some(Ok(counted))) = (numbers.next(), numbers.next()) else {
            panic!("{} does not say where the soak is: {text}", file.display());
        };
        Self { file, next, counted }
    }

    fn write(&self) {
        let Self { file, next, counted } = self;
        // Whole or not at all: a soak may be ended at any moment.
        let fresh = file.with_extension("new");
        std::fs::create_dir_all(file.parent().expect("it is in a folder")).expect("the folder can be made");
        std::fs::write(&fresh, format!("{next} {counted}\n")).expect("the soak's state can be written");
        std::fs::rename(&fresh, file).expect("the soak's state can be written");
    }
}

/// The seeds that the environment names, if it does.
pub(crate) fn chosen() -> Option<Range<u64>> {
    if let Some(only) = number("NIGHTMARKET_SEED") {
        return Some(only..only + 1);
    }
    let first = number("NIGHTMARKET_FIRST_SEED").unwrap_or(0);
    number("NIGHTMARKET_SEEDS").map(|count| first..first + count)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn number(name: &str) -> Option<u64> {
    let text = variable(name)?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

#[expect(clippy::cast_precision_loss, reason = "to be shown, rounded")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
