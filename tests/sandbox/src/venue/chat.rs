//! Chat of rooms and groups, and what else the hub forwards by RPC.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::evening::{HELD_WORDS, host_of_room};
use super::moderation::{HIDDEN, Standing};
use super::reactions::Reactions;
use super::words::{Id, parse_time, time};
use super::{Caller, Venue};
use crate::env::Env;
use crate::http::{Request, Response, page_mark};

/// Longest text, in code points.
const TEXT_MAX: usize = 500;
/// Lines one shopper may send within [`RATE_MS`] where there is no slow mode.
const RATE_LINES: usize = 10;
/// See [`RATE_LINES`].
const RATE_MS: i64 = 2_000;
/// Most lines in one publication.
pub(super) const LINES_AT_ONCE: usize = 20;
/// Longest quote of a line that is answered, in code points.
const QUOTE_MAX: usize = 120;
/// Most people one line speaks to.
const MENTIONS_MAX: usize = 20;
/// Most emojis' code points of a reaction.
const REACTION_MAX: usize = 16;
/// Lines of the snapshot a joiner gets.
const SNAPSHOT_LINES: usize = 50;
/// Most hearts of one call.
const HEARTS_MAX: u64 = 1_000;

/// One chat message.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The venue's id; sorts by time within the venue.
    pub id: String,
    /// The client's id.
    pub client_id: String,
    /// Shopper or host id.
    pub from: String,
    /// As called in chat.
    pub name: String,
    /// The text.
    pub text: String,
    /// Programme time it speaks of, milliseconds.
    pub moment_ms: Option<i64>,
    /// Place on the picture, per mille from the upper left corner.
    pub spot: Option<(i64, i64)>,
    /// The line it answers.
    pub reply_to: Option<String>,
    /// That line when this one was taken: its writer's id and name, and the beginning of its text.
    pub quote: Option<(String, String, String)>,
    /// Whom it speaks to.
    pub mentions: Vec<String>,
    /// When it was taken, milliseconds.
    pub at_ms: i64,
    /// `shown`, `held` or `deleted`.
    pub state: String,
    /// `room` or `group`, and its id.
    pub place: (&'static str, String),
}

impl Line {
    /// As the wire shows it.
    pub fn to_json(&self) -> Value {
        let mut out = json!({
            "id": self.id, "client_id": self.client_id, "from": { "id": self.from, "name": self.name },
            "text": self.text, "at": time(self.at_ms),
        });
        out[self.place.0] = json!(self.place.1);
        if let Some(moment) = self.moment_ms {
            out["moment"] = time(moment);
        }
        if let Some((x, y)) = self.spot {
            out["spot"] = json!({ "x": x, "y": y });
        }
        if let Some(reply_to) = &self.reply_to {
            out["reply_to"] = json!(reply_to);
            if let Some((id, name, text)) = &self.quote {
                out["quote"] = json!({ "id": reply_to, "from": { "id": id, "name": name }, "text": text });
            }
        }
        if !self.mentions.is_empty() {
            out["mentions"] = json!(self.mentions);
        }
        if self.state != "shown" {
            out["state"] = json!(self.state);
        }
        out
    }
}

/// The chat of a room or group.
pub struct Chat {
    pub(super) channel: String,
    pub(super) lines: Vec<Line>,
    pub(super) slow_mode_ms: i64,
    pub(super) standing: BTreeMap<String, Standing>,
    /// Ids of pinned lines, the newest pin first.
    pub(super) pinned: Vec<String>,
    recent: BTreeMap<String, Vec<i64>>,
    by_client_id: BTreeMap<String, usize>,
    pub(super) duplicates: u64,
    pub(super) reactions: BTreeMap<String, Reactions>,
}

impl Chat {
    pub(super) fn new(channel: String, slow_mode_ms: i64) -> Self {
        Self {
            channel,
            lines: Vec::new(),
            slow_mode_ms,
            standing: BTreeMap::new(),
            pinned: Vec::new(),
            recent: BTreeMap::new(),
            by_client_id: BTreeMap::new(),
            duplicates: 0,
            reactions: BTreeMap::new(),
        }
    }

    /// What a line that answers that one quotes of it.
    fn quote_of(&self, id: &str) -> Option<(String, String, String)> {
        let line = self.lines.iter().rev().find(|line| line.id == id && line.state == "shown")?;
        let text = line.text.chars().take(QUOTE_MAX).collect();
        Some((line.from.clone(), line.name.clone(), text))
    }

    fn push(&mut self, line: Line) {
        self.by_client_id.insert(line.client_id.clone(), self.lines.len());
        self.lines.push(line);
    }

    fn shown(&self) -> impl DoubleEndedIterator<Item = &Line> {
        self.lines.iter().filter(|line| line.state == "shown")
    }

    /// A line as that reader sees it: with its reactions, and whether they are the reader's own.
    pub(super) fn line_json(&self, line: &Line, reader: Option<&str>) -> Value {
        let mut out = line.to_json();
        if let Some(reactions) = self.reactions.get(&line.id) {
            out["reactions"] = reactions.to_json(reader);
        }
        out
    }

    /// The rules, and what they mean for that reader.
    pub(super) fn info_json(&self, reader: Option<&str>, now_ms: i64) -> Value {
        let mut out = self.rules_json();
        let standing = reader.map_or(Standing::SignIn, |reader| self.standing_of(reader, now_ms));
        out["standing"] = json!(standing.word());
        if let Standing::Muted { until_ms: Some(until) } = standing {
            out["until"] = time(until);
        }
        if let Some((_, wait)) = reader.and_then(|reader| self.wait(reader, now_ms)) {
            out["wait_ms"] = json!(wait);
        }
        out["pinned"] = json!(self.pinned_json());
        out
    }

    pub(super) fn rules_json(&self) -> Value {
        json!({ "slow_mode_ms": self.slow_mode_ms, "rate_lines": RATE_LINES, "rate_ms": RATE_MS })
    }

    /// How long that shopper has to wait before the next line, and why.
    fn wait(&self, user: &str, now_ms: i64) -> Option<(&'static str, i64)> {
        let sent = self.recent.get(user)?;
        let slow = sent.last().map_or(0, |last| self.slow_mode_ms - (now_ms - last));
        if slow > 0 {
            return Some(("slow_mode", slow));
        }
        let within = sent.iter().rev().take(RATE_LINES).take_while(|at| now_ms - *at < RATE_MS);
        (within.clone().count() == RATE_LINES)
            .then(|| ("rate", within.last().map_or(0, |first| RATE_MS - (now_ms - first))))
    }

    fn count(&mut self, user: &str, now_ms: i64) {
        let sent = self.recent.entry(user.to_owned()).or_default();
        sent.push(now_ms);
        let excess = sent.len().saturating_sub(RATE_LINES);
        sent.drain(..excess);
    }
}

/// A refusal of an RPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RpcError {
    /// The protocol's error code.
    pub code: u32,
    /// For people.
    pub message: String,
}

impl RpcError {
    pub(super) fn new(code: u32, message: &str) -> Self {
        Self { code, message: message.to_owned() }
    }

    pub(super) fn bad(message: &str) -> Self {
        Self::new(1400, message)
    }
}

#[derive(Deserialize)]
struct SendBody {
    room_id: Option<String>,
    group_id: Option<String>,
    client_id: Id,
    text: String,
    moment: Option<String>,
    spot: Option<SpotBody>,
    reply_to: Option<String>,
    #[serde(default)]
    mentions: Vec<Id>,
}

#[derive(Deserialize)]
struct SpotBody {
    x: i64,
    y: i64,
}

impl SpotBody {
    fn on_picture(&self) -> bool {
        (0..=1_000).contains(&self.x) && (0..=1_000).contains(&self.y)
    }
}

#[derive(Deserialize)]
struct ReactBody {
    line_id: String,
    reaction: String,
    #[serde(default = "yes")]
    on: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct DeleteBody {
    line_id: String,
}

#[derive(Deserialize)]
struct HeartsBody {
    room_id: String,
    count: u64,
    id: String,
}

#[derive(Deserialize)]
struct JoinBody {
    room_id: String,
    entry: Option<EntryBody>,
}

#[derive(Deserialize)]
struct EntryBody {
    kind: String,
}

fn body<T: DeserializeOwned>(data: Value) -> Result<T, RpcError> {
    serde_json::from_value(data).map_err(|error| RpcError::bad(&format!("not what this call takes: {error}")))
}

fn refused(code: &str, retry_after_ms: Option<i64>) -> Value {
    let mut refusal = json!({ "code": code });
    if let Some(wait) = retry_after_ms {
        refusal["retry_after_ms"] = json!(wait);
    }
    json!({ "refused": refusal })
}

impl Venue {
    /// Answers what a client asked through the hub. `positions` says where channels stand in their streams; the
    /// caller has to have given the hub all publications before.
    pub fn rpc(
        &mut self,
        env: &mut Env,
        user: &str,
        method: &str,
        data: Value,
        positions: &mut dyn FnMut(&mut Env, &[String]) -> Value,
    ) -> Result<Value, RpcError> {
        match method {
            "room.join" => self.room_join(env, user, data, positions),
            "chat.send" => self.chat_send(env, user, data),
            "chat.react" => self.chat_react(user, data),
            "chat.delete" => self.chat_delete(user, data),
            "hearts.add" => self.hearts_add(env, data),
            _ => Err(RpcError::new(104, "method not found")),
        }
    }

    fn room_join(
        &mut self,
        env: &mut Env,
        user: &str,
        data: Value,
        positions: &mut dyn FnMut(&mut Env, &[String]) -> Value,
    ) -> Result<Value, RpcError> {
        let JoinBody { room_id, entry } = body(data)?;
        let room =
            self.rooms.get_mut(&room_id).ok_or_else(|| RpcError::new(1404, "there is no such room"))?;
        if let Some(entry) = entry {
            *room.entries.entry(entry.kind).or_default() += 1;
        }
        let room = &self.rooms[&room_id];
        let reader = signed_in(user);
        let channels = [format!("room:{room_id}"), format!("chat:{room_id}"), "live".to_owned()];
        let mut out = json!({
            "now": time(env.now_ms),
            "room": self.room_json(room),
            "deals": room.live_deals(env.now_ms),
            "stats": room.stats(),
            "lines": self.newest(&room.chat, reader),
            "chat": room.chat.info_json(reader, env.now_ms),
            "openings": room.openings,
            "positions": positions(env, &channels),
        });
        if let Some(pin) = &room.pin {
            out["pin"] = super::room::pin_json(pin);
        }
        Ok(out)
    }

    fn chat_send(&mut self, env: &mut Env, user: &str, data: Value) -> Result<Value, RpcError> {
        let sent: SendBody = body(data)?;
        if signed_in(user).is_none() {
            return Err(RpcError::new(1401, "sign in to write"));
        }
        let place = match (&sent.room_id, &sent.group_id) {
            (Some(room), None) => ("room", room.clone()),
            (None, Some(group)) => ("group", group.clone()),
            _ => return Err(RpcError::bad("name a room or a group")),
        };
        if place.0 == "group" && self.groups.contains_key(&place.1) && !self.is_member(user, &place.1) {
            return Err(RpcError::new(1403, "members only"));
        }
        let chat = self.chat_of(&place).ok_or_else(|| RpcError::new(1404, "there is no such chat"))?;
        if let Some(known) = chat.by_client_id.get(&sent.client_id.0) {
            chat.duplicates += 1;
            let line = &chat.lines[*known];
            return Ok(if line.state == "held" {
                refused("held", None)
            } else {
                json!({ "line": chat.line_json(line, Some(user)), "duplicate": true })
            });
        }
        if sent.text.trim().is_empty() {
            return Err(RpcError::bad("a line has a text"));
        }
        if sent.text.chars().count() > TEXT_MAX {
            return Ok(refused("too_long", None));
        }
        match chat.standing_of(user, env.now_ms) {
            Standing::Muted { .. } => return Ok(refused("muted", None)),
            Standing::Banned => return Ok(refused("banned", None)),
            Standing::Open | Standing::SignIn => {}
        }
        if let Some((code, wait)) = chat.wait(user, env.now_ms) {
            return Ok(refused(code, Some(wait)));
        }
        if sent.mentions.len() > MENTIONS_MAX {
            return Err(RpcError::bad("a line speaks to 20 people at most"));
        }
        if sent.spot.as_ref().is_some_and(|spot| !spot.on_picture()) {
            return Err(RpcError::bad("a spot is 0 to 1000 per mille of the picture"));
        }
        let moment_ms = match sent.moment.as_deref().map(parse_time) {
            Some(None) => return Err(RpcError::bad("moment is no time")),
            known => known.flatten(),
        };
        let quote = sent.reply_to.as_deref().and_then(|id| chat.quote_of(id));
        chat.count(user, env.now_ms);
        let lower = sent.text.to_lowercase();
        let held = HELD_WORDS.iter().any(|word| lower.contains(word));
        let line = Line {
            id: self.next_line_id(),
            client_id: sent.client_id.0,
            from: user.to_owned(),
            name: user.to_owned(),
            text: sent.text,
            moment_ms,
            spot: sent.spot.map(|spot| (spot.x, spot.y)),
            reply_to: sent.reply_to,
            quote,
            mentions: sent.mentions.into_iter().map(|id| id.0).collect(),
            at_ms: env.now_ms,
            state: if held { "held" } else { "shown" }.to_owned(),
            place,
        };
        let said = line.to_json();
        if !held {
            self.heard.push(line.clone());
        }
        self.take_line(line);
        Ok(if held { refused("held", None) } else { json!({ "line": said }) })
    }

    /// A line of the host or of a scripted viewer, taken without a client's rules. Its id, or none without such a chat.
    pub fn say(
        &mut self,
        place: (&'static str, &str),
        from: (&str, &str),
        text: &str,
        reply_to: Option<String>,
        at_ms: i64,
    ) -> Option<String> {
        let place = (place.0, place.1.to_owned());
        let chat = self.chat_of(&place)?;
        let quote = reply_to.as_deref().and_then(|id| chat.quote_of(id));
        let mentions = quote.iter().map(|(who, ..)| who.clone()).collect();
        let id = self.next_line_id();
        let line = Line {
            client_id: format!("script_{id}"),
            id: id.clone(),
            from: from.0.to_owned(),
            name: from.1.to_owned(),
            text: text.to_owned(),
            moment_ms: None,
            spot: None,
            reply_to,
            quote,
            mentions,
            at_ms,
            state: "shown".to_owned(),
            place,
        };
        self.take_line(line);
        Some(id)
    }

    /// Many lines at once; they go out as publications of at most twenty.
    pub fn say_many(&mut self, room: &str, said: &[(String, String)], at_ms: i64) {
        for (from, text) in said {
            self.say(("room", room), (from, from), text, None, at_ms);
        }
    }

    pub(super) fn say_quietly(&mut self, room: &str, from: &str, text: &str, at_ms: i64) {
        self.say(("room", room), (from, from), text, None, at_ms);
    }

    fn next_line_id(&mut self) -> String {
        self.line_seq += 1;
        format!("line_{:09}", self.line_seq)
    }

    pub(super) fn take_line(&mut self, line: Line) {
        let said = (line.state == "shown").then(|| line.to_json());
        let Some(chat) = self.chat_of(&line.place) else { return };
        chat.push(line);
        let channel = chat.channel.clone();
        if let Some(said) = said {
            self.publish(channel, json!({ "line": said }));
        }
    }

    pub(super) fn chat_of(&mut self, place: &(&'static str, String)) -> Option<&mut Chat> {
        if place.0 == "room" {
            self.rooms.get_mut(&place.1).map(|room| &mut room.chat)
        } else {
            self.groups.get_mut(&place.1).map(|group| &mut group.chat)
        }
    }

    pub(super) fn chats(&self) -> impl Iterator<Item = &Chat> {
        self.rooms.values().map(|room| &room.chat).chain(self.groups.values().map(|group| &group.chat))
    }

    pub(super) fn chats_mut(&mut self) -> impl Iterator<Item = &mut Chat> {
        let rooms = self.rooms.values_mut().map(|room| &mut room.chat);
        rooms.chain(self.groups.values_mut().map(|group| &mut group.chat))
    }

    /// A line by its id.
    pub fn line(&self, id: &str) -> Option<&Line> {
        self.chats().find_map(|chat| chat.lines.iter().find(|line| line.id == id))
    }

    fn chat_react(&mut self, user: &str, data: Value) -> Result<Value, RpcError> {
        let ReactBody { line_id, reaction, on } = body(data)?;
        if signed_in(user).is_none() {
            return Err(RpcError::new(1401, "sign in to react"));
        }
        if !(1..=REACTION_MAX).contains(&reaction.chars().count()) {
            return Err(RpcError::bad("a reaction is an emoji"));
        }
        let place = self.line(&line_id).filter(|line| line.state == "shown").map(|line| line.place.clone());
        let place = place.ok_or_else(|| RpcError::new(1404, "there is no such line"))?;
        if place.0 == "group" && !self.is_member(user, &place.1) {
            return Err(RpcError::new(1403, "members only"));
        }
        let chat = self.chat_of(&place).ok_or_else(|| RpcError::new(1404, "there is no such chat"))?;
        let reactions = chat.reactions.entry(line_id.clone()).or_default();
        let changed = reactions.set(user, &reaction, on);
        let (own, all, channel) =
            (reactions.to_json(Some(user)), reactions.to_json(None), chat.channel.clone());
        if changed {
            self.publish(channel, json!({ "reacted": { "id": line_id, "reactions": all } }));
        }
        Ok(json!({ "reactions": own }))
    }

    fn chat_delete(&mut self, user: &str, data: Value) -> Result<Value, RpcError> {
        let DeleteBody { line_id } = body(data)?;
        let line = self.line(&line_id).ok_or_else(|| RpcError::new(1404, "there is no such line"))?;
        if signed_in(user) != Some(line.from.as_str()) {
            return Err(RpcError::new(1403, "it is another's line"));
        }
        if line.state != HIDDEN {
            self.moderate(&line_id, HIDDEN, Some("by_author"));
        }
        Ok(json!({}))
    }

    /// The newest lines for that reader, old to new.
    fn newest(&self, chat: &Chat, reader: Option<&str>) -> Vec<Value> {
        let caller = reader.map_or(Caller::Guest, |id| Caller::Shopper(id.to_owned()));
        let seen = chat.shown().rev().filter(|line| !self.people.hides(&caller, &line.from));
        let mut lines: Vec<Value> =
            seen.take(SNAPSHOT_LINES).map(|line| chat.line_json(line, reader)).collect();
        lines.reverse();
        lines
    }

    fn hearts_add(&mut self, env: &Env, data: Value) -> Result<Value, RpcError> {
        let HeartsBody { room_id, count, id } = body(data)?;
        if !(1..=HEARTS_MAX).contains(&count) {
            return Err(RpcError::bad("1 to 1000 hearts at once"));
        }
        let room =
            self.rooms.get_mut(&room_id).ok_or_else(|| RpcError::new(1404, "there is no such room"))?;
        room.add_hearts(id, count, env.now_ms);
        Ok(json!({}))
    }

    /// An older page of a chat, old to new; `before` is a line's id.
    pub(super) fn lines_page(
        &self,
        chat: &Chat,
        request: &Request,
        caller: &Caller,
        now_ms: i64,
    ) -> Result<Response, Response> {
        let limit = super::feed::page_limit(request, 20, SNAPSHOT_LINES)?;
        let before = page_mark(&request.query, "before")?;
        let older = chat.shown().rev().filter(|line| before.is_none_or(|mark| line.id.as_str() < mark));
        let mut page = older.filter(|line| !self.people.hides(caller, &line.from));
        let mut lines: Vec<&Line> = page.by_ref().take(limit).collect();
        let more = page.next().is_some();
        lines.reverse();
        let mut out = json!({ "lines": lines.iter().map(|line| chat.line_json(line, caller.id())).collect::<Vec<_>>() });
        if before.is_none() {
            out["chat"] = chat.info_json(caller.id(), now_ms);
        }
        if more && let Some(first) = lines.first() {
            out["before"] = json!(first.id);
        }
        Ok(Response::json(200, &out))
    }
}

/// Who that is, unless they are a guest.
fn signed_in(user: &str) -> Option<&str> {
    (!user.is_empty() && !user.starts_with("guest_")).then_some(user)
}

/// The host of that room as it is called in chat: id and name.
pub fn host_as_speaker(room: &str) -> Option<(&'static str, &'static str)> {
    host_of_room(room).map(|host| (host.host_id, host.name.0))
}
