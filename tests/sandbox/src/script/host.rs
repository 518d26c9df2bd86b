//! What a host makes of a shopper's line.

use serde_json::json;

use crate::env::{Env, rfc3339};
use crate::media::tray::{self, Pearl};
use crate::shop::OfferTerms;
use crate::venue::{Line, host_as_speaker};
use crate::world::World;

/// How long an offer holds, milliseconds.
const OFFER_MS: i64 = 300_000;
/// The room whose picture is the tray of pearls.
const TRAY_ROOM: &str = "pearls";
/// Prices of the clip's six looks, minor units: four under 200.00, two over.
const BY_LOOK: [i64; 6] = [12_800, 15_800, 23_800, 16_800, 18_800, 35_800];
/// Millimetres of the six looks.
const SIZE_BY_LOOK: [u8; 6] = [9, 10, 12, 11, 10, 14];

/// What a pearl of that look costs, minor units.
pub(crate) fn pearl_price(look: u8) -> i64 {
    BY_LOOK[usize::from(look) % BY_LOOK.len()]
}

/// Whether a line asks for one thing that is to be seen.
pub(super) fn wants_one(line: &Line) -> bool {
    let text = line.text.to_lowercase();
    let words = [
        "that one",
        "this one",
        "from the left",
        "from the right",
        "i want",
        "那颗",
        "那个",
        "这颗",
        "这个",
        "第",
        "我要",
    ];
    line.spot.is_some() || words.iter().any(|word| text.contains(word))
}

/// What an offer is of.
pub(super) struct Wanted {
    pub(super) shop: String,
    pub(super) item: String,
    pub(super) title: Option<String>,
    pub(super) price: Option<i64>,
    pub(super) serial: Option<String>,
    pub(super) photo: Option<String>,
}

/// An offer to make, to whom and about what.
pub(super) struct Promise {
    pub(super) shopper: String,
    pub(super) room: String,
    pub(super) moment_ms: i64,
    pub(super) line_id: Option<String>,
    pub(super) ttl_ms: i64,
    pub(super) wanted: Wanted,
}

impl World {
    /// The host answers a line: with an offer of exactly what was meant, or with words.
    pub(super) fn answer(&mut self, line: &Line) {
        let room = line.place.1.as_str();
        if !self.venue.is_live(room) {
            return;
        }
        if !wants_one(line) {
            let turn = self.director.turn(room, "answers");
            let said = [
                "Good question: look at the card below.",
                "Yes! And tell me which one you like.",
                "有的，看下面的卡片。",
            ];
            self.host_says(room, said[turn % said.len()], Some(&line.id));
            return;
        }
        let latency_ms = self.venue.config().latency_ms;
        // Without a moment the host takes what the viewer should have been seeing when the line came.
        let moment_ms = line.moment_ms.unwrap_or(line.at_ms - latency_ms);
        if room == TRAY_ROOM {
            self.answer_with_pearl(line, moment_ms);
        } else {
            self.answer_with_pin(line, moment_ms);
        }
    }

    fn answer_with_pearl(&mut self, line: &Line, moment_ms: i64) {
        let per_mille = |value: i64| u16::try_from(value.clamp(0, 1_000)).unwrap_or(0);
        let spot = line.spot.map(|(x, y)| (per_mille(x), per_mille(y)));
        let Some(pearl) = tray::resolve(moment_ms, spot, &line.text) else {
            self.host_says(
                TRAY_ROOM,
                "Which one? Touch it, or count from the left. 哪一颗？从左边数。",
                Some(&line.id),
            );
            return;
        };
        let item = format!("pearl_{}", pearl.serial);
        let sold = self.shops[0]
            .books()
            .orders
            .iter()
            .any(|order| order.items.iter().any(|(sold, _)| *sold == item));
        let promised =
            self.director.promised.get(&pearl.serial).filter(|(_, until_ms, _)| self.now_ms < *until_ms);
        match promised.cloned() {
            Some((shopper, _, jws)) if shopper == line.from && !sold => {
                self.tell_offer(&line.from, TRAY_ROOM, Some(&line.id), &jws);
                return;
            }
            None if !sold => {}
            _ => {
                self.host_says(TRAY_ROOM, "That pearl is spoken for. 那颗已经有人要了。", Some(&line.id));
                return;
            }
        }
        let said = format!("{} it is, I hold it up for you. 就是这颗。", pearl.serial);
        let serial = pearl.serial.clone();
        let promise = Promise {
            shopper: line.from.clone(),
            room: TRAY_ROOM.to_owned(),
            moment_ms,
            line_id: Some(line.id.clone()),
            ttl_ms: OFFER_MS,
            wanted: self.wanted_pearl(pearl),
        };
        if let Some(jws) = self.promise(&promise) {
            self.director.promised.insert(serial, (line.from.clone(), self.now_ms + OFFER_MS, jws));
            self.host_says(TRAY_ROOM, &said, Some(&line.id));
        }
    }

    fn wanted_pearl(&self, pearl: Pearl) -> Wanted {
        let look = usize::from(pearl.look) % BY_LOOK.len();
        Wanted {
            shop: self.shops[0].domain().to_owned(),
            item: format!("pearl_{}", pearl.serial),
            title: Some(format!("巴洛克珍珠 {}，{} 毫米", pearl.serial, SIZE_BY_LOOK[look])),
            price: Some(pearl_price(pearl.look)),
            photo: Some(format!("{}/media/pictures/pearl-{}.svg", self.venue.config().url, pearl.serial)),
            serial: Some(pearl.serial),
        }
    }

    fn answer_with_pin(&mut self, line: &Line, moment_ms: i64) {
        let room = line.place.1.clone();
        let Some(card) = self.venue.pinned(&room).cloned() else {
            self.host_says(&room, "I show it in a moment. 马上给你看。", Some(&line.id));
            return;
        };
        let wanted =
            Wanted { shop: card.shop, item: card.item, title: None, price: None, serial: None, photo: None };
        let promise = Promise {
            shopper: line.from.clone(),
            room: room.clone(),
            moment_ms,
            line_id: Some(line.id.clone()),
            ttl_ms: OFFER_MS,
            wanted,
        };
        if self.promise(&promise).is_some() {
            self.host_says(&room, "Here you are, only for you. 给你单独开了。", Some(&line.id));
        }
    }

    /// Lets the selling shop sign an offer and tells the shopper. None if there is no such shop or item.
    pub(super) fn promise(&mut self, promise: &Promise) -> Option<String> {
        let Promise { shopper, room, moment_ms, line_id, ttl_ms, wanted } = promise;
        let Self { shops, ids, now_ms, .. } = self;
        let shop = shops.iter_mut().find(|shop| shop.domain() == wanted.shop)?;
        let terms = OfferTerms {
            shopper: shopper.clone(),
            room: room.clone(),
            moment: rfc3339(*moment_ms),
            item: wanted.item.clone(),
            title: wanted.title.clone(),
            price: wanted.price,
            photo: wanted.photo.clone(),
            serial: wanted.serial.clone(),
            ttl_ms: *ttl_ms,
        };
        let jws = shop.offer(&mut Env { now_ms: *now_ms, ids }, &terms)?;
        self.director.offers.push(json!({
            "shopper": shopper, "room": room, "item": wanted.item, "serial": wanted.serial, "line_id": line_id,
            "moment": rfc3339(*moment_ms), "at": rfc3339(self.now_ms),
        }));
        self.tell_offer(shopper, room, line_id.as_deref(), &jws);
        Some(jws)
    }

    fn tell_offer(&mut self, shopper: &str, room: &str, line_id: Option<&str>, jws: &str) {
        let mut offer = json!({ "jws": jws, "room": room });
        if let Some(line_id) = line_id {
            offer["line_id"] = json!(line_id);
        }
        self.venue.publish(format!("shopper:{shopper}"), json!({ "offer": offer }));
    }

    pub(super) fn host_says(&mut self, room: &str, text: &str, reply_to: Option<&str>) -> Option<String> {
        let host = host_as_speaker(room)?;
        self.venue.say(("room", room), host, text, reply_to.map(str::to_owned), self.now_ms)
    }
}
