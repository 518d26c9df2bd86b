//! What hosts do in turn.

use super::Act;
use crate::venue::evening::{CHATTER, MINUTE_MS, host_of_room};
use crate::venue::{Deal, Pin};
use crate::world::World;

const PIN_MS: i64 = 90_000;
const SAY_MS: i64 = 25_000;
const CHATTER_MS: i64 = 8_000;
const DEAL_FIRST_MS: i64 = 4 * MINUTE_MS;
const DEAL_MS: i64 = 10 * MINUTE_MS;
/// More than this at once is a jump.
const JUMP_MS: i64 = 5 * MINUTE_MS;
const DEAL_LASTS_MS: i64 = 2 * MINUTE_MS;

impl World {
    /// Does one thing whose time has come.
    pub(crate) fn act(&mut self, act: Act) {
        match act {
            Act::Live { room, on } => self.go_live(&room, on),
            Act::PinTurn { ref room } => {
                let room = room.clone();
                self.pin_next(&room, self.now_ms);
                self.director.plan_turn(self.next_turn(PIN_MS), act);
            }
            Act::SayTurn { ref room } => {
                let room = room.clone();
                self.say_next(&room);
                self.director.plan_turn(self.next_turn(SAY_MS), act);
            }
            Act::ChatterTurn { ref room } => {
                let room = room.clone();
                self.chatter_next(&room);
                self.director.plan_turn(self.next_turn(CHATTER_MS), act);
            }
            Act::DealTurn { ref room } => {
                let room = room.clone();
                self.deal_next(&room);
                self.director.plan_turn(self.next_turn(DEAL_MS), act);
            }
            Act::DropOpens { drop_id, room } => self.drop_opens(&drop_id, &room),
            Act::Answer { line } => self.answer(&line),
            Act::TakeBox => self.take_box(),
            Act::ShowBox { opening } => self.show_box(&opening),
        }
    }

    /// When a turn comes again. Over a jump of the clock it is taken once more, at its end, and not a thousand times.
    fn next_turn(&self, every_ms: i64) -> i64 {
        if self.until_ms - self.now_ms > JUMP_MS { self.until_ms } else { self.now_ms + every_ms }
    }

    /// On air or off, with all that goes with it.
    pub(super) fn go_live(&mut self, room: &str, on: bool) {
        if self.venue.is_live(room) == on || !self.venue.set_live(room, on, self.now_ms) {
            return;
        }
        if !on {
            self.director.drop_turns(room);
            return;
        }
        let now_ms = self.now_ms;
        let of = || room.to_owned();
        // What is on sale is shown from the first moment on.
        let since_ms = self.venue.live_since(room).unwrap_or(now_ms);
        self.pin_next(room, since_ms);
        self.director.plan_turn(now_ms + PIN_MS, Act::PinTurn { room: of() });
        self.director.plan_turn(now_ms + SAY_MS / 2, Act::SayTurn { room: of() });
        self.director.plan_turn(now_ms + CHATTER_MS, Act::ChatterTurn { room: of() });
        self.director.plan_turn(now_ms + DEAL_FIRST_MS, Act::DealTurn { room: of() });
        if room == super::orders::BOX_ROOM {
            self.director.plan(now_ms + 1_000, Act::TakeBox);
        }
    }

    fn pin_next(&mut self, room: &str, moment_ms: i64) {
        let turn = self.director.turn(room, "pins");
        let wares = self.venue.wares(room).len();
        if wares > 0 {
            self.pin_ware(room, turn % wares, moment_ms);
        }
    }

    /// Pins the host's n-th ware, at its price of now, from that moment of the picture on.
    pub(super) fn pin_ware(&mut self, room: &str, at: usize, moment_ms: i64) -> bool {
        let Some(card) = self.venue.wares(room).get(at).cloned() else { return false };
        let now_ms = self.now_ms;
        let shop = self.shops.iter().find(|shop| shop.domain() == card.shop);
        let card = shop.and_then(|shop| crate::world::card(shop, &card.item, now_ms)).unwrap_or(card);
        let id = self.ids.id("pin");
        self.venue.set_pin(room, Some(Pin { id, card, moment_ms, position: at + 1 }))
    }

    fn say_next(&mut self, room: &str) {
        let Some(host) = host_of_room(room) else { return };
        let turn = self.director.turn(room, "sayings");
        let words = host.sayings[turn / 2 % host.sayings.len()];
        self.host_says(room, if turn.is_multiple_of(2) { words.0 } else { words.1 }, None);
    }

    fn chatter_next(&mut self, room: &str) {
        let turn = self.director.turn(room, "chatter");
        let words = CHATTER[(turn * 7 + room.len()) % CHATTER.len()];
        let viewer = format!("viewer_{}", (turn * 53 + room.len() * 17) % 211);
        let text = if turn.is_multiple_of(3) { words.0 } else { words.1 };
        self.venue.say(("room", room), (&viewer, &viewer), text, None, self.now_ms);
    }

    fn deal_next(&mut self, room: &str) {
        let turn = self.director.turn(room, "deals");
        let wares = self.venue.wares(room);
        let Some(card) = wares.get(turn % wares.len().max(1)).cloned() else { return };
        let price = card.amount - card.amount / 10;
        self.deal(room, &card.shop, &card.item, "flash", price, DEAL_LASTS_MS);
    }

    /// A price for everybody in the room; the shop honours it until the deal ends.
    pub(super) fn deal(
        &mut self,
        room: &str,
        shop: &str,
        item: &str,
        kind: &str,
        price: i64,
        lasts_ms: i64,
    ) -> bool {
        let (now_ms, ends_ms) = (self.now_ms, self.now_ms + lasts_ms);
        let Some(seller) = self.shops.iter_mut().find(|each| each.domain() == shop) else { return false };
        let Some(card) = crate::world::card(seller, item, now_ms) else { return false };
        seller.set_price(item, price, ends_ms);
        let title = (format!("Now cheaper: {}", card.title), format!("限时价：{}", card.title));
        let id = self.ids.id("deal");
        self.venue.add_deal(
            room,
            Deal {
                id,
                kind: kind.to_owned(),
                shop: shop.to_owned(),
                item: Some(item.to_owned()),
                price: Some((price, card.currency)),
                code: None,
                title,
                starts_ms: now_ms,
                ends_ms,
            },
        )
    }

    fn drop_opens(&mut self, drop_id: &str, room: &str) {
        if !self.venue.is_live(room) {
            return;
        }
        let items = self.venue.drop_items(drop_id);
        let at = self.venue.wares(room).iter().position(|card| items.contains(&card.item));
        if let Some(at) = at {
            self.pin_ware(room, at, self.now_ms);
        }
        self.host_says(room, "It is open! 开抢啦！", None);
    }
}
