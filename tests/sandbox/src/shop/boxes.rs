//! Blind boxes: what may be in them, and the host's queue of boxes to open on air.

use serde_json::{Value, json};

use super::{Answer, Call, Shop, ShopEvent};
use crate::books::Opened;
use crate::catalog::{BOX_AGE, BlindBox};
use crate::env::{Env, rfc3339};
use crate::http::Response;

/// A box in the queue.
#[derive(Debug, Clone)]
struct Opening {
    id: String,
    box_id: String,
    order_id: String,
    shopper: Option<String>,
    state: &'static str,
    moment: Option<String>,
    content: Option<&'static str>,
}

/// The host's queue; boxes leave it in the order they came.
#[derive(Default)]
pub(super) struct Openings {
    all: Vec<Opening>,
}

impl Openings {
    fn position(&self, at: usize) -> usize {
        let this = &self.all[at];
        if this.state != "queued" {
            return 0;
        }
        self.all[..=at].iter().filter(|each| each.box_id == this.box_id && each.state == "queued").count()
    }
}

impl Shop {
    pub(super) fn get_box(&mut self, call: &Call, id: &str) -> Answer {
        let each = self
            .config
            .catalog
            .blind_box(id)
            .ok_or_else(|| Response::error(404, "not_found", "there is no such box"))?;
        let odds: Vec<Value> = each
            .contents
            .iter()
            .map(|content| {
                json!({ "content": content.id, "title": content.title.pick(&call.language),
                "weight": content.weight })
            })
            .collect();
        let mut out = json!({
            "id": each.id,
            "kind": if each.digital { "digital" } else { "opened_on_air" },
            "item": each.item,
            "odds": odds,
            "age": { "min": BOX_AGE.0, "consent_under": BOX_AGE.1 },
        });
        if let Some((after, content)) = each.pity {
            out["pity"] = json!({ "after": after, "content": content });
        }
        if let Some(stock) = self.box_stock(each) {
            out["stock"] = stock;
        }
        Ok(Response::json(200, &out))
    }

    /// Has a box of this order left its wrapping?
    pub(super) fn box_touched(&self, order: &str) -> bool {
        self.openings.all.iter().any(|each| each.order_id == order && each.state != "queued")
            || self.order_was_drawn(order)
    }

    pub(super) fn request_opening(&mut self, env: &mut Env, call: &Call) -> Answer {
        let bad = || Response::error(400, "invalid_body", "order_id and box_id name what is to be opened");
        let order_id = call.body["order_id"].as_str().ok_or_else(bad)?;
        let box_id = call.body["box_id"].as_str().ok_or_else(bad)?;
        let order = self.own_order_or_404(call, order_id)?;
        if self.config.catalog.blind_box(box_id).is_none_or(|each| each.digital) {
            return Err(Response::error(404, "not_found", "there is no such box to open on air"));
        }
        let bought = order.boxes(box_id);
        let shopper = order.shopper.clone();
        let queued: Vec<usize> = (0..self.openings.all.len())
            .filter(|&at| {
                self.openings.all[at].order_id == order_id && self.openings.all[at].box_id == box_id
            })
            .collect();
        if usize::try_from(bought).unwrap_or(0) <= queued.len() {
            // A box is queued once: asking again for the only one gives the same opening.
            if let ([at], 1) = (queued.as_slice(), bought) {
                return Ok(self.queued_answer(*at));
            }
            return Err(Response::error(409, "no_opening_left", "every box of this order is queued or open"));
        }
        let opening = Opening {
            id: env.ids.id("opn"),
            box_id: box_id.to_owned(),
            order_id: order_id.to_owned(),
            shopper,
            state: "queued",
            moment: None,
            content: None,
        };
        self.books.openings.push(Opened {
            at_ms: env.now_ms,
            opening_id: opening.id.clone(),
            order_id: opening.order_id.clone(),
            content: None,
        });
        self.openings.all.push(opening);
        let at = self.openings.all.len() - 1;
        self.opening_event(at);
        Ok(self.queued_answer(at))
    }

    fn queued_answer(&self, at: usize) -> Response {
        let position = self.openings.position(at);
        Response::json(200, &json!({ "opening_id": self.openings.all[at].id, "position": position }))
    }

    pub(super) fn get_opening(&mut self, env: &mut Env, call: &Call, id: &str) -> Answer {
        let missing = || Response::error(404, "not_found", "there is no such opening of yours");
        let at = self.openings.all.iter().position(|each| each.id == id).ok_or_else(missing)?;
        let opening = &self.openings.all[at];
        if self.own_order(call, &opening.order_id).is_none() {
            return Err(missing());
        }
        let mut out = self.opening_json(at, &call.language);
        out["order_id"] = opening.order_id.as_str().into();
        out["now"] = rfc3339(env.now_ms).into();
        Ok(Response::json(200, &out))
    }

    /// As the room's channel shows it: no order.
    fn opening_json(&self, at: usize, language: &str) -> Value {
        let opening = &self.openings.all[at];
        let mut out = json!({ "id": opening.id, "box_id": opening.box_id, "state": opening.state,
            "position": self.openings.position(at) });
        if let Some(shopper) = &opening.shopper {
            out["shopper"] = shopper.as_str().into();
        }
        if let Some(moment) = &opening.moment {
            out["moment"] = moment.as_str().into();
        }
        let known = self.config.catalog.blind_box(&opening.box_id);
        if let Some(content) =
            opening.content.and_then(|id| known?.contents.iter().find(|each| each.id == id))
        {
            out["content"] = json!({ "item": content.id, "title": content.title.pick(language),
                "image_url": self.picture(content.id) });
        }
        out
    }

    fn opening_event(&mut self, at: usize) {
        let opening = self.opening_json(at, "en");
        self.events.push(ShopEvent::OpeningChanged { opening });
    }

    /// Boxes that wait for the host, first come first.
    pub fn queued_openings(&self) -> Vec<Value> {
        (0..self.openings.all.len())
            .filter(|&at| self.openings.all[at].state == "queued")
            .map(|at| self.opening_json(at, "en"))
            .collect()
    }

    /// The host takes the next box of that kind into the picture. None if none waits.
    pub fn open_next(&mut self, box_id: &str) -> Option<Value> {
        let at = self.openings.all.iter().position(|each| each.box_id == box_id && each.state == "queued")?;
        self.openings.all[at].state = "opening";
        self.opening_event(at);
        // The others moved up.
        for other in at + 1..self.openings.all.len() {
            if self.openings.all[other].state == "queued" && self.openings.all[other].box_id == box_id {
                self.opening_event(other);
            }
        }
        Some(self.opening_json(at, "en"))
    }

    /// The content is in the picture at that moment of programme time. None if that box is not being opened.
    pub fn opened(&mut self, env: &mut Env, opening_id: &str, moment: &str) -> Option<Value> {
        let at =
            self.openings.all.iter().position(|each| each.id == opening_id && each.state == "opening")?;
        let known = self.config.catalog.blind_box(&self.openings.all[at].box_id)?;
        let content = what_is_inside(known, env.ids.next_u64());
        let opening = &mut self.openings.all[at];
        opening.state = "opened";
        opening.moment = Some(moment.to_owned());
        opening.content = Some(content);
        let (order_id, moment) = (opening.order_id.clone(), moment.to_owned());
        for entry in self.books.openings.iter_mut().filter(|entry| entry.opening_id == opening_id) {
            entry.content = Some(content.to_owned());
        }
        // The moment is kept with the order.
        let opened = json!({ "id": opening_id, "type": "opened_on_air", "occurred_at": env.now_rfc3339(),
            "line_items": [], "description": format!("{content} at {moment}") });
        self.change_order(&order_id, |order| order.events.push(opened));
        self.opening_event(at);
        Some(self.opening_json(at, "en"))
    }
}

/// The maker packed the boxes by the odds.
fn what_is_inside(known: &BlindBox, random: u64) -> &'static str {
    let sum: u64 = known.contents.iter().map(|content| u64::from(content.weight)).sum();
    let mut point = random % sum;
    for content in &known.contents {
        if point < u64::from(content.weight) {
            return content.id;
        }
        point -= u64::from(content.weight);
    }
    known.contents[0].id
}
