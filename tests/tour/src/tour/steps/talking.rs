//! Chat: through a cut, and "that one".

use nightmarket::Timestamp;
use nightmarket::chat::{LineState, Pointing};
use nightmarket::offers::OfferState;
use nightmarket_sandbox::media;
use serde_json::{Value, json};

use super::landing::{PEARLS, seconds};
use crate::claim;
use crate::tour::stage::{Failure, Followed, Held, SHOPPER, Stage};

/// Looks of pearls that cost less than the evening's threshold.
const CHEAP_LOOKS: [u8; 4] = [0, 1, 3, 4];

/// Lines written around the cut.
const WORDS: [&str; 4] =
    ["good evening", "which ones are new?", "I like the pink lustre", "how big are they?"];

pub async fn cut(stage: &mut Stage) -> Held {
    let mut lines = Followed::new(stage.room()?.chat().lines().await?);
    for (number, words) in WORDS.iter().enumerate() {
        stage.room()?.chat().send(words, Pointing::default()).await?;
        if number == 1 {
            stage.fault(&json!({"target": "hub", "kind": "cut", "times": 2}))?;
            stage.script(&json!({"do": "say", "room": PEARLS, "text": "said while you were away"}))?;
        }
    }
    let sent = |words: &str, lines: &[std::sync::Arc<nightmarket::chat::Line>]| {
        lines.iter().filter(|line| line.text == words && line.state == LineState::Sent).count()
    };
    lines.until("every line", |lines| WORDS.iter().all(|words| sent(words, lines) > 0).then_some(())).await?;
    lines
        .until("what was said meanwhile", |lines| (sent("said while you were away", lines) > 0).then_some(()))
        .await?;
    for words in WORDS {
        let (shown, taken) = (sent(words, &lines.items), taken(&stage.books(), words));
        claim!(shown == 1 && taken == 1, "“{words}” is shown {shown} times, the venue has it {taken} times");
    }
    Ok(format!(
        "{} lines written, the socket cut twice: each arrived once, and nothing said meanwhile is missing",
        WORDS.len()
    ))
}

/// How often the venue took a line of these words from the shopper.
fn taken(books: &Value, words: &str) -> usize {
    let lines = books["venue"]["rooms"][PEARLS]["chat"]["lines"].as_array();
    lines.map_or(0, |lines| {
        lines.iter().filter(|line| line["text"] == words && line["from"]["id"] == SHOPPER).count()
    })
}

/// Which pearl is meant: one under the threshold, and how a person says it.
fn wish(moment_ms: i64) -> Result<(&'static str, media::Pearl), Failure> {
    let words = [
        "that one, the third from the left",
        "that one, the second from the left",
        "that one, the fourth from the left",
        "that one, the first from the left",
    ];
    words
        .into_iter()
        .filter_map(|words| Some((words, media::resolve(moment_ms, None, words)?)))
        .find(|(_, pearl)| CHEAP_LOOKS.contains(&pearl.look))
        .ok_or_else(|| Failure::Claim("no pearl on the tray is cheap enough".to_owned()))
}

pub async fn that_one(stage: &mut Stage) -> Held {
    let moment_ms = stage.moment_ms()?;
    let behind_ms = stage.player.as_ref().map_or(0, |player| player.behind_ms);
    let (words, meant) = wish(moment_ms)?;
    let mut offers = Followed::new(stage.shopper().await?.offers().list().await?);
    stage.room()?.chat().point_at(Timestamp(moment_ms), words, None).await?;
    let offer = offers
        .until("an offer", |offers| offers.iter().find(|offer| offer.state != OfferState::Unchecked).cloned())
        .await?;
    claim!(offer.state == OfferState::Valid, "the offer is not good: {:?}", offer.state);
    let terms = offer.terms.as_ref().ok_or_else(|| Failure::Claim("an offer without terms".to_owned()))?;
    let offered = terms.serial.clone().unwrap_or_default();
    claim!(offered == meant.serial, "pearl {offered} is offered, pearl {} was meant", meant.serial);
    // The same words at the live edge, which wall time is near, mean another pearl.
    let by_wall_time =
        media::resolve(moment_ms + behind_ms, None, words).map(|pearl| pearl.serial).unwrap_or_default();
    claim!(by_wall_time != offered, "wall time would have done as well, so this shows nothing");
    stage.offer = Some(offer.id.clone());
    Ok(format!(
        "“{words}”, seen {:.1} s late: {} for {}, signed by {}; by wall time it would have been {by_wall_time}",
        seconds(behind_ms),
        terms.title,
        terms.price,
        terms.shop
    ))
}
