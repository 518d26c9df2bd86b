//! Purchases while the power is cut: ledger, outbox and cache are on a disk that loses, reorders and tears what was not synced, fails
//! to sync, and fills up. Nobody pays twice, nothing leaves that a cut could make forgotten, and everything settles.

use std::sync::Mutex;

use nightmarket_chaos::shopping::{SHOPS, live, settle};
use nightmarket_chaos::{
    By, Cuts, Goal, Planted, PowerPhone, Run, Sync, Weather, check, first_caught, judge_purchases,
};

const LIVES: u64 = 6;
const GOAL: Goal =
    Goal { what: "power cuts", quick: 100, full: 10_000, soak: 1_000_000, chunk: 200, together: None };
/// A planted bug has to be seen within so many.
const PATIENCE: u64 = 100;

async fn evening(run: Run, planted: Planted, by: By) -> Result<Cuts, String> {
    let phone = PowerPhone::new(&run.net, run.seed, planted, by);
    for _ in 0..LIVES {
        let weather = if run.dice.below(3) == 0 { Weather::Foul } else { Weather::Fair };
        run.net.set_weather(weather);
        spoil(&phone, &run, planted);
        let about_to_tap = || {
            if run.dice.below(3) == 0 {
                phone.hasten(run.dice.below(60));
            }
        };
        let cut_at = Some(run.dice.between(1, 1_500));
        let lived = phone.live(cut_at, async |ports| live(ports, &run, about_to_tap).await).await?;
        lived.unwrap_or(Ok(()))?;
    }
    phone.disk().set_sync(planted.sync);
    phone.disk().set_room(None);
    run.net.set_weather(Weather::Fair);
    let views = phone.live(None, settle).await?.ok_or("the last life did not open")??;
    judge_purchases(&run.net.world(), SHOPS, &views)?;
    Ok(phone.cuts())
}

/// One life in eight has a disk that fails to sync now and then, one in eight a full one.
fn spoil(phone: &PowerPhone, run: &Run, planted: Planted) {
    let (sync, room) = match run.dice.below(8) {
        0 if planted.sync == Sync::Honest => (Sync::Fails(10), None),
        1 => (planted.sync, usize::try_from(run.dice.below(60_000)).ok()),
        _ => (planted.sync, None),
    };
    phone.disk().set_sync(sync);
    phone.disk().set_room(room);
}

#[test]
fn a_cut_costs_nobody_anything_over_all_seeds() {
    let all = Mutex::new(Cuts::default());
    check(&GOAL, async |run| {
        let cuts = evening(run, Planted::NOTHING, By::All).await?;
        *all.lock().expect("nobody panics with it") += &cuts;
        Ok(cuts.counted)
    });
    let all = all.into_inner().expect("nobody panics with it");
    println!(
        "power cuts: of {} that were lived through {} count: {} with something of the ledger not synced, {} while a \
         purchase was open; {} other disks that they might have left; {} syncs failed or writes found the disk full; \
         {} outboxes and {} caches were damaged",
        all.all,
        all.counted,
        all.unsynced,
        all.in_flight,
        all.images,
        all.refused,
        all.set_aside[0],
        all.set_aside[1],
    );
    println!("power cuts: where\n{}", all.steps.table());
    // One seed may do without.
    if all.counted > 50 {
        assert!(all.refused > 0, "the disk never failed");
        assert!(all.in_flight > 0, "no cut came in the middle of a purchase");
        assert!(all.unsynced > 0, "no cut took anything of the ledger");
    }
}

fn caught(planted: Planted, by: By) -> Option<(u64, String)> {
    first_caught(PATIENCE, async |run| evening(run, planted, by).await.map(drop))
}

#[test]
fn planted_bugs_are_caught() {
    for planted in [
        Planted::JOURNAL_AT_NORMAL,
        Planted::LYING_SYNC,
        Planted::KEY_NOT_PERSISTED,
        Planted::NEW_KEY_ON_RETRY,
        Planted::RESERVED_AFTER_SENDING,
        Planted::DIGEST_WITHOUT_ADDRESS,
        Planted::RESENT_AFTER_RESTART,
        Planted::OTHER_BYTES_ON_RETRY,
        Planted::SENT_LATE,
        Planted::THRESHOLD_RAISED,
        Planted::NEVER_READS,
    ] {
        let name = planted.name;
        let (seed, why) =
            caught(planted, By::All).unwrap_or_else(|| panic!("{name} passes {PATIENCE} seeds"));
        println!("{name}: caught at seed {seed}: {why}");
    }
}

/// What such bugs come to in the end, without a witness.
#[test]
fn the_books_alone_catch_what_costs_money() {
    for planted in [
        Planted::JOURNAL_AT_NORMAL,
        Planted::LYING_SYNC,
        Planted::KEY_NOT_PERSISTED,
        Planted::NEW_KEY_ON_RETRY,
        Planted::THRESHOLD_RAISED,
        Planted::NEVER_READS,
    ] {
        let name = planted.name;
        let (seed, why) =
            caught(planted, By::Books).unwrap_or_else(|| panic!("{name} passes {PATIENCE} seeds"));
        println!("{name}: the books show it at seed {seed}: {why}");
    }
}
