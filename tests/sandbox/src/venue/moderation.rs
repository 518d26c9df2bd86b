//! What a moderator does in a chat: lines taken away or shown, shoppers muted or banned, rules, pinned lines.

use serde_json::{Value, json};

use super::Venue;
use super::chat::{Chat, Line};
use super::words::time;

/// The state of a line that nobody sees any more.
pub(super) const HIDDEN: &str = "deleted";
/// Most lines pinned in one chat.
const PINNED_MAX: usize = 3;

/// Whether a shopper may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Yes.
    Open,
    /// After signing in.
    SignIn,
    /// Not for a while.
    Muted {
        /// Until then, milliseconds; none: until a moderator says so.
        until_ms: Option<i64>,
    },
    /// Not any more.
    Banned,
}

impl Standing {
    /// As the wire says it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::SignIn => "sign_in",
            Self::Muted { .. } => "muted",
            Self::Banned => "banned",
        }
    }
}

impl Chat {
    pub(super) fn standing_of(&self, shopper: &str, now_ms: i64) -> Standing {
        match self.standing.get(shopper) {
            Some(Standing::Muted { until_ms: Some(until) }) if *until <= now_ms => Standing::Open,
            Some(standing) => *standing,
            None => Standing::Open,
        }
    }

    pub(super) fn pinned_json(&self) -> Vec<Value> {
        let line = |id: &String| self.lines.iter().find(|line| line.id == *id && line.state == "shown");
        self.pinned.iter().filter_map(line).map(Line::to_json).collect()
    }
}

impl Venue {
    /// A moderator shows, holds or deletes a line. False if there is none of that id.
    pub fn moderate(&mut self, id: &str, state: &str, reason: Option<&str>) -> bool {
        let found = self.chats_mut().find_map(|chat| {
            let channel = chat.channel.clone();
            chat.lines.iter_mut().find(|line| line.id == id).map(|line| (channel, line))
        });
        let Some((channel, line)) = found else { return false };
        let shown_now = line.state != "shown" && state == "shown";
        state.clone_into(&mut line.state);
        let (said, client_id) = (line.to_json(), line.client_id.clone());
        if shown_now {
            self.publish(&channel, json!({ "line": said }));
        }
        let mut change = json!({ "id": id, "client_id": client_id, "state": state });
        if let Some(reason) = reason {
            change["reason"] = json!(reason);
        }
        self.publish(channel, json!({ "line_changed": change }));
        if state != "shown" {
            self.unpin_line(id);
        }
        true
    }

    /// Mutes a shopper in a room, for so long if it is said, or lets them write again. False if there is no such room.
    pub fn set_muted(&mut self, room: &str, shopper: &str, muted: bool, until_ms: Option<i64>) -> bool {
        let standing = if muted { Standing::Muted { until_ms } } else { Standing::Open };
        self.set_standing(room, shopper, standing)
    }

    /// Bans a shopper from a room, which takes their lines away, or lets them in again. False if there is no such room.
    pub fn set_banned(&mut self, room: &str, shopper: &str, banned: bool) -> bool {
        let standing = if banned { Standing::Banned } else { Standing::Open };
        let done = self.set_standing(room, shopper, standing);
        if done && banned {
            let Some(room) = self.rooms.get_mut(room) else { return false };
            for line in room.chat.lines.iter_mut().filter(|line| line.from == shopper) {
                HIDDEN.clone_into(&mut line.state);
            }
            let channel = room.chat.channel.clone();
            self.publish(channel, json!({ "removed": { "from": shopper } }));
        }
        done
    }

    fn set_standing(&mut self, key: &str, shopper: &str, standing: Standing) -> bool {
        let Some(room) = self.rooms.get_mut(key) else { return false };
        if standing == Standing::Open {
            room.chat.standing.remove(shopper);
        } else {
            room.chat.standing.insert(shopper.to_owned(), standing);
        }
        let mut event = json!({ "room": key, "standing": standing.word() });
        if let Standing::Muted { until_ms: Some(until) } = standing {
            event["until"] = time(until);
        }
        self.publish(format!("shopper:{shopper}"), json!({ "standing": event }));
        true
    }

    /// Milliseconds between two lines of one shopper; 0 switches slow mode off.
    pub fn set_slow_mode(&mut self, room: &str, every_ms: i64) -> bool {
        let Some(room) = self.rooms.get_mut(room) else { return false };
        room.chat.slow_mode_ms = every_ms.max(0);
        let (channel, rules) = (room.chat.channel.clone(), room.chat.rules_json());
        self.publish(channel, json!({ "rules": rules }));
        true
    }

    /// Puts a line above the others, or takes it down. False if there is no such line.
    pub fn set_line_pinned(&mut self, id: &str, pinned: bool) -> bool {
        let Some(place) = self.line(id).filter(|line| line.state == "shown").map(|line| line.place.clone())
        else {
            return false;
        };
        let Some(chat) = self.chat_of(&place) else { return false };
        chat.pinned.retain(|other| other != id);
        if pinned {
            chat.pinned.insert(0, id.to_owned());
            chat.pinned.truncate(PINNED_MAX);
        }
        self.tell_pinned(&place);
        true
    }

    fn unpin_line(&mut self, id: &str) {
        let Some(place) = self.line(id).map(|line| line.place.clone()) else { return };
        let Some(chat) = self.chat_of(&place) else { return };
        if chat.pinned.iter().any(|pinned| pinned == id) {
            chat.pinned.retain(|pinned| pinned != id);
            self.tell_pinned(&place);
        }
    }

    fn tell_pinned(&mut self, place: &(&'static str, String)) {
        let Some(chat) = self.chat_of(place) else { return };
        let (channel, lines) = (chat.channel.clone(), chat.pinned_json());
        self.publish(channel, json!({ "pinned": { "lines": lines } }));
    }

    pub(super) fn forget_lines_of(&mut self, shopper: &str) {
        let ids: Vec<String> = self
            .chats()
            .flat_map(|chat| &chat.lines)
            .filter(|line| line.from == shopper && line.state != HIDDEN)
            .map(|line| line.id.clone())
            .collect();
        for id in ids {
            self.moderate(&id, HIDDEN, Some("account_deleted"));
        }
    }
}
