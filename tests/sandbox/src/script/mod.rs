//! Hosts who act by script: on air by their hours, pinning, talking, selling, and answering who writes to them.

mod acts;
mod host;
mod orders;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(crate) use host::pearl_price;
pub use orders::ScriptError;

use crate::shop::ShopEvent;
use crate::venue::{Line, Venue};

/// A host reads and types: this long after a line it answers, milliseconds.
const ANSWER_MS: i64 = 1_200;
/// Between two questions a host answers.
const PATIENCE_MS: i64 = 4_000;

/// Something a host does when its time has come.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// On air, or off.
    Live { room: String, on: bool },
    /// The next product, and again after a while.
    PinTurn { room: String },
    /// A saying, and again.
    SayTurn { room: String },
    /// A viewer's line, and again.
    ChatterTurn { room: String },
    /// A deal, and again.
    DealTurn { room: String },
    /// A drop of the room opens: the host says so and pins it.
    DropOpens { drop_id: String, room: String },
    /// The host answers a shopper's line.
    Answer { line: Box<Line> },
    /// The host takes the next box of the queue into its hands.
    TakeBox,
    /// The content of the box in hand is seen.
    ShowBox { opening: String },
}

/// The script's state: what is due, and what hosts remember.
pub struct Director {
    due: BTreeMap<(i64, u64), Act>,
    seq: u64,
    ambience: bool,
    /// Shop events that wait to be relayed: domain and event.
    pub(crate) heard: Vec<(String, ShopEvent)>,
    /// Serial to the one shopper it was offered to, until when (milliseconds), and the offer.
    pub(crate) promised: BTreeMap<String, (String, i64, String)>,
    /// Turns taken per room and kind, so that each turn brings something else.
    pub(crate) turns: BTreeMap<(String, &'static str), usize>,
    answered_ms: BTreeMap<String, i64>,
    pub(crate) offers: Vec<Value>,
}

impl Director {
    /// Everything that is planned when the evening begins.
    pub(crate) fn of_the_evening(venue: &Venue, start_ms: i64, ambience: bool) -> Self {
        let mut director = Self {
            due: BTreeMap::new(),
            seq: 0,
            ambience,
            heard: Vec::new(),
            promised: BTreeMap::new(),
            turns: BTreeMap::new(),
            answered_ms: BTreeMap::new(),
            offers: Vec::new(),
        };
        for (room, from, to) in venue.hours() {
            director.plan(from.max(start_ms), Act::Live { room: room.to_owned(), on: true });
            director.plan(to.max(start_ms), Act::Live { room: room.to_owned(), on: false });
        }
        for (drop_id, room, opens_ms) in venue.drop_openings() {
            if opens_ms >= start_ms {
                director
                    .plan(opens_ms, Act::DropOpens { drop_id: drop_id.to_owned(), room: room.to_owned() });
            }
        }
        director
    }

    /// Does it at that time.
    pub(crate) fn plan(&mut self, at_ms: i64, act: Act) {
        self.seq += 1;
        self.due.insert((at_ms, self.seq), act);
    }

    /// Does it again some time, unless hosts act only when spoken to.
    pub(crate) fn plan_turn(&mut self, at_ms: i64, act: Act) {
        if self.ambience {
            self.plan(at_ms, act);
        }
    }

    /// Turns of a room that went off air are over.
    pub(crate) fn drop_turns(&mut self, room: &str) {
        self.due.retain(|_, act| {
            !matches!(act,
                Act::PinTurn { room: of } | Act::SayTurn { room: of } | Act::ChatterTurn { room: of }
                    | Act::DealTurn { room: of } if of == room)
        });
    }

    /// Whether the host has a box in hand or is about to take one.
    pub(crate) fn has_box(&self) -> bool {
        self.due.values().any(|act| matches!(act, Act::TakeBox | Act::ShowBox { .. }))
    }

    pub(crate) fn is_showing(&self) -> bool {
        self.due.values().any(|act| matches!(act, Act::ShowBox { .. }))
    }

    /// A box is taken now, so that no plan to take one is left.
    pub(crate) fn drop_box_plans(&mut self) {
        self.due.retain(|_, act| !matches!(act, Act::TakeBox));
    }

    /// No drop of that id opens as it was planned.
    pub(crate) fn drop_opening_of(&mut self, id: &str) {
        self.due.retain(|_, act| !matches!(act, Act::DropOpens { drop_id, .. } if drop_id == id));
    }

    /// Hosts act by themselves, or only when spoken to.
    pub(crate) fn set_ambience(&mut self, on: bool) {
        self.ambience = on;
    }

    pub(crate) fn next_due_ms(&self) -> Option<i64> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    pub(crate) fn due_by(&self, now_ms: i64) -> Option<i64> {
        self.next_due_ms().filter(|due| *due <= now_ms)
    }

    pub(crate) fn take_due(&mut self, now_ms: i64) -> Option<Act> {
        let first = self.due.first_entry().filter(|entry| entry.key().0 <= now_ms)?;
        Some(first.remove())
    }

    /// The number of this turn, from 0.
    pub(crate) fn turn(&mut self, room: &str, kind: &'static str) -> usize {
        let turn = self.turns.entry((room.to_owned(), kind)).or_default();
        *turn += 1;
        *turn - 1
    }

    /// A shopper wrote. Who wants "that one" is always answered; other questions when the host gets round to it.
    pub(crate) fn hear(&mut self, line: &Line, now_ms: i64) {
        if line.place.0 != "room" {
            return;
        }
        let wants = host::wants_one(line);
        let asks = line.text.contains(['?', '？']);
        let last = self.answered_ms.get(&line.place.1).copied();
        let patient = last.is_none_or(|last| now_ms - last >= PATIENCE_MS);
        if wants || (asks && patient) {
            self.answered_ms.insert(line.place.1.clone(), now_ms);
            self.plan(now_ms + ANSWER_MS, Act::Answer { line: Box::new(line.clone()) });
        }
    }

    pub(crate) fn books(&self) -> Value {
        let promised: BTreeMap<&String, &String> =
            self.promised.iter().map(|(serial, (shopper, ..))| (serial, shopper)).collect();
        json!({ "offers": self.offers, "promised": promised })
    }
}
