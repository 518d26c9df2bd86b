//! What a test or a person tells hosts and couriers to do: `/_control/script`, and boxes opened on air.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Act;
use super::host::{Promise, Wanted};
use crate::env::{Env, rfc3339};
use crate::shop::CourierStep;
use crate::world::World;

/// The room in which boxes are opened.
pub(super) const BOX_ROOM: &str = "ponies";
/// The box that is opened on air.
const BOX: &str = "box_pony";
/// From a queued box to the host's hands.
const TAKE_MS: i64 = 6_000;
/// From the host's hands to the content seen.
const SHOW_MS: i64 = 4_000;
/// How long an offer holds if nothing is said.
const OFFER_MS: i64 = 300_000;

/// Why the script does not do what it was told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// No such thing to do.
    #[error("the script knows no {0}")]
    UnknownOrder(String),
    /// The order lacks something or names what there is not.
    #[error("{0}")]
    Unfit(String),
}

fn unfit<T>(why: &str) -> Result<T, ScriptError> {
    Err(ScriptError::Unfit(why.to_owned()))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Order {
    r#do: String,
    room: String,
    group: String,
    shop: Option<usize>,
    item: Option<String>,
    shopper: String,
    text: String,
    text_zh: Option<String>,
    price: Option<i64>,
    title: Option<String>,
    serial: Option<String>,
    line_id: Option<String>,
    moment: Option<String>,
    ttl_ms: Option<i64>,
    lasts_ms: Option<i64>,
    kind: Option<String>,
    drop_id: String,
    by_ms: Option<i64>,
    opens_at: Option<String>,
    capabilities: Vec<String>,
    count: Option<usize>,
    state: String,
    every_ms: Option<i64>,
    on: Option<bool>,
    channel: String,
    to: String,
    hosts: Vec<String>,
    return_id: String,
    step: String,
    units: Option<i64>,
    per_second: Option<u32>,
    hint: Value,
}

impl World {
    /// Does what an order in the shape of `/_control/script` says, now.
    pub fn script(&mut self, order: &Value) -> Result<Value, ScriptError> {
        let order: Order =
            serde_json::from_value(order.clone()).map_err(|error| ScriptError::Unfit(error.to_string()))?;
        let done = match order.r#do.as_str() {
            "go_live" | "go_off" => {
                known_room(&order.room)?;
                self.go_live(&order.room, order.r#do == "go_live");
                json!({})
            }
            "pin" => self.order_pin(&order)?,
            "unpin" => json!({ "done": self.venue.set_pin(&order.room, None) }),
            "deal" => self.order_deal(&order)?,
            "offer" => self.order_offer(&order)?,
            "say" => {
                let said = self.host_says(&order.room, &order.text, order.line_id.as_deref());
                json!({ "line_id": said.map_or_else(|| unfit("there is no such room"), Ok)? })
            }
            "burst" => self.order_burst(&order)?,
            "post" => {
                let words = (order.text.clone(), order.text_zh.clone().unwrap_or_else(|| order.text.clone()));
                let post = self.venue.post(&order.room, &words, self.now_ms);
                json!({ "post_id": post.map_or_else(|| unfit("there is no such room"), Ok)? })
            }
            "move_drop" => self.order_move(&order)?,
            "moderate" => json!({ "done": self.venue.moderate(&line_of(&order)?, &order.state, None) }),
            "mute" => {
                let until = order.lasts_ms.map(|lasts| self.now_ms + lasts);
                let on = order.on.unwrap_or(true);
                json!({ "done": self.venue.set_muted(&order.room, &order.shopper, on, until) })
            }
            "ban" => {
                json!({ "done": self.venue.set_banned(&order.room, &order.shopper, order.on.unwrap_or(true)) })
            }
            "pin_line" => {
                let on = order.on.unwrap_or(true);
                json!({ "done": self.venue.set_line_pinned(&line_of(&order)?, on) })
            }
            "cohosts" => json!({ "done": self.venue.set_cohosts(&order.room, &order.hosts) }),
            "move_room" => {
                known_room(&order.to)?;
                let done = self.venue.move_room(&order.room, &order.to, self.now_ms);
                self.director.drop_turns(&order.room);
                json!({ "done": done })
            }
            "say_as" => self.order_say_as(&order)?,
            "slow_mode" => {
                json!({ "done": self.venue.set_slow_mode(&order.room, order.every_ms.unwrap_or(0)) })
            }
            "ambience" => {
                self.director.set_ambience(order.on.unwrap_or(true));
                json!({})
            }
            "forget_stream" if self.has_outside_hub() => {
                return unfit("a hub outside keeps its streams itself");
            }
            "forget_stream" => {
                self.hub.forget_stream(&order.channel);
                json!({})
            }
            "stock" => {
                let (Some(item), Some(units)) = (&order.item, order.units) else {
                    return unfit("stock needs item and units");
                };
                self.shop_mut(order.shop)?.set_stock(item, units);
                json!({})
            }
            "early" => {
                let Some(per_second) = order.per_second else { return unfit("early needs per_second") };
                self.shop_mut(order.shop)?.set_early(per_second);
                json!({})
            }
            "lacks" => {
                self.shop_mut(order.shop)?.set_lacking(&order.capabilities);
                json!({})
            }
            "open_box" => {
                self.take_box();
                json!({})
            }
            "courier" => self.order_courier(&order)?,
            "push" => json!({ "devices": self.venue.push(&order.shopper, &order.hint) }),
            other => return Err(ScriptError::UnknownOrder(other.to_owned())),
        };
        self.settle();
        Ok(done)
    }

    fn shop_mut(&mut self, at: Option<usize>) -> Result<&mut crate::shop::Shop, ScriptError> {
        let at = at.unwrap_or(0);
        self.shops.get_mut(at).ok_or_else(|| ScriptError::Unfit("there are shops 0 and 1".to_owned()))
    }

    fn order_pin(&mut self, order: &Order) -> Result<Value, ScriptError> {
        known_room(&order.room)?;
        let wares = self.venue.wares(&order.room);
        let at = match &order.item {
            None => Some(0),
            Some(item) => wares.iter().position(|card| card.item == *item),
        };
        let Some(at) = at else { return unfit("the host does not sell that item") };
        Ok(json!({ "done": self.pin_ware(&order.room, at, self.now_ms) }))
    }

    fn order_deal(&mut self, order: &Order) -> Result<Value, ScriptError> {
        let wares = self.venue.wares(&order.room);
        let card =
            wares.iter().find(|card| order.item.as_ref().is_none_or(|item| card.item == *item)).cloned();
        let Some(card) = card else { return unfit("the host does not sell that item") };
        let price = order.price.unwrap_or(card.amount - card.amount / 10);
        let kind = order.kind.as_deref().unwrap_or("flash");
        let lasts_ms = order.lasts_ms.unwrap_or(120_000);
        Ok(json!({ "done": self.deal(&order.room, &card.shop, &card.item, kind, price, lasts_ms) }))
    }

    fn order_offer(&mut self, order: &Order) -> Result<Value, ScriptError> {
        let Some(item) = order.item.clone() else { return unfit("offer needs item") };
        let moment_ms = match order.moment.as_deref().map(crate::venue::words::parse_time) {
            None => self.now_ms - self.venue.config().latency_ms,
            Some(Some(at)) => at,
            Some(None) => return unfit("moment is no time"),
        };
        let shop = self.shop_mut(order.shop)?.domain().to_owned();
        let wanted = Wanted {
            shop,
            item,
            title: order.title.clone(),
            price: order.price,
            serial: order.serial.clone(),
            photo: None,
        };
        let promise = Promise {
            shopper: order.shopper.clone(),
            room: order.room.clone(),
            moment_ms,
            line_id: order.line_id.clone(),
            ttl_ms: order.ttl_ms.unwrap_or(OFFER_MS),
            wanted,
        };
        match self.promise(&promise) {
            Some(jws) => Ok(json!({ "jws": jws })),
            None => unfit("the shop knows no such item; give title and price for a one-off"),
        }
    }

    /// A viewer says something, in a room or a group.
    fn order_say_as(&mut self, order: &Order) -> Result<Value, ScriptError> {
        let place = if order.group.is_empty() { ("room", &*order.room) } else { ("group", &*order.group) };
        let from = (&*order.shopper, &*order.shopper);
        let said = self.venue.say(place, from, &order.text, order.line_id.clone(), self.now_ms);
        Ok(json!({ "line_id": said.map_or_else(|| unfit("there is no such chat"), Ok)? }))
    }

    fn order_burst(&mut self, order: &Order) -> Result<Value, ScriptError> {
        known_room(&order.room)?;
        let count = order.count.unwrap_or(20).min(10_000);
        let text = if order.text.is_empty() { "come on!" } else { &order.text };
        let said: Vec<(String, String)> =
            (0..count).map(|n| (format!("viewer_{}", n % 211), format!("{text} {n}"))).collect();
        self.venue.say_many(&order.room, &said, self.now_ms);
        Ok(json!({ "said": count }))
    }

    fn order_courier(&mut self, order: &Order) -> Result<Value, ScriptError> {
        let step = match order.step.as_str() {
            "" | "next" => CourierStep::Next,
            "customer_no_show" => CourierStep::CustomerNoShow,
            "courier_no_show" => CourierStep::CourierNoShow,
            "refused" => CourierStep::Refused,
            "lost" => CourierStep::Lost,
            "drop_off" => CourierStep::DropOff,
            "keep_item" => CourierStep::KeepItem,
            _ => return unfit("there is no such step of a courier"),
        };
        let Self { shops, ids, now_ms, .. } = self;
        let done = shops
            .iter_mut()
            .any(|shop| shop.courier(&mut Env { now_ms: *now_ms, ids }, &order.return_id, step));
        Ok(json!({ "done": done }))
    }

    /// A box came into the queue or moved in it: the room is told, and the host sees it.
    pub(crate) fn opening_changed(&mut self, opening: &Value) {
        self.venue.set_opening(BOX_ROOM, opening);
        if opening["state"] == "queued" && self.venue.is_live(BOX_ROOM) && !self.director.has_box() {
            self.director.plan(self.now_ms + TAKE_MS, Act::TakeBox);
        }
    }

    /// The host takes the next box, unless one is in hand already.
    pub(super) fn take_box(&mut self) {
        if !self.venue.is_live(BOX_ROOM) || self.director.is_showing() {
            return;
        }
        self.director.drop_box_plans();
        let taken = self.shops.iter_mut().find_map(|shop| shop.open_next(BOX));
        if let Some(opening) = taken.as_ref().and_then(|opening| opening["id"].as_str()) {
            self.director.plan(self.now_ms + SHOW_MS, Act::ShowBox { opening: opening.to_owned() });
        }
    }

    /// The content is seen, and the next one is taken after a breath.
    pub(super) fn show_box(&mut self, opening: &str) {
        let Self { shops, ids, now_ms, .. } = self;
        let moment = rfc3339(*now_ms);
        let shown = shops
            .iter_mut()
            .find_map(|shop| shop.opened(&mut Env { now_ms: *now_ms, ids }, opening, &moment));
        if let Some(title) = shown.as_ref().and_then(|shown| shown["content"]["title"].as_str()) {
            self.host_says(BOX_ROOM, &format!("{title}!"), None);
        }
        if self.shops.iter().any(|shop| !shop.queued_openings().is_empty()) {
            self.director.plan(self.now_ms + TAKE_MS, Act::TakeBox);
        }
    }

    fn order_move(&mut self, order: &Order) -> Result<Value, ScriptError> {
        let openings = self.venue.drop_openings();
        let Some(&(id, room, opens_ms)) = openings.iter().find(|(id, ..)| *id == order.drop_id) else {
            return unfit("there is no such drop");
        };
        let opens_ms = match (order.by_ms, order.opens_at.as_deref().map(crate::venue::words::parse_time)) {
            (Some(by), _) => opens_ms + by,
            (None, Some(Some(at))) => at,
            _ => return unfit("move_drop needs by_ms or opens_at"),
        };
        self.venue.move_drop(id, opens_ms, self.now_ms);
        self.director.drop_opening_of(id);
        self.director.plan(opens_ms, Act::DropOpens { drop_id: id.to_owned(), room: room.to_owned() });
        for item in self.venue.drop_items(id) {
            for shop in &mut self.shops {
                let product = shop.catalog().variant(&item).map(|(product, _)| product.id.clone());
                if let Some(product) = product {
                    shop.set_opening(&product, opens_ms);
                }
            }
        }
        Ok(json!({ "opens_at": rfc3339(opens_ms) }))
    }
}

fn known_room(room: &str) -> Result<(), ScriptError> {
    if crate::venue::evening::host_of_room(room).is_none() {
        return unfit("there is no such room");
    }
    Ok(())
}

fn line_of(order: &Order) -> Result<String, ScriptError> {
    order.line_id.clone().map_or_else(|| unfit("that needs line_id"), Ok)
}
