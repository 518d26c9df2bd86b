//! What tests judge the venue by.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Venue;

impl Venue {
    /// Everything that happened here, as one value.
    pub fn books(&self) -> Value {
        let rooms: Map<String, Value> = self
            .rooms
            .iter()
            .map(|(key, room)| {
                let entry = json!({
                    "status": room.status, "likes": room.likes, "hearts": room.likes,
                    "openings": room.openings, "entries": room.entries, "deals": room.deals.len(), "chat": chat(&room.chat),
                });
                (key.clone(), entry)
            })
            .collect();
        let groups: Map<String, Value> =
            self.groups.iter().map(|(id, group)| (id.clone(), chat(&group.chat))).collect();
        json!({
            "feed": self.feed.books(),
            "people": self.people_books(),
            "pushes": self.push_books(),
            "rooms": rooms,
            "groups": self.groups_books(),
            "group_chats": groups,
            "drops": self.drops_books(),
        })
    }
}

/// The lines of shoppers (not of the script) with their state.
fn chat(chat: &super::chat::Chat) -> Value {
    let lines: Vec<Value> = chat
        .lines
        .iter()
        .filter(|line| !line.client_id.starts_with("script_"))
        .map(|line| {
            let mut entry = line.to_json();
            entry["state"] = json!(line.state);
            entry
        })
        .collect();
    let reactions: BTreeMap<String, usize> = chat
        .reactions
        .iter()
        .flat_map(|(line, given)| given.counts().map(move |(kind, count)| (format!("{line}/{kind}"), count)))
        .collect();
    let standing: BTreeMap<&String, &str> =
        chat.standing.iter().map(|(who, standing)| (who, standing.word())).collect();
    json!({
        "lines": lines, "said": chat.lines.len(), "duplicates": chat.duplicates, "reactions": reactions,
        "slow_mode_ms": chat.slow_mode_ms, "standing": standing, "pinned": chat.pinned,
    })
}
