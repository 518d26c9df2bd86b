//! Every journey as a test of its own, and what holds of the table as a whole.

use nightmarket_journeys::journey::Journey;
use nightmarket_journeys::{README, operations, run, sandbox, table};
use std::collections::{BTreeMap, BTreeSet};

/// A journey that goes on for longer does not hold.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);

macro_rules! journeys {
    ($($name:ident),+ $(,)?) => {
        const NAMES: &[&str] = &[$(stringify!($name)),+];
        $(
            #[tokio::test]
            async fn $name() {
                walk(stringify!($name)).await;
            }
        )+
    };
}

journeys! {
    scroll, land, chat, point, one_tap, over_threshold, declined, bank_asks, slow, come_back, undo, courier, reminder, early,
    opening, draw, bad_input, stranger, give_up, age, pinned, cart, push,
}

async fn walk(name: &str) {
    let journey = Journey::read(&table().join(name).with_extension("json")).unwrap();
    // Building it, if it has to be, is no part of the journey.
    sandbox::binary().unwrap();
    let walking = tokio::time::timeout(PATIENCE, run::run(&journey));
    if let Err(why) = walking.await.unwrap_or_else(|_| Err("it took too long".to_owned())) {
        panic!("{why}");
    }
}

fn all() -> BTreeMap<String, Journey> {
    let files = std::fs::read_dir(table()).unwrap().map(|file| file.unwrap().path());
    let named = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert_eq!(path.extension().unwrap(), "json", "{name} is no journey");
        (name, Journey::read(&path).unwrap())
    };
    files.map(named).collect()
}

/// The README's operations with their arguments, and whether each may be missing.
fn documented() -> BTreeMap<&'static str, BTreeMap<&'static str, bool>> {
    let rows = README.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split('|').map(str::trim);
        let name = cells.next()?.strip_suffix('`')?;
        (name == "pause" || name.contains('.')).then(|| (name, arguments(cells.next().unwrap_or_default())))
    });
    rows.collect()
}

fn arguments(cell: &'static str) -> BTreeMap<&'static str, bool> {
    // What stands in brackets explains an argument.
    let mut depth = 0;
    let outside = cell.split('`').enumerate().filter(|(at, part)| {
        if at % 2 == 0 {
            depth += part.matches('(').count();
            depth -= part.matches(')').count();
        }
        at % 2 == 1 && depth == 0
    });
    outside.map(|(_, name)| name.strip_suffix('?').map_or((name, false), |name| (name, true))).collect()
}

#[test]
fn every_file_of_the_table_is_a_test_here() {
    let (files, tests): (BTreeSet<_>, BTreeSet<_>) =
        (all().into_keys().collect(), NAMES.iter().map(|&name| name.to_owned()).collect());
    assert_eq!(files, tests);
}

#[test]
fn readme_driver_and_table_know_the_same_operations() {
    let documented: BTreeSet<_> = documented().into_keys().collect();
    let driven: BTreeSet<_> = operations::ALL.iter().map(|(name, _)| *name).collect();
    assert_eq!(documented, driven);
    let table = all();
    let used: BTreeSet<_> =
        table.values().flat_map(|journey| &journey.steps).map(|step| step.operation.as_str()).collect();
    assert_eq!(used, driven);
}

#[test]
fn steps_give_the_arguments_that_the_readme_names() {
    let documented = documented();
    for (name, journey) in all() {
        for (at, step) in journey.steps.iter().enumerate() {
            // What a script takes depends on what is done; what the app answers stands in a table of its own.
            let Some(arguments) = documented.get(step.operation.as_str()) else { continue };
            if matches!(step.operation.as_str(), "sandbox.script" | "shopper.open") {
                continue;
            }
            let place = format!("{name}, step {}, {}", at + 1, step.operation);
            for given in step.with.keys() {
                assert!(arguments.contains_key(given.as_str()), "{place}: there is no {given}");
            }
            for (needed, _) in arguments.iter().filter(|(_, may_be_missing)| !**may_be_missing) {
                assert!(step.with.contains_key(*needed), "{place}: {needed} is missing");
            }
        }
    }
}
