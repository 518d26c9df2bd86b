//! Both clients go through the same proxy, which cuts, stalls, slices and slows what comes from the hub, by a seed.
//!
//! In `chat:` nothing is ever lost: both have to see every message once and in order. `small:` keeps three
//! publications, so what is missing there depends on when each client came back; it may be missing only where the client
//! was told so.

use std::io;
use std::path::Path;
use std::time::Duration;

use nightmarket_sandbox::Ids;
use serde_json::json;

use crate::hub::{Hub, token, url};
use crate::ours::Ours;
use crate::peer::{Log, client, listen};
use crate::toxiproxy::{Proxy, Toxiproxy};

/// Faults in one run.
const STEPS: usize = 7;
/// A stall ends with what was held back, so it may take this long; not if a client left meanwhile.
const HEALING: Duration = Duration::from_secs(6);
/// What a run may take after the last fault.
const SETTLE: Duration = Duration::from_secs(30);

/// Goes through so many seeds at once, prints each, and says how many failed.
pub async fn run(program: &Path, first: u64, seeds: u64) -> usize {
    let toxiproxy = match Toxiproxy::start(program).await {
        Ok(toxiproxy) => std::rc::Rc::new(toxiproxy),
        Err(error) => {
            println!("FAIL  toxiproxy: {error}");
            return 1;
        }
    };
    let hub = Hub::start().await;
    let running: Vec<_> = (first..first + seeds)
        .map(|seed| (seed, tokio::task::spawn_local(one(seed, hub.clone(), toxiproxy.clone()))))
        .collect();
    let mut failed = 0;
    for (seed, run) in running {
        match run.await {
            Ok(Ok(told)) => println!("ok    seed {seed}: {told}"),
            Ok(Err(why)) => {
                failed += 1;
                println!("FAIL  seed {seed}: {why}");
            }
            Err(panic) => {
                failed += 1;
                println!("FAIL  seed {seed}: {panic}");
            }
        }
    }
    failed
}

struct Dice(Ids);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0.next_u64() % n
    }

    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    async fn wait(&mut self, low_ms: u64, high_ms: u64) {
        tokio::time::sleep(Duration::from_millis(self.between(low_ms, high_ms))).await;
    }
}

/// Both channels with what one client was told in them.
struct Heard {
    chat: Log,
    small: Log,
}

impl Heard {
    fn new() -> Self {
        Self { chat: Log::default(), small: Log::default() }
    }

    fn caught_up(&self, count: u64) -> bool {
        let last = |log: &Log| {
            log.read()
                .iter()
                .rev()
                .find_map(|word| word.strip_prefix("pub ")?.split(' ').next()?.parse().ok())
        };
        last(&self.chat) == Some(count) && last(&self.small) == Some(count)
    }
}

async fn one(seed: u64, hub: Hub, toxiproxy: std::rc::Rc<Toxiproxy>) -> Result<String, String> {
    let proxy =
        toxiproxy.proxy(&format!("seed_{seed}"), hub.address).await.map_err(|error| error.to_string())?;
    let (chat, small) = (format!("chat:{seed}"), format!("small:{seed}"));
    let (peers, ours) = (Heard::new(), Heard::new());
    let connection = Log::default();
    let peer = client(&url(proxy.address), token("peer", None), &connection).build().expect("a client");
    for (channel, log) in [(&chat, &peers.chat), (&small, &peers.small)] {
        listen(&peer, channel, log).build().expect("a subscription").subscribe();
    }
    peer.connect().expect("it is not closed");
    let wanted = [(chat.clone(), ours.chat.clone()), (small.clone(), ours.small.clone())];
    let client = Ours::start(&url(proxy.address), "ours", &wanted);
    for log in [&peers.chat, &peers.small, &ours.chat, &ours.small] {
        log.wait("sub ", 1).await;
    }

    let mut dice = Dice(Ids::seeded(seed));
    let mut sent: u64 = 0;
    let mut done = Vec::new();
    let mut say = |dice: &mut Dice| {
        for _ in 0..dice.between(1, 9) {
            sent += 1;
            hub.live.publish(
                &chat,
                json!({ "line": { "n": sent, "text": "左边第三颗".repeat(usize::from(sent.is_multiple_of(2))) } }),
            );
            hub.live.publish(&small, json!(sent));
        }
        sent
    };
    for _ in 0..STEPS {
        say(&mut dice);
        let fault = begin(&proxy, &mut dice).await.map_err(|error| error.to_string())?;
        for _ in 0..dice.below(4) {
            say(&mut dice);
            dice.wait(0, 60).await;
        }
        if fault == "long stall" {
            dice.wait(2_900, 3_300).await;
        }
        dice.wait(50, 400).await;
        end(&proxy, fault).await.map_err(|error| error.to_string())?;
        done.push(fault);
        dice.wait(0, 300).await;
    }
    let settled = async {
        // Whoever lost the last ones of `small:` learns where it stands from the next.
        loop {
            let count = say(&mut dice);
            for _ in 0..50 {
                if peers.caught_up(count) && ours.caught_up(count) {
                    return count;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    };
    let settled = tokio::time::timeout(SETTLE, settled).await;
    let count = sent;
    let heard = (ours.chat.told("pub "), peers.chat.told("pub "));
    drop(client);
    peer.close().await;
    let what = format!("{count} messages through {}", done.join(", "));
    if heard.0 != heard.1 {
        return Err(format!("{what}: ours saw {:?}, the peer {:?}", numbers(&heard.0), numbers(&heard.1)));
    }
    if numbers(&heard.0) != (1..=count).collect::<Vec<_>>() {
        return Err(format!("{what}: both saw {:?}", numbers(&heard.0)));
    }
    settled.map_err(|_| format!("{what}: the last one did not come; {:?}", connection.read()))?;
    for (who, log) in [("ours", &ours.small), ("the peer", &peers.small)] {
        told_what_is_missing(&log.read()).map_err(|why| format!("{what}: {who} in {small}: {why}"))?;
    }
    let back = |log: &Log| log.told("sub ").len() - 1;
    Ok(format!("{what}; resubscribed {} and {} times", back(&ours.chat), back(&peers.chat)))
}

async fn begin(proxy: &Proxy, dice: &mut Dice) -> io::Result<&'static str> {
    const FAULTS: [&str; 12] = [
        "cut",
        "cut",
        "break",
        "break",
        "hush",
        "slice",
        "slice",
        "slow",
        "slow",
        "stall",
        "stall",
        "long stall",
    ];
    let fault = FAULTS[usize::try_from(dice.below(12)).unwrap_or(0)];
    let way = if dice.below(4) == 0 { "upstream" } else { "downstream" };
    match fault {
        "cut" => proxy.cut().await?,
        // Ends in the middle of a frame, more often than not.
        "break" => {
            proxy.poison("limit_data", "downstream", &json!({ "bytes": dice.between(1, 900) })).await?;
        }
        // What comes is thrown away, and then the connection ends.
        "hush" => proxy.poison("timeout", "downstream", &json!({ "timeout": dice.between(20, 200) })).await?,
        "slice" => {
            let size = dice.between(1, 40);
            let how =
                json!({ "average_size": size, "size_variation": size / 2, "delay": dice.between(10, 500) });
            proxy.poison("slicer", way, &how).await?;
        }
        "slow" => proxy.poison("bandwidth", way, &json!({ "rate": dice.between(1, 16) })).await?,
        // Held back, not lost: TCP loses nothing. A long one is longer than either believes in a hub that says nothing.
        "stall" => proxy.poison("latency", way, &json!({ "latency": dice.between(200, 900) })).await?,
        _ => proxy.poison("latency", "downstream", &json!({ "latency": 3_500 })).await?,
    }
    Ok(fault)
}

async fn end(proxy: &Proxy, fault: &str) -> io::Result<()> {
    match fault {
        "cut" => proxy.mend().await,
        // The connection has ended or will, and a toxiproxy whose connection has ended may never get rid of the toxic.
        "break" | "hush" => {
            proxy.cut().await?;
            proxy.mend().await
        }
        _ => {
            if let Ok(healed) = tokio::time::timeout(HEALING, proxy.heal()).await {
                return healed;
            }
            proxy.cut().await?;
            proxy.mend().await
        }
    }
}

fn numbers(told: &[String]) -> Vec<u64> {
    told.iter().filter_map(|word| word.split(' ').next()?.parse().ok()).collect()
}

/// In order, none twice, and nothing missing but behind a `lost`.
fn told_what_is_missing(words: &[String]) -> Result<(), String> {
    let (mut last, mut gap) = (0, false);
    for word in words {
        if let Some(publication) = word.strip_prefix("pub ") {
            let number = numbers(&[publication.to_owned()]).first().copied().unwrap_or_default();
            if number <= last || (number > last + 1 && !gap) {
                return Err(format!("{number} after {last} in {words:?}"));
            }
            (last, gap) = (number, false);
        } else if word.ends_with(" lost") {
            gap = true;
        }
    }
    Ok(())
}
