//! Returns: the request, the pickup and the money are separate machines.

use serde_json::{Value, json};

use super::courier::slots_for;
use super::order::{Order, OrderLine, OrderStage};
use super::{Answer, Call, Shop, ShopEvent, whole};
use crate::books::{Asked, Pickup};
use crate::catalog::Kind;
use crate::env::{Env, rfc3339};
use crate::http::Response;

/// A held slot is kept so long.
const HOLD_MS: i64 = 10 * 60_000;
/// A person looks at what is claimed to be wrong so long.
const REVIEW_MS: i64 = 60_000;
/// Money of a digital line is on its way so long.
const DIGITAL_REFUND_MS: i64 = 60_000;
/// From approval until the goods have to be handed over.
const DEADLINE_MS: i64 = 7 * 24 * 3_600_000;

/// Reasons that need no look.
const PLAIN: [&str; 1] = ["changed_mind"];
/// Reasons a person looks at first.
const LOOKED_AT: [&str; 3] = ["damaged", "not_as_described", "wrong_item"];
/// A box that was opened on air and is not what arrived.
const NOT_OPENED: &str = "not_what_was_opened";

/// A slot of the courier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) id: String,
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
}

impl Slot {
    fn json(&self) -> Value {
        json!({ "id": self.id, "from": rfc3339(self.from_ms), "to": rfc3339(self.to_ms), "unpacked": true, "fee": 0 })
    }
}

/// A line that goes back, and what it brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BackLine {
    pub(super) id: String,
    pub(super) quantity: i64,
    pub(super) reason: String,
    pub(super) amount: i64,
}

/// A return.
#[derive(Debug, Clone)]
pub(super) struct Return {
    pub(super) id: String,
    pub(super) order_id: String,
    pub(super) shopper: Option<String>,
    pub(super) revision: u64,
    pub(super) request: &'static str,
    pub(super) why: Option<String>,
    pub(super) lines: Vec<BackLine>,
    pub(super) goods: bool,
    pub(super) pickup: &'static str,
    pub(super) slots: Vec<Slot>,
    pub(super) slot: Option<Slot>,
    pub(super) held_until_ms: Option<i64>,
    pub(super) deadline_ms: i64,
    pub(super) courier: Option<(String, i64)>,
    pub(super) code: String,
    pub(super) receipt: Option<Value>,
    pub(super) address: Value,
    pub(super) money: &'static str,
    pub(super) amount: i64,
    pub(super) refunded: i64,
    pub(super) last: bool,
    /// When the next step of its own is due.
    pub(super) due_ms: Option<i64>,
}

impl Return {
    /// The goods are the courier's.
    pub(super) fn custody_passed(&self) -> bool {
        matches!(self.pickup, "handed_over" | "in_transit" | "received" | "inspected" | "lost" | "drop_off")
    }

    /// Can a slot be chosen? Until the courier has arrived another one is the reschedule.
    fn may_choose(&self) -> bool {
        matches!(
            self.pickup,
            "slots_offered"
                | "slot_held"
                | "booked"
                | "courier_assigned"
                | "en_route"
                | "customer_no_show"
                | "courier_no_show"
        )
    }

    /// Does it still claim units of the order?
    pub(super) fn is_open(&self) -> bool {
        matches!(self.request, "requested" | "needs_review" | "approved")
    }

    fn json(&self, currency: &str, now_ms: i64) -> Value {
        let mut request = json!({ "state": self.request });
        if let Some(why) = &self.why {
            request["reason"] = why.as_str().into();
        }
        let lines: Vec<Value> = self
            .lines
            .iter()
            .map(|line| json!({ "line_id": line.id, "quantity": line.quantity, "reason": line.reason }))
            .collect();
        let mut out = json!({
            "id": self.id, "order_id": self.order_id, "revision": self.revision, "now": rfc3339(now_ms),
            "request": request, "lines": lines,
            "money": { "state": self.money, "amount": self.amount, "currency": currency,
                "refunded": self.refunded, "final": self.last },
        });
        if self.goods && !self.pickup.is_empty() {
            out["pickup"] = self.pickup_json();
        }
        out
    }

    fn pickup_json(&self) -> Value {
        let choose = self.may_choose();
        let slots: Vec<Value> = if choose { self.slots.iter().map(Slot::json).collect() } else { vec![] };
        let mut out = json!({ "state": self.pickup, "slots": slots });
        if let Some(slot) = &self.slot {
            out["slot_id"] = slot.id.as_str().into();
        }
        if let Some(until) = self.held_until_ms {
            out["held_until"] = rfc3339(until).into();
        }
        if !self.custody_passed() {
            out["deadline"] = rfc3339(self.deadline_ms).into();
        }
        if let Some((label, eta_ms)) = &self.courier {
            out["courier"] = json!({ "label": label, "eta": rfc3339(*eta_ms) });
        }
        if self.pickup == "arrived" || self.custody_passed() {
            out["code"] = self.code.as_str().into();
        }
        if let Some(receipt) = &self.receipt {
            out["receipt"] = receipt.clone();
        }
        out
    }
}

/// Units of a line that are neither gone nor in an open return.
fn free_units(line: &OrderLine) -> i64 {
    (line.delivered - line.returned - line.open).min(line.quantity - line.gone - line.open)
}

/// What so many more units of a line bring back: the last ones take what rounding left.
fn worth(line: &OrderLine, units: i64) -> i64 {
    let rest = line.paid - line.refunded - line.claimed;
    if units >= line.quantity - line.gone - line.open {
        rest
    } else {
        (line.paid / line.quantity * units).min(rest)
    }
}

impl Shop {
    pub(super) fn returnable(&mut self, env: &mut Env, call: &Call, id: &str) -> Answer {
        let order = self.own_order_or_404(call, id)?;
        let lines: Vec<Value> = order
            .lines
            .iter()
            .filter(|line| line.delivered > 0 && order.stage != OrderStage::Canceled)
            .map(|line| {
                let mut out = json!({
                    "line_id": line.id, "delivered": line.delivered, "returned": line.returned, "open": line.open,
                    "until": rfc3339(self.return_until(order)), "reasons": self.reasons(order, line),
                    "kind": line.kind,
                    "refund": { "amount": worth(line, 1), "currency": self.currency() },
                });
                if line.kind == Kind::Digital {
                    out["digital"] = json!({ "rule": "all of it back within the time shown, then nothing" });
                }
                out
            })
            .collect();
        Ok(Response::json(200, &json!({ "now": env.now_rfc3339(), "lines": lines })))
    }

    fn return_until(&self, order: &Order) -> i64 {
        order.delivered_ms.unwrap_or(order.placed_ms) + self.config.terms.return_ms
    }

    /// An opened box is no longer a matter of taste.
    fn reasons(&self, order: &Order, line: &OrderLine) -> Vec<&'static str> {
        match (&line.box_id, line.kind) {
            (Some(_), Kind::Digital) if self.box_touched(&order.id) => vec![],
            (Some(_), Kind::Goods) if self.box_touched(&order.id) => vec![NOT_OPENED, "damaged"],
            (_, Kind::Digital) => vec![PLAIN[0], "not_as_described"],
            _ => PLAIN.iter().chain(&LOOKED_AT).copied().collect(),
        }
    }

    pub(super) fn create_return(&mut self, env: &mut Env, call: &Call) -> Answer {
        let bad = |said: &str| Response::error(400, "invalid_body", said);
        let order_id = call.body["order_id"].as_str().ok_or_else(|| bad("order_id names the order"))?;
        let order = self.own_order_or_404(call, order_id)?;
        let asked = call.body["lines"]
            .as_array()
            .filter(|lines| !lines.is_empty())
            .ok_or_else(|| bad("lines is a list of line_id, quantity and reason"))?;
        if call
            .body
            .get("note")
            .is_some_and(|note| note.as_str().is_none_or(|note| note.chars().count() > 2_000))
        {
            return Err(bad("a note is a text of at most 2000 characters"));
        }
        let refuse = |said: &str| Response::error(409, "not_returnable", said);
        if env.now_ms > self.return_until(order) {
            return Err(refuse("the time to return it is over"));
        }
        let mut lines: Vec<BackLine> = Vec::new();
        let (mut amount, mut goods) = (0, false);
        for entry in asked {
            let (Some(line_id), Some(quantity), Some(reason)) =
                (entry["line_id"].as_str(), whole(&entry["quantity"]), entry["reason"].as_str())
            else {
                return Err(bad("every line has line_id, quantity and reason"));
            };
            let line =
                order.lines.iter().find(|line| line.id == line_id).ok_or_else(|| refuse("no such line"))?;
            if quantity < 1 || quantity > free_units(line) {
                return Err(refuse("not so many of it can be returned"));
            }
            if lines.iter().any(|known| known.id == line_id) {
                return Err(bad("a line is named once"));
            }
            if !self.reasons(order, line).contains(&reason) {
                return Err(refuse("it is not taken back for that reason"));
            }
            let worth = worth(line, quantity);
            amount += worth;
            goods |= line.kind == Kind::Goods;
            lines.push(BackLine {
                id: line_id.to_owned(),
                quantity,
                reason: reason.to_owned(),
                amount: worth,
            });
        }
        let looked_at = lines.iter().any(|line| !PLAIN.contains(&line.reason.as_str()));
        let mut back = Return {
            id: env.ids.id("ret"),
            order_id: order.id.clone(),
            shopper: order.shopper.clone(),
            revision: 1,
            request: if looked_at { "needs_review" } else { "requested" },
            why: None,
            lines,
            goods,
            pickup: "",
            slots: vec![],
            slot: None,
            held_until_ms: None,
            deadline_ms: env.now_ms + DEADLINE_MS,
            courier: None,
            code: format!("{:04}", env.ids.next_u64() % 10_000),
            receipt: None,
            address: json!({}),
            money: "none",
            amount,
            refunded: 0,
            last: false,
            due_ms: looked_at.then_some(env.now_ms + REVIEW_MS),
        };
        if !looked_at {
            approve(&mut back, env);
        }
        self.books.returns.push(Asked {
            at_ms: env.now_ms,
            return_id: back.id.clone(),
            order_id: back.order_id.clone(),
            lines: back.lines.iter().map(|line| (line.id.clone(), line.quantity)).collect(),
        });
        let claimed = back.lines.clone();
        self.change_order(&back.order_id, |order| claim(order, &claimed, 1));
        let answer = back.json(self.currency(), env.now_ms);
        self.return_event(&back);
        self.returns.insert(back.id.clone(), back);
        Ok(Response::json(200, &answer))
    }

    pub(super) fn get_return(&mut self, env: &mut Env, call: &Call, id: &str) -> Answer {
        let back = self.own_return(call, id)?;
        Ok(Response::json(200, &back.json(self.currency(), env.now_ms)))
    }

    fn own_return(&self, call: &Call, id: &str) -> Result<Return, Response> {
        self.returns
            .get(id)
            .filter(|back| back.shopper.is_none() || back.shopper == call.shopper)
            .cloned()
            .ok_or_else(|| Response::error(404, "not_found", "there is no such return of yours"))
    }

    pub(super) fn hold_slot(&mut self, env: &mut Env, call: &Call, id: &str, slot: &str) -> Answer {
        let back = self.own_return(call, id)?;
        if !matches!(back.pickup, "slots_offered" | "slot_held" | "customer_no_show" | "courier_no_show") {
            return Err(Response::error(409, "wrong_state", "no slot can be held now"));
        }
        let slot = find_slot(&back, slot, env.now_ms)?;
        self.change_return(env, id, |back, env| {
            back.pickup = "slot_held";
            back.slot = Some(slot);
            back.held_until_ms = Some(env.now_ms + HOLD_MS);
            back.due_ms = back.held_until_ms;
        });
        self.get_return(env, call, id)
    }

    pub(super) fn book_slot(&mut self, env: &mut Env, call: &Call, id: &str) -> Answer {
        let back = self.own_return(call, id)?;
        let Some(slot) = call.body["slot_id"].as_str() else {
            return Err(Response::error(400, "invalid_body", "slot_id names the slot"));
        };
        if call.body["address"].as_object().is_none_or(serde_json::Map::is_empty) {
            return Err(Response::error(400, "invalid_body", "address says where the courier rings"));
        }
        let free = back.may_choose();
        if !free {
            return Err(Response::error(409, "wrong_state", "no slot can be booked now"));
        }
        let slot = find_slot(&back, slot, env.now_ms)?;
        let address = call.body["address"].clone();
        self.change_return(env, id, |back, env| {
            back.pickup = "booked";
            back.held_until_ms = None;
            back.address = address;
            back.courier = None;
            back.due_ms = Some(super::courier::assigned_at(&slot, env.now_ms));
            back.slot = Some(slot);
        });
        self.get_return(env, call, id)
    }

    pub(super) fn cancel_return(&mut self, env: &mut Env, call: &Call, id: &str) -> Answer {
        let back = self.own_return(call, id)?;
        if back.custody_passed() || back.refunded > 0 || !(back.is_open() || back.request == "canceled") {
            return Err(Response::error(409, "too_late", "it is on its way already"));
        }
        if back.request != "canceled" {
            self.change_return(env, id, |back, _| {
                back.request = "canceled";
                back.pickup = "";
                back.money = "none";
                back.due_ms = None;
                back.last = true;
            });
            self.release_units(&back);
        }
        self.get_return(env, call, id)
    }

    /// The order's units are free again.
    pub(super) fn release_units(&mut self, back: &Return) {
        let lines = back.lines.clone();
        self.change_order(&back.order_id, |order| claim(order, &lines, -1));
    }

    pub(super) fn return_event(&mut self, back: &Return) {
        self.events.push(ShopEvent::ReturnChanged {
            shopper: back.shopper.clone(),
            return_id: back.id.clone(),
            revision: back.revision,
        });
    }

    /// Changes a return, raises its revision, writes the courier's step down and says so.
    pub(super) fn change_return(&mut self, env: &mut Env, id: &str, change: impl FnOnce(&mut Return, &Env)) {
        let Some(back) = self.returns.get_mut(id) else { return };
        let (pickup, money) = (back.pickup, back.money);
        change(back, env);
        back.revision += 1;
        let back = back.clone();
        if back.pickup != pickup && !back.pickup.is_empty() {
            self.books.pickups.push(Pickup {
                at_ms: env.now_ms,
                return_id: back.id.clone(),
                state: back.pickup.to_owned(),
                unpacked: true,
            });
        }
        self.return_event(&back);
        if back.money != money {
            self.events.push(ShopEvent::RefundChanged {
                shopper: back.shopper.clone(),
                return_id: back.id.clone(),
                amount: back.amount,
                currency: self.currency().to_owned(),
                state: back.money.to_owned(),
            });
        }
    }

    /// Gives the money back for good, never more than was paid, and closes the return.
    pub(super) fn refund(&mut self, env: &mut Env, id: &str) {
        let Some(back) = self.returns.get(id).cloned() else { return };
        let Some(order) = self.orders.get(&back.order_id) else { return };
        let amount = back.amount.min(order.total - order.refunded).max(0);
        let adjustment = json!({
            "id": env.ids.id("adj"), "type": "return", "occurred_at": env.now_rfc3339(), "status": "completed",
            "line_items": back.lines.iter().map(|line| json!({ "id": line.id, "quantity": -line.quantity }))
                .collect::<Vec<Value>>(),
            "totals": [{ "type": "total", "amount": -amount }],
        });
        self.books.refund(env.now_ms, &back.order_id, Some(id), amount);
        let lines = back.lines.clone();
        self.change_order(&back.order_id, |order| {
            claim(order, &lines, -1);
            for back in &lines {
                for line in order.lines.iter_mut().filter(|line| line.id == back.id) {
                    line.returned += back.quantity;
                    line.gone += back.quantity;
                    line.refunded += back.amount;
                }
            }
            order.refunded += amount;
            order.adjustments.push(adjustment);
        });
        self.change_return(env, id, |back, _| {
            back.refunded = amount;
            back.money = "refunded";
            back.last = true;
            back.request = "closed";
            back.due_ms = None;
        });
    }

    /// What time does to returns.
    pub(super) fn tick_returns(&mut self, env: &mut Env) {
        let ids: Vec<String> = self.returns.keys().cloned().collect();
        for id in ids {
            // A moved clock may make several steps due at once.
            for _ in 0..12 {
                let back = &self.returns[&id];
                let Some(due_ms) = back.due_ms.filter(|due| *due <= env.now_ms) else { break };
                let (request, pickup, money) = (back.request, back.pickup, back.money);
                match (request, pickup, money) {
                    ("needs_review", ..) => self.change_return(env, &id, approve),
                    ("approved", _, "pending") => self.refund(env, &id),
                    ("approved", "slots_offered" | "slot_held", _) => self.slot_time(env, &id),
                    ("approved", ..) => self.courier_due(env, &id, due_ms),
                    _ => self.change_return(env, &id, |back, _| back.due_ms = None),
                }
            }
        }
    }

    /// A hold ran out, or the deadline did.
    fn slot_time(&mut self, env: &mut Env, id: &str) {
        let back = self.returns[id].clone();
        if env.now_ms >= back.deadline_ms {
            self.change_return(env, id, |back, _| {
                back.request = "expired";
                back.pickup = "";
                back.money = "none";
                back.last = true;
                back.due_ms = None;
            });
            self.release_units(&back);
        } else {
            self.change_return(env, id, |back, env| {
                back.pickup = "slots_offered";
                back.slot = None;
                back.held_until_ms = None;
                back.slots = slots_for(&back.id, env.now_ms);
                back.due_ms = Some(back.deadline_ms);
            });
        }
    }
}

/// The shop agrees: slots for goods, money on its way for digital lines.
fn approve(back: &mut Return, env: &Env) {
    back.request = "approved";
    if back.goods {
        back.pickup = "slots_offered";
        back.slots = slots_for(&back.id, env.now_ms);
        back.money = "quoted";
        back.due_ms = Some(back.deadline_ms);
    } else {
        back.money = "pending";
        back.due_ms = Some(env.now_ms + DIGITAL_REFUND_MS);
    }
}

fn claim(order: &mut Order, lines: &[BackLine], sign: i64) {
    for back in lines {
        for line in order.lines.iter_mut().filter(|line| line.id == back.id) {
            line.open += sign * back.quantity;
            line.claimed += sign * back.amount;
        }
    }
}

fn find_slot(back: &Return, slot: &str, now_ms: i64) -> Result<Slot, Response> {
    back.slots
        .iter()
        .find(|each| each.id == slot && each.to_ms > now_ms)
        .cloned()
        .ok_or_else(|| Response::error(409, "slot_taken", "this slot is not free any more"))
}

#[cfg(test)]
impl Shop {
    /// Units of every line: delivered, returned, open; and money paid and given back.
    pub(super) fn tallies(&self, order: &str) -> (Vec<(i64, i64, i64)>, i64, i64) {
        let order = &self.orders[order];
        let lines = order.lines.iter().map(|line| (line.delivered, line.returned, line.open)).collect();
        (lines, order.total, order.refunded)
    }
}
