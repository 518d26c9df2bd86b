//! Digital draws, verifiable on the phone: commitment, client seed, outcome; the bytes are the contract's.

use std::collections::BTreeMap;

use ring::digest::{SHA256, digest};
use ring::hmac;
use serde_json::{Value, json};

use super::bound::hex;
use super::{Answer, Call, Shop};
use crate::books::Drawn;
use crate::catalog::BlindBox;
use crate::env::{Env, rfc3339};
use crate::http::{Response, query_once};

/// The client's seed is awaited so long.
const AWAIT_MS: i64 = 120_000;

/// What the commitment ties the server's seed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) shop: String,
    pub(super) box_id: String,
    pub(super) draw_id: String,
    pub(super) order_id: String,
    pub(super) series: String,
    pub(super) nonce: u64,
    pub(super) odds: Vec<(String, u32)>,
    pub(super) pity: Option<(u32, String)>,
    pub(super) pity_counter: u32,
    pub(super) stock: Option<(String, Vec<(String, u32)>)>,
}

#[derive(Debug, Clone)]
struct Draw {
    binding: Binding,
    server_seed: [u8; 32],
    client_seed: Option<[u8; 32]>,
    outcome: Option<String>,
    proof: String,
    expires_ms: i64,
}

impl Draw {
    fn state(&self, now_ms: i64) -> &'static str {
        match (&self.outcome, now_ms < self.expires_ms) {
            (Some(_), _) => "revealed",
            (None, true) => "committed",
            (None, false) => "expired",
        }
    }
}

/// All draws, and what is left of finite sets.
#[derive(Default)]
pub(super) struct Draws {
    all: BTreeMap<String, Draw>,
    /// Series to its draws in order.
    series: BTreeMap<String, Vec<String>>,
    /// Shopper (or order) and box to series.
    names: BTreeMap<(String, String), String>,
    /// Box to how many were taken of each content, and the number of its snapshot.
    taken: BTreeMap<String, (u32, BTreeMap<String, u32>)>,
}

impl Binding {
    /// The bytes that are hashed after the server's seed.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = b"NMD1".to_vec();
        for text in [&self.shop, &self.box_id, &self.draw_id, &self.order_id, &self.series] {
            put(&mut out, text);
        }
        out.extend(self.nonce.to_be_bytes());
        out.extend(u16::try_from(self.odds.len()).unwrap_or(u16::MAX).to_be_bytes());
        for (content, weight) in &self.odds {
            put(&mut out, content);
            out.extend(weight.to_be_bytes());
        }
        match &self.pity {
            None => out.push(0),
            Some((after, content)) => {
                out.push(1);
                out.extend(after.to_be_bytes());
                put(&mut out, content);
            }
        }
        out.extend(self.pity_counter.to_be_bytes());
        match &self.stock {
            None => out.push(0),
            Some((snapshot, rows)) => {
                out.push(1);
                put(&mut out, snapshot);
                out.extend(u16::try_from(rows.len()).unwrap_or(u16::MAX).to_be_bytes());
                for (content, count) in rows {
                    put(&mut out, content);
                    out.extend(count.to_be_bytes());
                }
            }
        }
        out
    }

    pub(super) fn commitment(&self, server_seed: &[u8; 32]) -> String {
        let mut bytes = server_seed.to_vec();
        bytes.extend(self.bytes());
        hex(digest(&SHA256, &bytes).as_ref())
    }

    /// What comes out for those two seeds.
    pub(super) fn outcome(&self, server_seed: &[u8; 32], client_seed: &[u8; 32]) -> String {
        let count_of = |content: &str| {
            self.stock
                .as_ref()
                .and_then(|(_, rows)| rows.iter().find(|row| row.0 == content))
                .map_or(0, |row| row.1)
        };
        if let Some((after, content)) = &self.pity
            && self.pity_counter >= *after
            && (self.stock.is_none() || count_of(content) > 0)
        {
            return content.clone();
        }
        let mut words = Words::new(server_seed, client_seed, self.nonce);
        if let Some((_, rows)) = &self.stock {
            let units: Vec<&String> = rows
                .iter()
                .flat_map(|(content, count)| std::iter::repeat_n(content, *count as usize))
                .collect();
            let mut order: Vec<usize> = (0..units.len()).collect();
            for at in (1..order.len()).rev() {
                let other = words.uniform(at as u64 + 1);
                order.swap(at, usize::try_from(other).unwrap_or(0));
            }
            return order.first().map(|&at| units[at].clone()).unwrap_or_default();
        }
        let sum: u64 = self.odds.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let point = words.uniform(sum.max(1));
        let mut running = 0;
        for (content, weight) in &self.odds {
            running += u64::from(*weight);
            if running > point {
                return content.clone();
            }
        }
        String::new()
    }

    fn json(&self) -> Value {
        let odds: Vec<Value> = self
            .odds
            .iter()
            .map(|(content, weight)| json!({ "content": content, "weight": weight }))
            .collect();
        json!({
            "v": 1, "shop": self.shop, "box_id": self.box_id, "draw_id": self.draw_id, "order_id": self.order_id,
            "series": self.series, "nonce": self.nonce, "odds": odds,
            "pity": self.pity.as_ref().map(|(after, content)| json!({ "after": after, "content": content })),
            "pity_counter": self.pity_counter,
            "stock": self.stock.as_ref().map(|(snapshot, rows)| stock_json(snapshot, rows)),
        })
    }
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn stock_json(snapshot: &str, rows: &[(String, u32)]) -> Value {
    let rows: Vec<Value> =
        rows.iter().map(|(content, count)| json!({ "content": content, "count": count })).collect();
    json!({ "snapshot_id": snapshot, "remaining": rows })
}

/// Words of 32 bits out of HMAC-SHA256 blocks.
pub(super) struct Words {
    key: hmac::Key,
    message: Vec<u8>,
    block: Vec<u8>,
    next_block: u32,
    at: usize,
}

impl Words {
    pub(super) fn new(server_seed: &[u8; 32], client_seed: &[u8; 32], nonce: u64) -> Self {
        let mut message = client_seed.to_vec();
        message.extend(nonce.to_be_bytes());
        let key = hmac::Key::new(hmac::HMAC_SHA256, server_seed);
        let block = hmac::sign(&key, &message).as_ref().to_vec();
        Self { key, message, block, next_block: 1, at: 0 }
    }

    fn word(&mut self) -> u64 {
        if self.at == self.block.len() {
            let mut message = self.message.clone();
            message.extend(self.next_block.to_be_bytes());
            self.block = hmac::sign(&self.key, &message).as_ref().to_vec();
            self.next_block += 1;
            self.at = 0;
        }
        let word = self.block[self.at..self.at + 4].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        self.at += 4;
        word
    }

    pub(super) fn uniform(&mut self, n: u64) -> u64 {
        const ALL: u64 = 1 << 32;
        loop {
            let word = self.word();
            if word < ALL - ALL % n {
                return word % n;
            }
        }
    }
}

impl Shop {
    /// What is left of a finite set, as the box shows it.
    pub(super) fn box_stock(&self, known: &BlindBox) -> Option<Value> {
        self.snapshot(known).map(|(snapshot, rows)| stock_json(&snapshot, &rows))
    }

    fn snapshot(&self, known: &BlindBox) -> Option<(String, Vec<(String, u32)>)> {
        known.contents.iter().any(|content| content.remaining.is_some()).then(|| {
            let taken = self.draws.taken.get(&known.id);
            let number = taken.map_or(0, |(number, _)| *number);
            let rows = known.contents.iter().map(|content| {
                let gone = taken.and_then(|(_, gone)| gone.get(content.id)).copied().unwrap_or(0);
                (content.id.to_owned(), content.remaining.unwrap_or(0).saturating_sub(gone))
            });
            (format!("snap_{}_{number}", known.id), rows.collect())
        })
    }

    pub(super) fn order_was_drawn(&self, order: &str) -> bool {
        self.draws.all.values().any(|draw| draw.binding.order_id == order && draw.outcome.is_some())
    }

    pub(super) fn create_draw(&mut self, env: &mut Env, call: &Call) -> Answer {
        let bad = || Response::error(400, "invalid_body", "order_id and box_id name what is to be drawn");
        let order_id = call.body["order_id"].as_str().ok_or_else(bad)?;
        let box_id = call.body["box_id"].as_str().ok_or_else(bad)?;
        let order = self.own_order_or_404(call, order_id)?;
        let bought = usize::try_from(order.boxes(box_id)).unwrap_or(0);
        let owner = order.shopper.clone().unwrap_or_else(|| order.id.clone());
        let known = self
            .config
            .catalog
            .blind_box(box_id)
            .filter(|each| each.digital)
            .cloned()
            .ok_or_else(|| Response::error(404, "not_found", "there is no such digital box"))?;
        let of_order = |draw: &&Draw| draw.binding.order_id == order_id && draw.binding.box_id == box_id;
        let counted =
            self.draws.all.values().filter(of_order).filter(|draw| draw.state(env.now_ms) != "expired");
        if counted.count() >= bought {
            return Err(Response::error(409, "no_draw_left", "every box of this order is drawn"));
        }
        let stock = self.snapshot(&known);
        let open = self.draws.all.values().find(|draw| {
            stock.is_some() && draw.binding.box_id == box_id && draw.state(env.now_ms) == "committed"
        });
        if let Some(open) = open {
            let wait = open.expires_ms - env.now_ms;
            let body = json!({ "code": "draw_open", "content": "another draw of this set is open", "retry_after_ms": wait });
            return Err(Response::json(409, &body));
        }
        let series =
            self.draws.names.entry((owner, box_id.to_owned())).or_insert_with(|| env.ids.id("ser")).clone();
        let earlier = self.draws.series.get(&series).map(Vec::as_slice).unwrap_or_default();
        let binding = Binding {
            shop: self.config.domain.clone(),
            box_id: box_id.to_owned(),
            draw_id: env.ids.id("drw"),
            order_id: order_id.to_owned(),
            nonce: earlier.len() as u64,
            odds: known.contents.iter().map(|content| (content.id.to_owned(), content.weight)).collect(),
            pity: known.pity.map(|(after, content)| (after, content.to_owned())),
            pity_counter: known.pity.map_or(0, |(_, content)| self.bad_luck(earlier, content)),
            stock,
            series: series.clone(),
        };
        let server_seed: [u8; 32] = env.ids.bytes();
        let commitment = binding.commitment(&server_seed);
        let proof = self.key.sign(
            "nm-draw+jwt",
            &json!({ "iss": self.config.domain, "iat": env.now_ms / 1_000, "draw_id": binding.draw_id,
                "commitment": commitment }),
        );
        let draw = Draw {
            server_seed,
            client_seed: None,
            outcome: None,
            proof,
            expires_ms: env.now_ms + AWAIT_MS,
            binding,
        };
        self.books.draws.push(Drawn {
            at_ms: env.now_ms,
            draw_id: draw.binding.draw_id.clone(),
            order_id: order_id.to_owned(),
            nonce: draw.binding.nonce,
            outcome: None,
        });
        self.draws.series.entry(series).or_default().push(draw.binding.draw_id.clone());
        let answer = draw_json(&draw, env.now_ms);
        self.draws.all.insert(draw.binding.draw_id.clone(), draw);
        Ok(Response::json(200, &answer))
    }

    /// Revealed draws since that content last came.
    fn bad_luck(&self, earlier: &[String], content: &str) -> u32 {
        let outcomes = earlier.iter().filter_map(|id| self.draws.all[id].outcome.as_deref());
        outcomes.fold(0, |count, outcome| if outcome == content { 0 } else { count + 1 })
    }

    fn own_draw(&self, call: &Call, id: &str) -> Result<&Draw, Response> {
        self.draws
            .all
            .get(id)
            .filter(|draw| self.own_order(call, &draw.binding.order_id).is_some())
            .ok_or_else(|| Response::error(404, "not_found", "there is no such draw of yours"))
    }

    pub(super) fn get_draw(&mut self, env: &mut Env, call: &Call, id: &str) -> Answer {
        Ok(Response::json(200, &draw_json(self.own_draw(call, id)?, env.now_ms)))
    }

    pub(super) fn list_draws(&mut self, env: &mut Env, call: &Call) -> Answer {
        let shopper = call.shopper.clone().ok_or_else(|| self.challenge(None))?;
        let box_id = query_once(&call.query, "box_id")?
            .ok_or_else(|| Response::error(400, "invalid_parameter", "box_id names the box"))?;
        if self.config.catalog.blind_box(box_id).is_none_or(|known| !known.digital) {
            return Err(Response::error(404, "not_found", "there is no such digital box"));
        }
        let series = self.draws.names.get(&(shopper, box_id.to_owned()));
        let ids =
            series.and_then(|series| self.draws.series.get(series)).map(Vec::as_slice).unwrap_or_default();
        let draws: Vec<Value> = ids.iter().map(|id| draw_json(&self.draws.all[id], env.now_ms)).collect();
        Ok(Response::json(200, &json!({ "draws": draws })))
    }

    pub(super) fn client_seed(&mut self, env: &mut Env, call: &Call, id: &str) -> Answer {
        let seed = call.body["client_seed"]
            .as_str()
            .and_then(unhex)
            .ok_or_else(|| Response::error(400, "invalid_body", "client_seed is 64 lower-case hex digits"))?;
        let draw = self.own_draw(call, id)?;
        if let Some(given) = draw.client_seed {
            if given == seed {
                return Ok(Response::json(200, &draw_json(draw, env.now_ms)));
            }
            return Err(Response::error(409, "client_seed_fixed", "another seed was given for this draw"));
        }
        if draw.state(env.now_ms) == "expired" {
            return Err(Response::error(409, "draw_expired", "the seed came too late; draw again"));
        }
        let outcome = draw.binding.outcome(&draw.server_seed, &seed);
        let box_id = draw.binding.box_id.clone();
        if draw.binding.stock.is_some() {
            let (number, taken) = self.draws.taken.entry(box_id).or_default();
            *number += 1;
            *taken.entry(outcome.clone()).or_default() += 1;
        }
        for entry in self.books.draws.iter_mut().filter(|entry| entry.draw_id == id) {
            entry.outcome = Some(outcome.clone());
        }
        let Some(draw) = self.draws.all.get_mut(id) else {
            return Err(Response::error(404, "not_found", "there is no such draw of yours"));
        };
        draw.client_seed = Some(seed);
        draw.outcome = Some(outcome);
        Ok(Response::json(200, &draw_json(draw, env.now_ms)))
    }
}

fn draw_json(draw: &Draw, now_ms: i64) -> Value {
    let state = draw.state(now_ms);
    let mut out = json!({
        "draw_id": draw.binding.draw_id, "state": state, "now": rfc3339(now_ms),
        "expires_at": rfc3339(draw.expires_ms), "commitment": draw.binding.commitment(&draw.server_seed),
        "binding": draw.binding.json(), "proof": draw.proof,
    });
    if state != "committed" {
        out["server_seed"] = hex(&draw.server_seed).into();
        out["nonce"] = draw.binding.nonce.into();
    }
    if let (Some(seed), Some(outcome)) = (&draw.client_seed, &draw.outcome) {
        out["client_seed"] = hex(seed).into();
        out["outcome"] = outcome.as_str().into();
    }
    out
}

/// 32 bytes from 64 lower-case hex digits.
pub(super) fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(|each| matches!(each, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut out = [0; 32];
    for (at, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(out)
}
