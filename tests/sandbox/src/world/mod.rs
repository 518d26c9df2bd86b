//! The whole sandbox without a socket: a venue, two shops, the live hub, and the script, moved by one clock.
//!
//! The server and the simulation call the same methods. The same seed and calls give the same answers, but for keys
//! and signatures (ECDSA draws its own randomness).

mod faults;
mod outside;
mod setup;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Value, json};

pub use faults::{Fault, FaultError, FaultKind, FaultTarget};
pub use outside::{HookAnswer, HubFault, HubOrder, OutsideHub};
pub(crate) use setup::card;
pub use setup::{WorldConfig, domain_of};

use crate::control;
use crate::env::{Env, Ids, rfc3339};
use crate::http::{Request, Response};
use crate::hub::{CloseCode, ConnId, Hub, Output};
use crate::media;
use crate::script::Director;
use crate::shop::{OLDER_VERSION, Shop, ShopEvent, older_platform_profile};
use crate::venue::Venue;
use faults::Faults;
use outside::{Outside, hub_error};

/// Who a request is for: each has an origin of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The venue; also pictures, HLS and `/_control`.
    Venue,
    /// A shop: 0 sells in CNY, 1 in USD.
    Shop(usize),
}

/// What is to be done with a WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketOut {
    /// Send a text frame.
    Frame {
        /// On which.
        conn: ConnId,
        /// One or more lines of JSON.
        text: String,
    },
    /// Close it, after what was sent before.
    Close {
        /// Which.
        conn: ConnId,
        /// WebSocket close code.
        code: u16,
        /// For people.
        reason: String,
    },
    /// Cut it at once, without a closing handshake: a fault.
    Cut {
        /// Which.
        conn: ConnId,
    },
}

/// See the module.
pub struct World {
    pub(crate) now_ms: i64,
    pub(crate) offset_ms: i64,
    /// Where the clock is going to in the call under way.
    pub(crate) until_ms: i64,
    /// The hub's clock: the one outside, so that moving ours does not cut every socket for a missed pong.
    hub_ms: i64,
    pub(crate) ids: Ids,
    pub(crate) venue: Venue,
    pub(crate) shops: Vec<Shop>,
    pub(crate) hub: Hub,
    /// The hub outside, if that is the one: then the one in here serves nobody.
    outside: Option<Outside>,
    pub(crate) director: Director,
    pub(crate) faults: Faults,
    /// Keys (JWK) of the platform profile that is served at `/platform`.
    platform_keys: Vec<Value>,
    sockets: BTreeSet<ConnId>,
    last_conn: u64,
    out: Vec<SocketOut>,
}

impl World {
    /// Answers a request. Time passes up to `now_ms` first; a clock that went back stands still here.
    pub fn handle(&mut self, target: Target, now_ms: i64, request: &Request) -> Response {
        self.advance(now_ms);
        let answer = match target {
            Target::Venue => self.at_venue(request),
            Target::Shop(at) => {
                let Self { shops, ids, now_ms, .. } = self;
                match shops.get_mut(at) {
                    Some(shop) => shop.handle(&mut Env { now_ms: *now_ms, ids }, request),
                    None => Response::error(404, "not_found", "there is no such shop"),
                }
            }
        };
        self.settle();
        answer.with_header("date", &http_date(self.now_ms))
    }

    fn at_venue(&mut self, request: &Request) -> Response {
        let segments = request.segments();
        match segments.first().copied() {
            Some("_control") => control::handle(self, request),
            Some("media" | "rooms") => {
                media::handle(request, self.now_ms, |room| self.venue.live_since(room))
            }
            Some(page @ ("host" | "courier")) if segments.len() == 1 => control::page(page)
                .unwrap_or_else(|| Response::error(404, "not_found", "there is no such page")),
            Some("platform") if segments.last() == Some(&OLDER_VERSION) => {
                Response::json(200, &older_platform_profile())
            }
            Some("platform") => {
                let mut profile = crate::shop::full_platform_profile();
                profile["signing_keys"] = json!(self.platform_keys);
                Response::json(200, &profile)
            }
            _ => {
                let Self { venue, ids, now_ms, .. } = self;
                let deletes = request.method == "DELETE" && segments == ["nm", "account"];
                let answer = venue.handle(&mut Env { now_ms: *now_ms, ids }, request);
                if deletes
                    && answer.status == 200
                    && let Some(shopper) = venue.last_gone()
                {
                    match &mut self.outside {
                        None => self.hub.disconnect_user(shopper, CloseCode::FORCE_DISCONNECT),
                        Some(outside) => outside.disconnect(shopper),
                    }
                }
                answer
            }
        }
    }

    /// A WebSocket to the hub was opened; its number, or none if a fault refuses it.
    pub fn ws_open(&mut self, now_ms: i64) -> Option<ConnId> {
        self.advance(now_ms);
        if self.has_outside_hub() || self.faults.refuses_socket() {
            return None;
        }
        self.last_conn += 1;
        let conn = ConnId(self.last_conn);
        self.sockets.insert(conn);
        self.hub.open(conn, &Env { now_ms: self.hub_ms, ids: &mut self.ids });
        Some(conn)
    }

    /// A text frame came in.
    pub fn ws_text(&mut self, conn: ConnId, frame: &str, now_ms: i64) {
        self.advance(now_ms);
        if self.faults.is_silent() {
            return;
        }
        self.hub.text(conn, frame, &mut Env { now_ms: self.hub_ms, ids: &mut self.ids });
        self.settle();
    }

    /// Something other than text came in.
    pub fn ws_binary(&mut self, conn: ConnId) {
        self.hub.shut(conn, CloseCode::INAPPROPRIATE_PROTOCOL);
        self.settle();
    }

    /// The WebSocket is gone.
    pub fn ws_close(&mut self, conn: ConnId) {
        self.sockets.remove(&conn);
        self.hub.close(conn);
        self.settle();
    }

    /// Frames and closes since the last call, in order.
    pub fn take_output(&mut self) -> Vec<SocketOut> {
        std::mem::take(&mut self.out)
    }

    /// Lets time pass, event by event in the order they fall due.
    pub fn advance(&mut self, now_ms: i64) {
        self.until_ms = now_ms;
        while let Some(due) = self.director.due_by(now_ms) {
            self.pass(due);
            if let Some(act) = self.director.take_due(self.now_ms) {
                self.act(act);
                self.settle();
            }
        }
        self.pass(now_ms);
    }

    fn pass(&mut self, now_ms: i64) {
        self.now_ms = self.now_ms.max(now_ms);
        self.hub_ms = self.hub_ms.max(self.now_ms - self.offset_ms);
        let Self { venue, shops, hub, ids, now_ms, hub_ms, .. } = self;
        venue.advance(*now_ms);
        for shop in shops.iter_mut() {
            let events = shop.advance(&mut Env { now_ms: *now_ms, ids });
            self.director.heard.extend(events.into_iter().map(|event| (shop.domain().to_owned(), event)));
        }
        hub.advance(&Env { now_ms: *hub_ms, ids });
        self.settle();
    }

    /// When [`World::advance`] should be called next. Never more than a second away: shops do not say when they have
    /// something to do.
    pub fn next_due_ms(&self) -> i64 {
        let hub = self.hub.next_due_ms().map(|due| due + self.offset_ms);
        let known = self.director.next_due_ms().into_iter().chain(self.venue.next_due_ms()).chain(hub).min();
        known.unwrap_or(i64::MAX).min(self.now_ms + 1_000)
    }

    /// Wall time as this world knows it, milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// How far tests have moved the clock ahead of the one outside, milliseconds.
    pub fn offset_ms(&self) -> i64 {
        self.offset_ms
    }

    /// Moves the clock ahead of the one outside and lets that time pass.
    pub fn move_clock(&mut self, by_ms: i64) {
        let by_ms = by_ms.max(0);
        self.offset_ms += by_ms;
        self.venue.set_hub_behind(self.offset_ms);
        self.advance(self.now_ms + by_ms);
    }

    /// The fault that is to hit this request, if one is; it is used up by asking.
    pub fn fault_for(&mut self, target: Target, path: &str) -> Option<FaultKind> {
        if path.starts_with("/_control") { None } else { self.faults.hit(target, path) }
    }

    /// What tests judge by.
    pub fn books(&self) -> Value {
        let shops: Vec<Value> = self
            .shops
            .iter()
            .map(|shop| {
                let books = shop.books();
                let mut json = serde_json::to_value(books).expect("books are maps with string keys");
                json["wrongs"] = json!(books.wrongs());
                json
            })
            .collect();
        json!({
            "now": rfc3339(self.now_ms),
            "venue": self.venue.books(),
            "shops": shops,
            "hub": { "connections": self.hub.connections() },
            "script": self.director.books(),
        })
    }

    /// The venue, for what no request says.
    pub fn venue(&self) -> &Venue {
        &self.venue
    }

    /// The shops, in the order of their targets.
    pub fn shops(&self) -> &[Shop] {
        &self.shops
    }

    /// Carries what happened where it belongs until nothing more happens: shop events to the venue and the script,
    /// publications to the hub, RPCs to the venue, frames to the sockets.
    pub(crate) fn settle(&mut self) {
        loop {
            self.collect_shop_events();
            let heard = self.venue.take_heard();
            for line in heard {
                self.director.hear(&line, self.now_ms);
            }
            self.publish_all();
            let output = self.hub.take_output();
            if output.is_empty() {
                return;
            }
            for each in output {
                self.carry(each);
            }
        }
    }

    /// Hands what the venue said to the hub.
    fn publish_all(&mut self) {
        for publication in self.venue.take_publications() {
            match &mut self.outside {
                None => {
                    let mut env = Env { now_ms: self.hub_ms, ids: &mut self.ids };
                    self.hub.publish(&publication.channel, publication.data, &mut env);
                }
                Some(outside) => outside.publish(publication.channel, publication.data),
            }
        }
    }

    fn collect_shop_events(&mut self) {
        let mut events = std::mem::take(&mut self.director.heard);
        for shop in &mut self.shops {
            let domain = shop.domain().to_owned();
            events.extend(shop.take_events().into_iter().map(|event| (domain.clone(), event)));
        }
        for (domain, event) in events {
            self.relay(&domain, event);
        }
    }

    fn relay(&mut self, shop: &str, event: ShopEvent) {
        let (shopper, hint) = match event {
            ShopEvent::OrderChanged { shopper, order_id, revision } => {
                (shopper, json!({ "order": { "shop": shop, "order_id": order_id, "revision": revision } }))
            }
            ShopEvent::ReturnChanged { shopper, return_id, revision } => {
                (shopper, json!({ "return": { "shop": shop, "return_id": return_id, "revision": revision } }))
            }
            ShopEvent::RefundChanged { shopper, return_id, amount, currency, state } => (
                shopper,
                json!({ "refund": {
                    "shop": shop, "return_id": return_id, "amount": amount, "currency": currency, "state": state,
                } }),
            ),
            ShopEvent::OpeningChanged { opening } => return self.opening_changed(&opening),
        };
        if let Some(shopper) = shopper {
            self.venue.publish(format!("shopper:{shopper}"), hint);
        }
    }

    fn carry(&mut self, output: Output) {
        match output {
            Output::Frame { conn, text } => {
                if let Some(text) = self.faults.spoil_frame(text) {
                    self.out.push(SocketOut::Frame { conn, text });
                }
            }
            Output::Close { conn, code, reason } => {
                self.sockets.remove(&conn);
                self.out.push(SocketOut::Close { conn, code, reason });
            }
            Output::Rpc { conn, id, user, method, data } => {
                // What was said before the call has to be in the hub before its positions are asked for.
                self.publish_all();
                let Self { venue, hub, ids, now_ms, .. } = self;
                let mut env = Env { now_ms: *now_ms, ids };
                let mut positions = |env: &mut Env, channels: &[String]| {
                    serde_json::to_value(hub.positions(channels, env))
                        .expect("positions are a map of plain values")
                };
                let result = venue.rpc(&mut env, &user, &method, data, &mut positions);
                hub.answer(conn, id, result.map_err(|error| hub_error(&error)));
            }
        }
    }

    /// Cuts every WebSocket as a network does.
    pub(crate) fn cut_sockets(&mut self) {
        for conn in std::mem::take(&mut self.sockets) {
            self.hub.close(conn);
            self.out.push(SocketOut::Cut { conn });
        }
    }
}

/// The `Date` header (RFC 9110).
fn http_date(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .map(|at| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .unwrap_or_default()
}
