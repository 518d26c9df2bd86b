//! A line as a screen shows it.

use super::wire::{Author, LineWire, QuoteWire, ReactionsWire, SendRequest, Spot};
use crate::ids::{ClientId, LineId, ShopperId};
use crate::text;
use crate::time::Timestamp;

/// How a line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineState {
    /// Written down here, on its way.
    Sending,
    /// Everybody sees it.
    Sent,
    /// The venue looks at it first.
    Held,
    /// Taken away, by the venue or its writer: its words are gone.
    Deleted,
    /// The venue does not take it: retry or discard it.
    Failed {
        /// Why: `muted`, `banned`, `too_long`, `sign_in_needed`, or the venue's newer word.
        code: String,
    },
    /// Something newer than this client.
    Other(String),
}

impl LineState {
    pub(super) fn of(word: &str) -> Self {
        match word {
            "held" => Self::Held,
            "deleted" => Self::Deleted,
            "shown" => Self::Sent,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// One kind of reaction to a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// An emoji.
    pub reaction: String,
    /// How many gave it, exactly.
    pub count: u64,
    /// This shopper is one of them.
    pub own: bool,
}

/// The beginning of the line that another answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// That line.
    pub id: LineId,
    /// Who wrote it; none is this shopper, before the hub said who that is.
    pub from: Option<Author>,
    /// Its beginning, safe to be shown.
    pub text: String,
}

/// A line as a screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The hub's id; none until it is confirmed.
    pub id: Option<LineId>,
    /// Its writer's id for it; the hub's where the hub told no other.
    pub client_id: ClientId,
    /// Who wrote it; none is this shopper, before the hub said who that is.
    pub from: Option<Author>,
    /// This shopper wrote it.
    pub own: bool,
    /// What it says, as it was typed: to copy, to translate. What is shown is `display`.
    pub text: String,
    /// What it says, safe to be shown as plain text: no tricks with direction, no hidden letters, one line.
    pub display: String,
    /// The same in the shopper's language, if it was asked for.
    pub translation: Option<String>,
    /// Programme time that its writer saw.
    pub moment: Option<Timestamp>,
    /// Where on the picture its writer pointed.
    pub spot: Option<Spot>,
    /// The line it answers.
    pub reply_to: Option<LineId>,
    /// The beginning of that line; none if it was taken away, or is somebody's who is blocked.
    pub quote: Option<Quote>,
    /// Whom it speaks to.
    pub mentions: Vec<ShopperId>,
    /// It speaks to this shopper.
    pub mentions_me: bool,
    /// What others gave it, the first kind given first.
    pub reactions: Vec<Reaction>,
    /// The venue's time; this device's until it is confirmed.
    pub at: Timestamp,
    /// How it stands.
    pub state: LineState,
}

/// A name safe to be shown.
fn author(from: Author) -> Author {
    Author { name: text::stripped(from.name), id: from.id }
}

impl Quote {
    fn of(quote: QuoteWire) -> Self {
        Self { id: quote.id, from: Some(author(quote.from)), text: text::safe(&quote.text) }
    }
}

/// As the wire tells them, with what is known to be the shopper's own where it does not say.
pub(super) fn reactions(wire: ReactionsWire, known: &[Reaction]) -> Vec<Reaction> {
    let own = |kind: &str| known.iter().any(|known| known.own && known.reaction == kind);
    wire.counts
        .into_iter()
        .map(|count| Reaction {
            own: count.own.unwrap_or_else(|| own(&count.reaction)),
            reaction: count.reaction,
            count: count.count,
        })
        .collect()
}

impl Line {
    /// A line of the hub, as `me` sees it.
    pub(super) fn of(wire: LineWire, me: Option<&ShopperId>) -> Self {
        let mentions_me = me.is_some_and(|me| wire.mentions.contains(me));
        let mut line = Self {
            client_id: wire.client_id.unwrap_or_else(|| ClientId::new(wire.id.clone())),
            own: me == Some(&wire.from.id),
            from: Some(author(wire.from)),
            display: text::safe(&wire.text),
            text: wire.text,
            translation: None,
            moment: wire.moment,
            spot: wire.spot,
            reply_to: wire.reply_to,
            quote: wire.quote.map(|quote| Quote::of(*quote)),
            mentions: wire.mentions,
            mentions_me,
            reactions: wire.reactions.map(|wire| reactions(wire, &[])).unwrap_or_default(),
            at: wire.at,
            state: wire.state.as_deref().map_or(LineState::Sent, LineState::of),
            id: Some(wire.id),
        };
        if line.state == LineState::Deleted {
            line.wipe();
        }
        line
    }

    /// The echo of what was written here, with the line that it answers.
    pub(super) fn echo(
        request: SendRequest,
        answered: Option<&Self>,
        at: Timestamp,
        state: LineState,
    ) -> Self {
        let quote = answered.filter(|line| line.state == LineState::Sent).and_then(|line| {
            Some(Quote { id: line.id.clone()?, from: line.from.clone(), text: line.display.clone() })
        });
        Self {
            id: None,
            client_id: request.client_id,
            from: None,
            own: true,
            display: text::safe(&request.text),
            text: request.text,
            translation: None,
            moment: request.moment,
            spot: request.spot,
            reply_to: request.reply_to,
            quote,
            mentions: request.mentions,
            mentions_me: false,
            reactions: Vec::new(),
            at,
            state,
        }
    }

    /// Taken away: nothing of what it said is left.
    pub(super) fn wipe(&mut self) {
        self.state = LineState::Deleted;
        self.text.clear();
        self.display.clear();
        self.translation = None;
        self.quote = None;
        self.spot = None;
        self.mentions.clear();
        self.mentions_me = false;
        self.reactions.clear();
    }

    /// As the wire had it, for the cache; an echo has no place there.
    pub(super) fn to_wire(&self) -> Option<LineWire> {
        if self.state != LineState::Sent {
            return None;
        }
        let quote = self.quote.as_ref().and_then(|quote| {
            Some(Box::new(QuoteWire {
                id: quote.id.clone(),
                from: quote.from.clone()?,
                text: quote.text.clone(),
            }))
        });
        Some(LineWire {
            id: self.id.clone()?,
            client_id: Some(self.client_id.clone()),
            from: self.from.clone()?,
            text: self.text.clone(),
            moment: self.moment,
            spot: self.spot,
            reply_to: self.reply_to.clone(),
            quote,
            mentions: self.mentions.clone(),
            reactions: None,
            state: None,
            at: self.at,
        })
    }
}
