//! What the hub and the venue say about lines.

use serde::{Deserialize, Serialize};

use crate::ids::{ClientId, GroupId, LineId, RoomId, ShopperId};
use crate::time::Timestamp;

/// A spot on the picture, per mille of its width and height, from the top left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// 0 to 1000.
    pub x: u16,
    /// 0 to 1000.
    pub y: u16,
}

/// Who wrote a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// A shopper's or a host's id.
    pub id: ShopperId,
    /// What they are called, safe to be shown.
    #[serde(default)]
    pub name: String,
}

/// A line (contract: `line.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LineWire {
    pub(crate) id: LineId,
    /// A batch leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_id: Option<ClientId>,
    pub(crate) from: Author,
    pub(crate) text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) moment: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) spot: Option<Spot>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<LineId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quote: Option<Box<QuoteWire>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) mentions: Vec<ShopperId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reactions: Option<ReactionsWire>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
    pub(crate) at: Timestamp,
}

/// What a line of a batch may have beside its words.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct About {
    moment: Option<Timestamp>,
    spot: Option<Spot>,
    reply_to: Option<LineId>,
    quote: Option<Box<QuoteWire>>,
    mentions: Vec<ShopperId>,
}

/// The beginning of the line that is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct QuoteWire {
    pub(crate) id: LineId,
    pub(crate) from: Author,
    pub(crate) text: String,
}

/// All reactions to a line (contract: `reactions.json`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReactionsWire {
    #[serde(default)]
    pub(crate) revision: u64,
    #[serde(default)]
    pub(crate) counts: Vec<CountWire>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CountWire {
    pub(crate) reaction: String,
    pub(crate) count: u64,
    /// Only in what is for this shopper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) own: Option<bool>,
}

/// An event of `chat:<id>` or `group:<id>` (contract: `event_chat.json`).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChatEvent {
    Line(LineWire),
    Batch(Batch),
    LineChanged {
        id: LineId,
        #[serde(default)]
        client_id: Option<ClientId>,
        state: String,
    },
    Reacted {
        id: LineId,
        reactions: ReactionsWire,
    },
    Pinned {
        lines: Vec<LineWire>,
    },
    Rules(RulesWire),
    Removed {
        from: ShopperId,
    },
}

/// Many lines in few bytes.
#[derive(Debug, Deserialize)]
pub(crate) struct Batch {
    at: Timestamp,
    from: Vec<BatchAuthor>,
    lines: Vec<BatchLine>,
}

/// Id and name; the id alone if that is the name.
#[derive(Debug, Deserialize)]
struct BatchAuthor(ShopperId, #[serde(default)] Option<String>);

/// Id, index of the author, milliseconds after the batch's time, text, and the rest if there is any.
#[derive(Debug, Deserialize)]
struct BatchLine(LineId, usize, u64, String, #[serde(default)] Option<About>);

impl Batch {
    /// Its lines, whole. One whose author is missing is no line.
    pub(crate) fn into_lines(self) -> impl Iterator<Item = LineWire> {
        let Self { at, from, lines } = self;
        lines.into_iter().filter_map(move |BatchLine(id, author, after_ms, text, about)| {
            let BatchAuthor(who, name) = from.get(author)?;
            let name = name.clone().unwrap_or_else(|| who.to_string());
            let About { moment, spot, reply_to, quote, mentions } = about.unwrap_or_default();
            Some(LineWire {
                id,
                client_id: None,
                from: Author { id: who.clone(), name },
                text,
                moment,
                spot,
                reply_to,
                quote,
                mentions,
                reactions: None,
                state: None,
                at: Timestamp(at.0.saturating_add_unsigned(after_ms)),
            })
        })
    }
}

/// How often one shopper may write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RulesWire {
    #[serde(default)]
    pub(crate) slow_mode_ms: u64,
    #[serde(default)]
    pub(crate) rate_lines: u32,
    #[serde(default)]
    pub(crate) rate_ms: u64,
}

/// What a reader has to know before writing (contract: `chat_info.json`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InfoWire {
    #[serde(flatten)]
    pub(crate) rules: RulesWire,
    #[serde(default)]
    pub(crate) standing: Option<String>,
    #[serde(default)]
    pub(crate) until: Option<Timestamp>,
    #[serde(default)]
    pub(crate) wait_ms: u64,
    #[serde(default)]
    pub(crate) pinned: Vec<LineWire>,
}

/// `chat.send`; also what the outbox keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SendRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) room_id: Option<RoomId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) group_id: Option<GroupId>,
    pub(crate) client_id: ClientId,
    pub(crate) text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) moment: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) spot: Option<Spot>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<LineId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) mentions: Vec<ShopperId>,
}

/// The answer to `chat.send`.
#[derive(Debug, Deserialize)]
pub(crate) struct SendReply {
    pub(crate) line: Option<LineWire>,
    pub(crate) refused: Option<Refused>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Refused {
    pub(crate) code: String,
    pub(crate) retry_after_ms: Option<u64>,
}

/// `chat.react`.
#[derive(Debug, Serialize)]
pub(crate) struct ReactRequest<'a> {
    pub(crate) line_id: &'a LineId,
    pub(crate) reaction: &'a str,
    pub(crate) on: bool,
}

/// The answer to `chat.react`.
#[derive(Debug, Deserialize)]
pub(crate) struct ReactReply {
    #[serde(default)]
    pub(crate) reactions: Option<ReactionsWire>,
}

/// `chat.delete`.
#[derive(Debug, Serialize)]
pub(crate) struct DeleteRequest<'a> {
    pub(crate) line_id: &'a LineId,
}

/// A page of older lines (contract: `lines_page.json`).
#[derive(Debug, Deserialize)]
pub(crate) struct LinesPage {
    pub(crate) lines: Vec<LineWire>,
    pub(crate) before: Option<String>,
    /// On the newest page.
    #[serde(default)]
    pub(crate) chat: Option<InfoWire>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_the_lines_it_stands_for() {
        let event: ChatEvent = serde_json::from_str(
            r#"{"batch":{"at":"2026-11-24T20:15:03.250Z","from":[["s1","Shopper 1"],["s2"]],
                "lines":[["l1",0,0,"that one"],["l2",1,40,"which?",{"reply_to":"l1","new":1}],["l3",7,0,"nobody's"]]}}"#,
        )
        .unwrap();
        let ChatEvent::Batch(batch) = event else { panic!("{event:?}") };
        let lines: Vec<_> = batch.into_lines().collect();
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].from.name.as_str(), lines[1].from.name.as_str()), ("Shopper 1", "s2"));
        assert_eq!(lines[1].at.0 - lines[0].at.0, 40);
        assert_eq!(lines[1].reply_to, Some("l1".into()));
    }

    #[test]
    fn the_contracts_examples_are_read() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../contract/schemas/event_chat.json")).unwrap();
        for example in schema["examples"].as_array().unwrap() {
            let read = serde_json::from_value::<ChatEvent>(example.clone());
            assert!(read.is_ok(), "{example}: {read:?}");
        }
        let info: serde_json::Value =
            serde_json::from_str(include_str!("../../contract/schemas/chat_info.json")).unwrap();
        let first: InfoWire = serde_json::from_value(info["examples"][0].clone()).unwrap();
        assert_eq!((first.rules.slow_mode_ms, first.wait_ms, first.pinned.len()), (5_000, 1_200, 1));
    }
}
