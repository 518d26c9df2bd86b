//! Purchases while answers are lost, doubled, late and spoiled, and the app is killed at any step: nobody pays twice, and
//! everything ends in a state that says what happened.

use std::rc::Rc;

use nightmarket::ports::Http;
use nightmarket_chaos::shopping::{SHOPS, live, settle};
use nightmarket_chaos::{
    LostMeansUnsent, NewIdentityOnRetry, Phone, Run, Weather, check, first_caught, judge_purchases,
};

const LIVES: u64 = 4;

async fn evening(run: Run, wrap: fn(Rc<dyn Http>) -> Rc<dyn Http>) -> Result<(), String> {
    let phone = Phone::new(&run.net, run.seed, wrap);
    run.net.set_weather(Weather::Foul);
    for life in 0..LIVES {
        let kill_at = (life + 1 < LIVES).then(|| run.dice.between(1, 220));
        phone.live(kill_at, async |ports| live(ports, &run, || ()).await).await.unwrap_or(Ok(()))?;
    }
    run.net.set_weather(Weather::Fair);
    let views = phone.live(None, settle).await.expect("this life is not killed")?;
    judge_purchases(&run.net.world(), SHOPS, &views)
}

#[test]
fn a_new_key_on_a_retry_is_caught() {
    let caught = first_caught(100, async |run| evening(run, NewIdentityOnRetry::over).await);
    let (seed, why) = caught.expect("the planted bug passes 100 seeds: the judge sees nothing");
    println!("planted bug caught at seed {seed}: {why}");
}

#[test]
fn nobody_pays_twice_over_all_seeds() {
    check("purchases", async |run| evening(run, |http| http).await);
}

#[test]
fn a_lost_answer_taken_for_unsent_is_caught() {
    let caught = first_caught(100, async |run| evening(run, LostMeansUnsent::over).await);
    let (seed, why) = caught.expect("the planted bug passes 100 seeds: the judge sees nothing");
    println!("planted bug caught at seed {seed}: {why}");
}
