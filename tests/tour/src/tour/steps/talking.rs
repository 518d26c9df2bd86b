//! Chat: through a cut, and "that one".

use nightmarket::Timestamp;
use nightmarket::chat::{LineState, Pointing};
use nightmarket::offers::OfferState;
use nightmarket_sandbox::media;
use serde_json::{Value, json};

use super::landing::{PEARLS, seconds};
use crate::claim;
use crate::tour::stage::{Failure, Followed, Held, SHOPPER, Stage};

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

pub async fn that_one(stage: &mut Stage) -> Held {
    let moment_ms = stage.moment_ms()?;
    let mut offers = Followed::new(stage.shopper().await?.offers().list().await?);
    let words = "that one, the third from the left";
    stage.room()?.chat().point_at(Timestamp(moment_ms), words, None).await?;
    let offer = offers
        .until("an offer", |offers| offers.iter().find(|offer| offer.state != OfferState::Unchecked).cloned())
        .await?;
    claim!(offer.state == OfferState::Valid, "the offer is not good: {:?}", offer.state);
    let terms = offer.terms.as_ref().ok_or_else(|| Failure::Claim("an offer without terms".to_owned()))?;
    let meant =
        media::resolve(moment_ms, None, words).ok_or_else(|| Failure::Claim("no such pearl".to_owned()))?;
    let offered = terms.serial.clone().unwrap_or_default();
    claim!(offered == meant.serial, "pearl {offered} is offered, pearl {} was meant", meant.serial);
    let behind = stage.player.as_ref().map_or(0, |player| player.edge_ms - player.moment_ms());
    stage.offer = Some(offer.id.clone());
    Ok(format!(
        "{} (pearl {offered}, the one on the screen) for {}; signed by {}",
        terms.title, terms.price, terms.shop
    ) + &format!("; the picture was {:.1} s behind the live edge at the start", seconds(behind.max(0))))
}
