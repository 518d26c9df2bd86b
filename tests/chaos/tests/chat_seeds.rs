//! Lines typed while sockets break, the app is killed at any step and the power is cut: each ends at the venue exactly
//! once or is shown as failed, in the order it was typed; a cut may lose some, and doubles none.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use nightmarket::chat::{LineState, Pointing};
use nightmarket::ids::RoomId;
use nightmarket::ports::Ports;
use nightmarket_chaos::{By, Cuts, Goal, Phone, Planted, PowerPhone, Run, Steps, Sync, Weather, app, check};
use serde_json::Value;

const LIVES: u64 = 4;
/// A line with this in it is held back by the venue, which is an end too.
const HELD: &str = "is this a scam";
/// It has a slow mode of two seconds.
const ROOM: &str = "mukbang";
const KILLS: Goal =
    Goal { what: "chat seeds", quick: 40, full: 1_000, soak: 100_000, chunk: 250, together: None };
const CUTS: Goal =
    Goal { what: "chat cuts", quick: 40, full: 1_000, soak: 100_000, chunk: 100, together: None };

/// What the shopper typed, in order.
#[derive(Default)]
struct Typed(RefCell<Vec<Line>>);

struct Line {
    text: String,
    /// Its client id, if the call returned: from then on it survives a kill.
    id: Option<String>,
}

impl Typed {
    async fn line(&self, chat: &nightmarket::chat::Chat, run: &Run) {
        let number = self.0.borrow().len();
        let words = if run.dice.below(12) == 0 { HELD } else { "that one" };
        let text = format!("{number}: {words}");
        self.0.borrow_mut().push(Line { text: text.clone(), id: None });
        // A full disk keeps nothing, and says so.
        if let Ok(id) = chat.send(&text, Pointing::default()).await {
            self.0.borrow_mut()[number].id = Some(id.to_string());
        }
    }
}

async fn talk(ports: Ports, run: &Run, typed: &Typed) -> Result<(), String> {
    let shopper = app::open(ports).await.map_err(|error| error.to_string())?;
    let room = loop {
        match shopper.live().join(RoomId::new(ROOM)).await {
            Ok(room) => break room,
            Err(_) => tokio::time::sleep(Duration::from_secs(2)).await,
        }
    };
    for _ in 0..6 {
        typed.line(room.chat(), run).await;
        tokio::time::sleep(Duration::from_millis(run.dice.below(4_000))).await;
    }
    shopper.close().await;
    Ok(())
}

/// The last life: what is on its way has ten minutes. Gives the lines that are shown as failed.
async fn settle(ports: Ports) -> Result<Vec<String>, String> {
    let shopper = app::open(ports).await.map_err(|error| error.to_string())?;
    let room = shopper.live().join(RoomId::new(ROOM)).await.map_err(|error| error.to_string())?;
    tokio::time::sleep(Duration::from_mins(10)).await;
    let mut shown = Vec::new();
    let mut changes = room.chat().lines().await.map_err(|error| error.to_string())?;
    changes.try_batch().into_iter().for_each(|diff| diff.apply(&mut shown));
    shopper.close().await;
    let failed = shown.iter().filter(|line| matches!(line.state, LineState::Failed { .. }));
    Ok(failed.map(|line| line.client_id.to_string()).collect())
}

/// `whole`: what was kept may not be lost.
fn judge(books: &Value, typed: &[Line], failed: &[String], whole: bool) -> Result<(), String> {
    let lines = books["rooms"][ROOM]["chat"]["lines"].as_array().ok_or("the room has no chat")?;
    let mut said: BTreeMap<&str, usize> = BTreeMap::new();
    let mut last = 0;
    for line in lines {
        let text = line["text"].as_str().unwrap_or_default();
        *said.entry(text).or_default() += 1;
        let number: usize =
            text.split(':').next().and_then(|n| n.parse().ok()).ok_or("a line of nobody's")?;
        if number < last {
            return Err(format!("line {number} came after line {last}"));
        }
        last = number;
    }
    for line in typed {
        let count = said.remove(line.text.as_str()).unwrap_or_default();
        let gone = line.id.as_ref().is_some_and(|id| failed.contains(id));
        if count > 1 || count == 1 && gone {
            return Err(format!("{:?} is {count} times at the venue, shown as failed: {gone}", line.text));
        }
        if whole && count == 0 && line.id.is_some() && !gone {
            return Err(format!("{:?} was kept, and is neither at the venue nor shown as failed", line.text));
        }
    }
    said.keys().next().map_or(Ok(()), |text| Err(format!("nobody typed {text:?}")))
}

async fn killed(run: Run) -> Result<Steps, String> {
    let (phone, typed) = (Phone::new(&run.net, run.seed, |http| http), Typed::default());
    run.net.set_weather(Weather::Foul);
    for life in 0..LIVES {
        let kill_at = (life + 1 < LIVES).then(|| run.dice.between(1, 160));
        phone.live(kill_at, async |ports| talk(ports, &run, &typed).await).await.unwrap_or(Ok(()))?;
    }
    run.net.set_weather(Weather::Fair);
    let failed = phone.live(None, settle).await.expect("this life is not killed")?;
    let left = phone.count("outbox");
    if left as usize != failed.len() {
        return Err(format!("{left} lines are in the outbox, {} are shown as failed", failed.len()));
    }
    judge(&run.net.world().books()["venue"], &typed.0.borrow(), &failed, true)?;
    Ok(phone.steps())
}

async fn cut(run: Run) -> Result<Cuts, String> {
    let phone = PowerPhone::new(&run.net, run.seed, Planted::NOTHING, By::All);
    let typed = Typed::default();
    for _ in 0..LIVES {
        run.net.set_weather(if run.dice.below(2) == 0 { Weather::Foul } else { Weather::Fair });
        let (sync, room) = match run.dice.below(5) {
            0 => (Sync::Fails(10), None),
            1 => (Sync::Honest, usize::try_from(run.dice.below(60_000)).ok()),
            _ => (Sync::Honest, None),
        };
        phone.disk().set_sync(sync);
        phone.disk().set_room(room);
        let cut_at = Some(run.dice.between(1, 900));
        phone.live(cut_at, async |ports| talk(ports, &run, &typed).await).await?.unwrap_or(Ok(()))?;
    }
    phone.disk().set_sync(Sync::Honest);
    phone.disk().set_room(None);
    run.net.set_weather(Weather::Fair);
    let failed = phone.live(None, settle).await?.ok_or("the last life did not open")??;
    judge(&run.net.world().books()["venue"], &typed.0.borrow(), &failed, false)?;
    Ok(phone.cuts())
}

#[test]
fn a_typed_line_ends_once_over_all_seeds() {
    let all = Mutex::new(Steps::default());
    check(&KILLS, async |run| {
        *all.lock().expect("nobody panics with it") += &killed(run).await?;
        Ok(1)
    });
    println!("chat: where the app was killed\n{}", all.into_inner().expect("nobody panics with it").table());
}

#[test]
fn a_cut_doubles_no_line_over_all_seeds() {
    let all = Mutex::new(Cuts::default());
    check(&CUTS, async |run| {
        let cuts = cut(run).await?;
        *all.lock().expect("nobody panics with it") += &cuts;
        Ok(cuts.all)
    });
    let all = all.into_inner().expect("nobody panics with it");
    println!(
        "chat: {} cuts; {} syncs failed or writes found the disk full; {} outboxes and {} caches were damaged",
        all.all, all.refused, all.set_aside[0], all.set_aside[1],
    );
}
