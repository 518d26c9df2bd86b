//! Purchases of a real process, over real files and sockets, killed with `kill -9` at any moment and started again: the
//! books of the sandbox, which is not killed, say whether anything was paid twice, lost, or left open.
//!
//! A seed chooses what is bought and when it is killed; how far the process has got by then is the machine's business.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use nightmarket::purchase::PurchaseView;
use nightmarket_chaos::{Dice, Goal, judge_purchases};
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use tempfile::tempdir;

/// Real time is dear: an evening is mostly waiting, so more of them than there are cores run at the same time.
const GOAL: Goal = Goal { what: "kills", quick: 64, full: 500, soak: 50_000, chunk: 8, together: Some(4) };
/// Kills in an evening.
const KILLS: u64 = 16;

/// What the kills came to.
#[derive(Default)]
struct Kills {
    done: u64,
    in_flight: u64,
    purchases: usize,
    orders: usize,
}

/// A sandbox as its shopper sees it.
struct Place {
    venue: String,
    shops: [String; 2],
}

impl Place {
    fn of(sandbox: &Sandbox) -> Self {
        let (_, shops) = sandbox.domains();
        Self { venue: sandbox.venue_url.clone(), shops: shops.map(str::to_owned) }
    }

    fn start(&self, directory: &Path, what: &str) -> Child {
        Command::new(env!("CARGO_BIN_EXE_nightmarket-chaos-buyer"))
            .arg(&self.venue)
            .args(&self.shops)
            .arg(directory)
            .arg(what)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the shopper starts")
    }

    /// Starts the shopper and kills it shortly after the start, or after something it said. Gives whether a purchase was
    /// on its way.
    fn kill_one(&self, directory: &Path, dice: &Dice) -> Result<bool, String> {
        let mut child = self.start(directory, &dice.bits().to_string());
        let mut said = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut heard = String::new();
        for _ in 0..dice.below(5) {
            // Nothing to read is seen below: the shopper has ended.
            let _ = said.read_line(&mut heard);
        }
        std::thread::sleep(Duration::from_micros(dice.below(40_000)));
        let ended = child.try_wait();
        let killed = child.kill();
        let rest = child.wait_with_output().map_err(|error| error.to_string())?;
        if let Ok(Some(status)) = ended {
            let words = String::from_utf8_lossy(&rest.stderr);
            return Err(format!("the shopper ended by itself, {status}: {words}"));
        }
        killed.map_err(|error| error.to_string())?;
        said.read_to_string(&mut heard).map_err(|error| error.to_string())?;
        Ok(heard.lines().last() == Some("started"))
    }

    fn settle(&self, directory: &Path) -> Result<Vec<PurchaseView>, String> {
        let ended = self.start(directory, "settle").wait_with_output().map_err(|error| error.to_string())?;
        let complaint = String::from_utf8_lossy(&ended.stderr);
        if !ended.status.success() {
            return Err(format!("the last life ended with {}: {complaint}", ended.status));
        }
        serde_json::from_slice(&ended.stdout).map_err(|error| format!("{error}: {complaint}"))
    }
}

/// One evening. `before_the_end` may do something to the shopper's files before the last life.
fn evening(seed: u64, before_the_end: fn(&Path)) -> Result<Kills, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let config = SandboxConfig { seed: Some(seed), ambience: false, ..SandboxConfig::default() };
        let sandbox = Sandbox::start(config).await.map_err(|error| error.to_string())?;
        let place = Place::of(&sandbox);
        let lives = tokio::task::spawn_blocking(move || {
            let directory = tempdir().map_err(|error| error.to_string())?;
            let (dice, mut kills) = (Dice::new(seed, "kills"), Kills::default());
            for _ in 0..KILLS {
                kills.in_flight += u64::from(place.kill_one(directory.path(), &dice)?);
                kills.done += 1;
            }
            before_the_end(directory.path());
            let views = place.settle(directory.path())?;
            Ok::<_, String>((kills, views))
        });
        let (mut kills, views) = lives.await.map_err(|error| error.to_string())??;
        let (_, domains) = sandbox.domains();
        sandbox.control(|world| judge_purchases(world, domains, &views))?;
        kills.purchases = views.len();
        kills.orders =
            sandbox.control(|world| world.shops().iter().map(|shop| shop.books().orders.len()).sum());
        sandbox.stop().await;
        Ok(kills)
    })
}

#[test]
fn a_killed_process_goes_on_over_all_seeds() {
    let all = Mutex::new(Kills::default());
    GOAL.reach(|seed| {
        let kills = evening(seed, |_| ()).unwrap_or_else(|why| {
            panic!("kills: seed {seed}: {why}\nagain: NIGHTMARKET_SEED={seed}");
        });
        let mut all = all.lock().expect("nobody panics with it");
        all.done += kills.done;
        all.in_flight += kills.in_flight;
        all.purchases += kills.purchases;
        all.orders += kills.orders;
        kills.done
    });
    let Kills { done, in_flight, purchases, orders } = all.into_inner().expect("nobody panics with it");
    println!(
        "kills: {done}, {in_flight} of them in the middle of a purchase; {purchases} purchases, {orders} orders"
    );
    assert!(orders > 0, "nothing was bought");
}

/// The judge of this file: a shopper that forgets is seen.
#[test]
fn a_ledger_that_is_gone_is_seen_in_the_books() {
    let forget = |directory: &Path| {
        for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
            // The log is not there if nothing was written since the last close.
            let _ = std::fs::remove_file(directory.join(name));
        }
    };
    let why = evening(0, forget).err().expect("a shopper that knows of nothing is caught");
    println!("a ledger that is gone: {why}");
}
