//! A room's state: who is on air, what is pinned, what is on sale, and what passes in it with time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::chat::Chat;
use super::evening::{CHATTER, DAY_MS, HOSTS, HostPlan, Hours, MINUTE_MS};
use super::feed::host_json;
use super::words::{Card, text, time};
use super::{Venue, VenueConfig};

/// How often hearts are told, milliseconds.
const HEARTS_MS: i64 = 1_000;
/// How often viewers and likes are told.
const STATS_MS: i64 = 5_000;
/// Hearts whose ids are remembered per room.
const HEART_IDS: usize = 10_000;

/// The product the host is showing.
#[derive(Debug, Clone)]
pub struct Pin {
    /// Pin id.
    pub id: String,
    /// What is shown.
    pub card: Card,
    /// Programme time from which it is shown, milliseconds.
    pub moment_ms: i64,
    /// Its number in the host's list, counted from 1.
    pub position: usize,
}

/// A price, coupon or flash sale for everyone in the room.
#[derive(Debug, Clone)]
pub struct Deal {
    /// Deal id.
    pub id: String,
    /// `price`, `coupon` or `flash`.
    pub kind: String,
    /// The selling shop's domain.
    pub shop: String,
    /// The variant, if it is for one.
    pub item: Option<String>,
    /// Amount in minor units and currency, if it names a price.
    pub price: Option<(i64, String)>,
    /// The discount code to give at the shop, if it is one.
    pub code: Option<String>,
    /// Its title, English and simplified Chinese.
    pub title: (String, String),
    /// Programme time from which it holds, milliseconds.
    pub starts_ms: i64,
    /// Wall time at which it ends, milliseconds.
    pub ends_ms: i64,
}

/// One room.
pub struct Room {
    pub(super) plan: &'static HostPlan,
    pub(super) status: String,
    pub(super) schedule: Vec<(i64, i64)>,
    pub(super) pin: Option<Pin>,
    pub(super) deals: Vec<Deal>,
    pub(super) openings: Vec<Value>,
    /// Since when it is on air, milliseconds.
    live_since_ms: Option<i64>,
    pub(super) viewers: i64,
    pub(super) likes: u64,
    pub(super) chat: Chat,
    /// How often shoppers came from where.
    pub(super) entries: BTreeMap<String, u64>,
    pub(super) cohosts: Vec<&'static HostPlan>,
    pub(super) moved_to: Option<String>,
    hearts_pending: u64,
    heart_ids: BTreeSet<String>,
    heart_order: VecDeque<String>,
    hearts_due_ms: Option<i64>,
    stats_due_ms: i64,
    stats_turn: u64,
}

pub(super) fn of_the_evening(config: &VenueConfig) -> BTreeMap<String, Room> {
    HOSTS.iter().map(|plan| (plan.key.to_owned(), Room::new(plan, config.start_ms))).collect()
}

/// Start and end of the host's hours, the running one first.
fn schedule(hours: Hours, start_ms: i64) -> Vec<(i64, i64)> {
    let daily = |first: i64, lasts: i64| -> Vec<(i64, i64)> {
        (0..3).map(|day| (first + day * DAY_MS, first + day * DAY_MS + lasts)).collect()
    };
    match hours {
        Hours::OnAir { since, left } => daily(start_ms - since * MINUTE_MS, (since + left) * MINUTE_MS),
        Hours::Later { after, lasts } => daily(start_ms + after * MINUTE_MS, lasts * MINUTE_MS),
        Hours::Nightly { from, lasts } => {
            let midnight = start_ms - start_ms.rem_euclid(DAY_MS);
            let tonight = midnight + from * MINUTE_MS;
            let last_ends = tonight - DAY_MS + lasts * MINUTE_MS;
            if last_ends > start_ms {
                return daily(tonight - DAY_MS, lasts * MINUTE_MS);
            }
            let mut hours = daily(tonight, lasts * MINUTE_MS);
            if tonight > start_ms {
                let extra = (start_ms - 20 * MINUTE_MS).max(last_ends);
                hours.insert(0, (extra, (start_ms + 100 * MINUTE_MS).min(tonight)));
            }
            hours
        }
    }
}

impl Room {
    fn new(plan: &'static HostPlan, start_ms: i64) -> Self {
        Self {
            plan,
            status: "scheduled".to_owned(),
            schedule: schedule(plan.hours, start_ms),
            pin: None,
            deals: Vec::new(),
            openings: Vec::new(),
            live_since_ms: None,
            viewers: 0,
            likes: 0,
            chat: Chat::new(format!("chat:{}", plan.key), plan.slow_mode_ms),
            entries: BTreeMap::new(),
            cohosts: Vec::new(),
            moved_to: None,
            hearts_pending: 0,
            heart_ids: BTreeSet::new(),
            heart_order: VecDeque::new(),
            hearts_due_ms: None,
            stats_due_ms: start_ms + STATS_MS,
            stats_turn: 0,
        }
    }

    pub(super) fn is_live(&self) -> bool {
        self.status == "live"
    }

    pub(super) fn stats(&self) -> Value {
        json!({ "viewers": self.viewers, "likes": self.likes })
    }

    pub(super) fn live_deals(&self, now_ms: i64) -> Vec<Value> {
        self.deals.iter().filter(|deal| now_ms < deal.ends_ms).map(deal_json).collect()
    }

    /// Counts hearts once per id; true if they are new.
    pub(super) fn add_hearts(&mut self, id: String, count: u64, now_ms: i64) -> bool {
        if !self.heart_ids.insert(id.clone()) {
            return false;
        }
        self.heart_order.push_back(id);
        if self.heart_order.len() > HEART_IDS
            && let Some(oldest) = self.heart_order.pop_front()
        {
            self.heart_ids.remove(&oldest);
        }
        self.likes += count;
        self.hearts_pending += count;
        self.hearts_due_ms.get_or_insert(now_ms + HEARTS_MS);
        true
    }
}

/// A pin as the wire shows it.
pub fn pin_json(pin: &Pin) -> Value {
    let mut out = pin.card.to_json();
    out["id"] = json!(pin.id);
    out["moment"] = time(pin.moment_ms);
    out["position"] = json!(pin.position);
    out
}

fn deal_json(deal: &Deal) -> Value {
    let mut out = json!({
        "id": deal.id, "shop": deal.shop, "kind": deal.kind, "starts": time(deal.starts_ms),
        "ends_at": time(deal.ends_ms), "title": { "en": deal.title.0, "zh-Hans": deal.title.1 },
    });
    if let Some(item) = &deal.item {
        out["item"] = json!(item);
    }
    if let Some((amount, currency)) = &deal.price {
        out["price"] = json!({ "amount": amount, "currency": currency });
    }
    if let Some(code) = &deal.code {
        out["code"] = json!(code);
    }
    out
}

impl Venue {
    /// The room as the wire shows it.
    pub(super) fn room_json(&self, room: &Room) -> Value {
        let key = room.plan.key;
        let schedule: Vec<Value> = room
            .schedule
            .iter()
            .map(|(from, to)| {
                json!({ "starts_at": time(*from), "ends_at": time(*to), "title": text(room.plan.title) })
            })
            .collect();
        let mut out = json!({
            "id": key,
            "title": text(room.plan.title),
            "host": host_json(&self.config, room.plan),
            "status": room.status,
            "schedule": schedule,
            "channels": [format!("room:{key}"), format!("chat:{key}"), format!("pulse:{key}")],
        });
        let cohosts: Vec<Value> = room.cohosts.iter().map(|plan| host_json(&self.config, plan)).collect();
        if !cohosts.is_empty() {
            out["cohosts"] = json!(cohosts);
        }
        self.add_stream(room, &mut out);
        out
    }

    /// Where the picture is: live, as a replay, or in another room.
    fn add_stream(&self, room: &Room, out: &mut Value) {
        let address =
            |what: &str| json!(format!("{}/media/hls/{}/{what}.m3u8", self.config.url, room.plan.key));
        if room.is_live() {
            out["hls_url"] = address("live");
            out["latency_ms"] = json!(self.config.latency_ms);
        } else if let Some(other) = &room.moved_to {
            out["moved_to"] = json!(other);
        } else if room.status == "ended" {
            // The sandbox's tray goes on without end, so the rolling playlist is what there is to see again.
            out["replay_url"] = address("live");
        }
    }

    /// The host goes on in another room. False if there is no such room, or it is not on air.
    pub fn move_room(&mut self, key: &str, to: &str, now_ms: i64) -> bool {
        if !self.rooms.contains_key(to) || !self.is_live(key) {
            return false;
        }
        self.set_live(to, true, now_ms);
        if let Some(room) = self.rooms.get_mut(key) {
            room.moved_to = Some(to.to_owned());
        }
        self.set_live(key, false, now_ms)
    }

    /// Who is on the picture beside the host. False if there is no such room or host.
    pub fn set_cohosts(&mut self, key: &str, rooms: &[String]) -> bool {
        let plans: Option<Vec<_>> =
            rooms.iter().map(|room| HOSTS.iter().find(|plan| plan.key == *room)).collect();
        let (Some(plans), Some(room)) = (plans, self.rooms.get_mut(key)) else { return false };
        room.cohosts = plans;
        let hosts: Vec<Value> =
            self.rooms[key].cohosts.iter().map(|plan| host_json(&self.config, plan)).collect();
        self.publish(format!("room:{key}"), json!({ "cohosts": { "hosts": hosts } }));
        true
    }

    /// The host goes on air, or off. False if there is no such room.
    pub fn set_live(&mut self, key: &str, live: bool, now_ms: i64) -> bool {
        let Some(room) = self.rooms.get_mut(key) else { return false };
        if room.is_live() == live {
            return true;
        }
        (if live { "live" } else { "ended" }).clone_into(&mut room.status);
        // A host whose hours began earlier has been on air all along.
        let began =
            room.schedule.iter().find(|(from, to)| (*from..*to).contains(&now_ms)).map(|(from, _)| *from);
        room.live_since_ms = live.then(|| began.unwrap_or(now_ms));
        room.viewers = if live { room.plan.viewers } else { 0 };
        let had_pin = room.pin.take_if(|_| !live).is_some();
        let (host_id, viewers, status) = (room.plan.host_id, room.viewers, room.status.clone());
        let channel = format!("room:{key}");
        if had_pin {
            self.publish(&channel, json!({ "pin": null }));
        }
        if live && let Some(room) = self.rooms.get_mut(key) {
            room.moved_to = None;
        }
        let mut said = json!({ "status": status, "at": time(now_ms) });
        if let Some(room) = self.rooms.get(key) {
            self.add_stream(room, &mut said);
        }
        self.publish(channel, json!({ "status": said }));
        let event = if live {
            json!({ "on": { "host_id": host_id, "room_id": key, "viewers": viewers } })
        } else {
            json!({ "off": { "host_id": host_id, "room_id": key } })
        };
        self.publish("live", event);
        if live {
            self.push_live(host_id, key);
        }
        true
    }

    /// Shows a product in the room, or none. False if there is no such room.
    pub fn set_pin(&mut self, key: &str, pin: Option<Pin>) -> bool {
        let Some(room) = self.rooms.get_mut(key) else { return false };
        let event = pin.as_ref().map_or(Value::Null, pin_json);
        room.pin = pin;
        self.publish(format!("room:{key}"), json!({ "pin": event }));
        true
    }

    /// Puts a deal on. False if there is no such room.
    pub fn add_deal(&mut self, key: &str, deal: Deal) -> bool {
        let Some(room) = self.rooms.get_mut(key) else { return false };
        let event = deal_json(&deal);
        room.deals.push(deal);
        self.publish(format!("room:{key}"), json!({ "deal": event }));
        true
    }

    /// Says where an opening on air stands; the newest state of each is part of the snapshot.
    pub fn set_opening(&mut self, key: &str, opening: &Value) -> bool {
        let (Some(room), Some(id)) = (self.rooms.get_mut(key), opening["id"].as_str()) else { return false };
        match room.openings.iter_mut().find(|known| known["id"] == id) {
            Some(known) => *known = opening.clone(),
            None => room.openings.push(opening.clone()),
        }
        self.publish(format!("room:{key}"), json!({ "opening": opening }));
        true
    }

    /// The wares of a room's host.
    pub fn wares(&self, key: &str) -> &[Card] {
        self.config.wares.get(key).map_or(&[], Vec::as_slice)
    }

    /// Since when a room is on air, milliseconds; none if it is not.
    pub fn live_since(&self, key: &str) -> Option<i64> {
        self.rooms.get(key).filter(|room| room.is_live())?.live_since_ms
    }

    /// What is pinned in a room.
    pub fn pinned(&self, key: &str) -> Option<&Card> {
        self.rooms.get(key)?.pin.as_ref().map(|pin| &pin.card)
    }

    /// Whether the room is on air.
    pub fn is_live(&self, key: &str) -> bool {
        self.rooms.get(key).is_some_and(Room::is_live)
    }

    /// The hours of every room: key, start, end, both in milliseconds.
    pub fn hours(&self) -> Vec<(&'static str, i64, i64)> {
        self.rooms
            .values()
            .flat_map(|room| room.schedule.iter().map(|(from, to)| (room.plan.key, *from, *to)))
            .collect()
    }

    /// What was said before anybody came, so that there is history to page through.
    pub(super) fn seed_chatter(&mut self) {
        let start_ms = self.config.start_ms;
        let running: Vec<&'static str> = self
            .rooms
            .values()
            .filter(|room| matches!(room.plan.hours, Hours::OnAir { .. }))
            .map(|room| room.plan.key)
            .collect();
        for key in running {
            for n in 0..80_i64 {
                let words = CHATTER[usize::try_from(n).unwrap_or(0) % CHATTER.len()];
                let said = if n % 3 == 0 { words.0 } else { words.1 };
                let at_ms = start_ms - (80 - n) * 9_000;
                self.say_quietly(key, &format!("viewer_{}", n * 37 % 211), said, at_ms);
            }
        }
        self.out.clear();
    }

    pub(super) fn advance_rooms(&mut self, now_ms: i64) {
        let mut said = Vec::new();
        for (key, room) in &mut self.rooms {
            room.deals.retain(|deal| now_ms < deal.ends_ms);
            if room.hearts_due_ms.is_some_and(|due| now_ms >= due) {
                room.hearts_due_ms = None;
                let count = std::mem::take(&mut room.hearts_pending);
                said.push((key.clone(), json!({ "hearts": { "count": count } })));
            }
            if now_ms >= room.stats_due_ms {
                // After a jump of the clock one figure is enough.
                room.stats_due_ms = now_ms + STATS_MS;
                if room.is_live() {
                    room.stats_turn += 1;
                    room.viewers = drift(room.plan.viewers, room.stats_turn);
                    said.push((key.clone(), json!({ "stats": room.stats() })));
                }
            }
        }
        for (key, event) in said {
            self.publish(format!("pulse:{key}"), event);
        }
    }

    pub(super) fn next_room_due(&self) -> Option<i64> {
        self.rooms
            .values()
            .flat_map(|room| {
                let stats = room.is_live().then_some(room.stats_due_ms);
                room.hearts_due_ms.into_iter().chain(stats)
            })
            .min()
    }
}

/// A count around `base` that looks alive and replays: a small walk of its turn number.
fn drift(base: i64, turn: u64) -> i64 {
    let mixed = turn.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
    base + i64::try_from(mixed).unwrap_or(0) % (base / 20 + 1) - base / 40
}
