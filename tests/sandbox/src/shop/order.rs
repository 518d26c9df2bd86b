//! Orders: placed, shipped, delivered, undone; UCP's order entity and our list, deadline and cancel.

use serde_json::{Value, json};

use super::message::envelope;
use super::payment::{Instrument, Verdict};
use super::session::{Session, Stage, View};
use super::{Answer, Call, Shop, ShopEvent};
use crate::books::{Cancellation, Charge, Placed};
use crate::catalog::Kind;
use crate::env::{Env, rfc3339};
use crate::http::{Response, no_such_page, page_mark};

/// UCP's name of the capability.
const ROOT: &str = "dev.ucp.shopping.order";
/// Entries of a page of orders.
const PAGE: usize = 50;

/// A line of an order.
#[derive(Debug, Clone)]
pub(super) struct OrderLine {
    pub(super) id: String,
    pub(super) item: Value,
    pub(super) totals: Value,
    pub(super) kind: Kind,
    pub(super) box_id: Option<String>,
    /// Units bought.
    pub(super) quantity: i64,
    /// Units canceled or returned for good.
    pub(super) gone: i64,
    pub(super) delivered: i64,
    /// Units that came back.
    pub(super) returned: i64,
    /// Units in open returns.
    pub(super) open: i64,
    /// What was paid for all units, with their share of discounts and tax.
    pub(super) paid: i64,
    /// What of it went back.
    pub(super) refunded: i64,
    /// What of it open returns are about.
    pub(super) claimed: i64,
}

/// Where an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrderStage {
    Placed,
    Shipped,
    Delivered,
    Canceled,
}

/// An order.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) id: String,
    pub(super) checkout_id: String,
    pub(super) shopper: Option<String>,
    pub(super) placed_ms: i64,
    pub(super) delivered_ms: Option<i64>,
    pub(super) lines: Vec<OrderLine>,
    pub(super) totals: Value,
    pub(super) total: i64,
    pub(super) refunded: i64,
    pub(super) destination: Value,
    pub(super) method: &'static str,
    pub(super) stage: OrderStage,
    pub(super) revision: u64,
    pub(super) events: Vec<Value>,
    pub(super) adjustments: Vec<Value>,
    pub(super) attribution: Value,
    /// Paid by a processor that takes its time: a cancel waits for it until then.
    slow_until_ms: Option<i64>,
    cancel_wanted: bool,
}

impl Order {
    /// Boxes of that kind bought and not canceled.
    pub(super) fn boxes(&self, box_id: &str) -> i64 {
        self.lines
            .iter()
            .filter(|line| line.box_id.as_deref() == Some(box_id))
            .map(|line| line.quantity - line.gone)
            .sum()
    }

    fn lines_json(&self) -> Value {
        let lines = self.lines.iter().map(|line| {
            let total = line.quantity - line.gone;
            let fulfilled = (line.delivered - line.gone).max(0).min(total);
            let status = match (total, fulfilled) {
                (0, _) => "removed",
                (all, done) if all == done => "fulfilled",
                (_, 0) => "processing",
                _ => "partial",
            };
            json!({ "id": line.id, "item": line.item, "totals": line.totals, "status": status,
                "quantity": { "original": line.quantity, "total": total, "fulfilled": fulfilled } })
        });
        Value::Array(lines.collect())
    }

    fn quantities(&self, kind: Option<Kind>) -> Value {
        let lines = self.lines.iter().filter(|line| kind.is_none_or(|kind| line.kind == kind));
        Value::Array(lines.map(|line| json!({ "id": line.id, "quantity": line.quantity })).collect())
    }
}

impl Shop {
    /// Takes the money and places the order; the stock is taken already.
    pub(super) fn place(
        &mut self,
        env: &mut Env,
        mut session: Session,
        view: &View,
        instrument: &Instrument,
        key: Option<&str>,
    ) -> Session {
        let order = self.order_of(env, &session, view, instrument);
        self.books.charges.push(Charge {
            at_ms: env.now_ms,
            id: env.ids.id("chg"),
            checkout_id: session.id.clone(),
            order_id: order.id.clone(),
            key: key.map(str::to_owned),
            instrument: instrument.id.clone(),
            amount: view.total,
            currency: self.currency().to_owned(),
            shopper: session.shopper.clone(),
        });
        let units = |line: &super::basket::Line| (line.item.clone(), line.quantity);
        self.books.orders.push(Placed {
            at_ms: env.now_ms,
            order_id: order.id.clone(),
            checkout_id: session.id.clone(),
            shopper: session.shopper.clone(),
            items: session.basket.lines.iter().map(units).collect(),
            total: view.total,
        });
        self.books.sent(env.now_ms, "confirmation", &order.id);
        if let Some(offer) = &session.basket.offer {
            self.offers.use_up(&offer.jti, &order.id);
            for entry in self.books.offers.iter_mut().filter(|entry| entry.jti == offer.jti) {
                entry.order_id = Some(order.id.clone());
            }
        }
        session.stage = Stage::Completed;
        session.order_id = Some(order.id.clone());
        session.shown = vec![instrument.shown.clone()];
        let mut body = view.body.clone();
        body["status"] = "completed".into();
        body["payment"]["instruments"] = json!(session.shown);
        body["order"] = json!({ "id": order.id, "permalink_url": self.permalink(&order.id) });
        for applied in body["discounts"]["applied"].as_array_mut().into_iter().flatten() {
            if let Some(fields) = applied.as_object_mut() {
                fields.remove("provisional");
            }
        }
        session.frozen = Some(body);
        self.order_event(&order);
        self.orders.insert(order.id.clone(), order);
        session
    }

    fn order_of(&self, env: &mut Env, session: &Session, view: &View, instrument: &Instrument) -> Order {
        let served = view.body["line_items"].as_array().map(Vec::as_slice).unwrap_or_default();
        let lines: Vec<OrderLine> = session
            .basket
            .lines
            .iter()
            .zip(served)
            .zip(&view.paid)
            .map(|((line, served), &paid)| {
                let known = self.config.catalog.variant(&line.item).map(|(product, _)| product);
                let kind = known.map_or(Kind::Goods, |product| product.kind);
                OrderLine {
                    id: line.id.clone(),
                    item: served["item"].clone(),
                    totals: served["totals"].clone(),
                    kind,
                    box_id: known.and_then(|product| product.box_id.clone()),
                    quantity: line.quantity,
                    gone: 0,
                    delivered: if kind == Kind::Digital { line.quantity } else { 0 },
                    returned: 0,
                    open: 0,
                    paid,
                    refunded: 0,
                    claimed: 0,
                }
            })
            .collect();
        let goods = lines.iter().any(|line| line.kind == Kind::Goods);
        let method = match view.body["fulfillment"]["methods"][0]["type"].as_str() {
            _ if !goods => "digital",
            Some("pickup") => "pickup",
            _ => "shipping",
        };
        let mut destination = session.delivery.chosen().cloned().unwrap_or_else(|| json!({}));
        if let Some(fields) = destination.as_object_mut() {
            fields.remove("id");
        }
        let slow = matches!(instrument.verdict, Verdict::Slow { .. });
        let mut totals = view.body["totals"].clone();
        for total in totals.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            total.remove("lines");
        }
        Order {
            id: env.ids.id("ord"),
            checkout_id: session.id.clone(),
            shopper: session.shopper.clone(),
            placed_ms: env.now_ms,
            delivered_ms: (!goods).then_some(env.now_ms),
            lines,
            totals,
            total: view.total,
            refunded: 0,
            destination,
            method,
            stage: if goods { OrderStage::Placed } else { OrderStage::Delivered },
            revision: 1,
            events: vec![],
            adjustments: vec![],
            attribution: session.attribution.clone(),
            slow_until_ms: slow.then_some(env.now_ms + self.config.terms.slow_ms),
            cancel_wanted: false,
        }
    }

    fn permalink(&self, id: &str) -> String {
        format!("{}/orders/{id}", self.config.web_url)
    }

    pub(super) fn order_event(&mut self, order: &Order) {
        self.events.push(ShopEvent::OrderChanged {
            shopper: order.shopper.clone(),
            order_id: order.id.clone(),
            revision: order.revision,
        });
    }

    /// Changes an order, raises its revision and says so.
    pub(super) fn change_order(&mut self, id: &str, change: impl FnOnce(&mut Order)) {
        let Some(order) = self.orders.get_mut(id) else { return };
        change(order);
        order.revision += 1;
        let order = order.clone();
        self.order_event(&order);
    }

    /// The order, if it is the caller's: a guest's is reached by its id alone.
    pub(super) fn own_order(&self, call: &Call, id: &str) -> Option<&Order> {
        self.orders.get(id).filter(|order| order.shopper.is_none() || order.shopper == call.shopper)
    }

    pub(super) fn own_order_or_404(&self, call: &Call, id: &str) -> Result<&Order, Response> {
        self.own_order(call, id)
            .ok_or_else(|| Response::error(404, "not_found", "there is no such order of yours"))
    }

    pub(super) fn get_order(&mut self, _env: &mut Env, call: &Call, id: &str) -> Answer {
        self.need(&call.agreement, ROOT)?;
        let order = self.own_order(call, id).ok_or_else(|| {
            self.outcome(&call.agreement, ROOT, "not_found", "there is no such order of yours")
        })?;
        let mut expectations = Vec::new();
        for (kind, method) in [(Kind::Goods, order.method), (Kind::Digital, "digital")] {
            let lines = order.quantities(Some(kind));
            if lines.as_array().is_some_and(|lines| !lines.is_empty()) {
                expectations
                    .push(json!({ "id": format!("exp_{method}"), "line_items": lines, "method_type": method,
                    "destination": order.destination, "fulfillable_on": "now" }));
            }
        }
        let mut body = json!({
            "ucp": envelope(true, &call.agreement.relevant(ROOT)),
            "id": order.id,
            "checkout_id": order.checkout_id,
            "permalink_url": self.permalink(&order.id),
            "line_items": order.lines_json(),
            "fulfillment": { "expectations": expectations, "events": order.events },
            "adjustments": order.adjustments,
            "currency": self.currency(),
            "totals": order.totals,
        });
        if order.attribution.is_object() {
            body["attribution"] = order.attribution.clone();
        }
        Ok(Response::json(200, &body))
    }

    pub(super) fn list_orders(&mut self, _env: &mut Env, call: &Call) -> Answer {
        if call.shopper.is_none() {
            return Err(self.challenge(None));
        }
        let mut own: Vec<&Order> =
            self.orders.values().filter(|order| order.shopper == call.shopper).collect();
        own.sort_by(|left, right| (right.placed_ms, &right.id).cmp(&(left.placed_ms, &left.id)));
        let from = match page_mark(&call.query, "cursor")? {
            None => 0,
            Some(cursor) => match own.iter().position(|order| order.id == cursor) {
                Some(at) => at + 1,
                None => return Err(no_such_page()),
            },
        };
        let page: Vec<&Order> = own.iter().skip(from).take(PAGE).copied().collect();
        let entries: Vec<Value> = page
            .iter()
            .map(|order| {
                json!({ "id": order.id, "checkout_id": order.checkout_id,
                "placed_at": rfc3339(order.placed_ms) })
            })
            .collect();
        let mut body = json!({ "orders": entries });
        if let Some(last) = page.last().filter(|_| from + page.len() < own.len()) {
            body["next"] = last.id.as_str().into();
        }
        Ok(Response::json(200, &body))
    }

    pub(super) fn undo_deadline(&mut self, env: &mut Env, call: &Call, id: &str) -> Answer {
        let order = self.own_order_or_404(call, id)?;
        let deadline = order.placed_ms + self.config.terms.undo_ms;
        Ok(Response::json(
            200,
            &json!({ "order_id": id, "deadline": rfc3339(deadline), "now": env.now_rfc3339(),
                "cancelable": self.cancelable(order, env.now_ms) }),
        ))
    }

    fn cancelable(&self, order: &Order, now_ms: i64) -> bool {
        let untouched = order.lines.iter().all(|line| line.open == 0 && line.returned == 0);
        let unopened = order.lines.iter().all(|line| line.box_id.is_none()) || !self.box_touched(&order.id);
        let goods = order.lines.iter().any(|line| line.kind == Kind::Goods);
        let early = order.stage == OrderStage::Placed || (!goods && order.stage == OrderStage::Delivered);
        early && untouched && unopened && now_ms < order.placed_ms + self.config.terms.undo_ms
    }

    pub(super) fn cancel_order(&mut self, env: &mut Env, call: &Call, id: &str) -> Answer {
        let order = self.own_order_or_404(call, id)?;
        let state = if order.stage == OrderStage::Canceled {
            "canceled"
        } else if order.cancel_wanted {
            "pending"
        } else if !self.cancelable(order, env.now_ms) {
            "too_late"
        } else if order.slow_until_ms.is_some_and(|until| env.now_ms < until) {
            self.change_order(id, |order| order.cancel_wanted = true);
            "pending"
        } else {
            self.undo(env, id);
            "canceled"
        };
        Ok(Response::json(200, &json!({ "order_id": id, "state": state, "now": env.now_rfc3339() })))
    }

    /// Cancels for good: all units gone, all money back, the shelf full again.
    fn undo(&mut self, env: &mut Env, id: &str) {
        let Some(order) = self.orders.get(id).cloned() else { return };
        for line in &order.lines {
            if let Some(left) = line.item["id"].as_str().and_then(|item| self.stock.get_mut(item)) {
                *left += line.quantity - line.gone;
            }
        }
        let adjustment = json!({
            "id": env.ids.id("adj"), "type": "cancellation", "occurred_at": env.now_rfc3339(), "status": "completed",
            "line_items": order.lines.iter().map(|line| json!({ "id": line.id, "quantity": -line.quantity }))
                .collect::<Vec<Value>>(),
            "totals": [{ "type": "total", "amount": -order.total }],
        });
        self.books.cancellations.push(Cancellation { at_ms: env.now_ms, order_id: id.to_owned() });
        self.books.refund(env.now_ms, id, None, order.total);
        self.books.sent(env.now_ms, "cancellation", id);
        self.change_order(id, |order| {
            order.stage = OrderStage::Canceled;
            order.refunded = order.total;
            for line in &mut order.lines {
                line.gone = line.quantity;
                line.refunded = line.paid;
            }
            order.adjustments.push(adjustment);
        });
    }

    /// Ships, delivers, and cancels what waited for the processor.
    pub(super) fn tick_orders(&mut self, env: &mut Env) {
        let (ship_ms, deliver_ms) = (self.config.terms.ship_ms, self.config.terms.deliver_ms);
        let ids: Vec<String> = self.orders.keys().cloned().collect();
        for id in ids {
            let order = &self.orders[&id];
            if order.cancel_wanted && order.slow_until_ms.is_none_or(|until| env.now_ms >= until) {
                if order.stage != OrderStage::Canceled {
                    self.undo(env, &id);
                }
                continue;
            }
            let placed_ms = order.placed_ms;
            if order.stage == OrderStage::Placed && env.now_ms >= placed_ms + ship_ms {
                self.parcel_event(env, &id, "shipped", placed_ms + ship_ms);
            }
            if self.orders[&id].stage == OrderStage::Shipped && env.now_ms >= placed_ms + deliver_ms {
                self.parcel_event(env, &id, "delivered", placed_ms + deliver_ms);
            }
        }
    }

    fn parcel_event(&mut self, env: &mut Env, id: &str, kind: &'static str, at_ms: i64) {
        let event_id = env.ids.id("evt");
        let tracking = format!("{}/track/{id}", self.config.web_url);
        self.change_order(id, |order| {
            order.events.push(json!({
                "id": event_id, "occurred_at": rfc3339(at_ms), "type": kind,
                "line_items": order.quantities(Some(Kind::Goods)),
                "carrier": "Night Courier", "tracking_number": id, "tracking_url": tracking,
            }));
            if kind == "shipped" {
                order.stage = OrderStage::Shipped;
            } else {
                order.stage = OrderStage::Delivered;
                order.delivered_ms = Some(at_ms);
                for line in &mut order.lines {
                    line.delivered = line.quantity;
                }
            }
        });
    }

    /// The shop takes units back of its own accord and refunds them, whatever was delivered.
    pub fn take_back(&mut self, env: &mut Env, id: &str, line_id: &str, units: i64) -> bool {
        let Some(order) = self.orders.get(id) else { return false };
        let Some(line) = order.lines.iter().find(|line| line.id == line_id) else { return false };
        let left = line.quantity - line.gone - line.open;
        if units < 1 || units > left {
            return false;
        }
        let rest = line.paid - line.refunded - line.claimed;
        let amount = if units == left { rest } else { (line.paid / line.quantity * units).min(rest) };
        let adjustment = json!({
            "id": env.ids.id("adj"), "type": "refund", "occurred_at": env.now_rfc3339(), "status": "completed",
            "line_items": [{ "id": line_id, "quantity": -units }], "totals": [{ "type": "total", "amount": -amount }],
        });
        self.books.refund(env.now_ms, id, None, amount);
        self.change_order(id, |order| {
            order.refunded += amount;
            order.adjustments.push(adjustment);
            for line in order.lines.iter_mut().filter(|line| line.id == line_id) {
                line.gone += units;
                line.refunded += amount;
            }
        });
        true
    }

    /// Delivers an order now, for a script that does not wait.
    pub fn deliver_now(&mut self, env: &mut Env, id: &str) -> bool {
        let stage = self.orders.get(id).map(|order| order.stage);
        if stage == Some(OrderStage::Placed) {
            self.parcel_event(env, id, "shipped", env.now_ms);
        }
        if matches!(stage, Some(OrderStage::Placed | OrderStage::Shipped)) {
            self.parcel_event(env, id, "delivered", env.now_ms);
        }
        stage.is_some()
    }
}
