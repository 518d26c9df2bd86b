//! Carts: estimates, with delivery where it is known to which country; no stock held, nobody contacted.

use serde_json::{Value, json};

use super::basket::{Basket, Cart};
use super::message::envelope;
use super::{Answer, Call, Shop};
use crate::env::{Env, rfc3339};
use crate::http::Response;

/// UCP's name of the capability.
pub(super) const ROOT: &str = "dev.ucp.shopping.cart";

impl Shop {
    pub(super) fn create_cart(&mut self, env: &mut Env, call: &Call) -> Answer {
        self.need(&call.agreement, ROOT)?;
        let mut basket = Basket::default();
        self.fill(&mut basket, call, env.now_ms)?;
        if basket.is_empty() {
            return Err(self.nothing_to_sell(&basket, &call.agreement, ROOT));
        }
        let cart = Cart {
            id: env.ids.id("cart"),
            shopper: call.shopper.clone(),
            basket,
            expires_ms: env.now_ms + self.config.terms.session_ms,
            checkout: None,
        };
        let answer = self.cart_json(&cart, call, env.now_ms)?;
        self.carts.insert(cart.id.clone(), cart);
        Ok(Response::json(201, &answer))
    }

    pub(super) fn get_cart(&mut self, env: &mut Env, call: &Call, id: &str) -> Answer {
        let cart = self.own_cart(call, id)?;
        Ok(Response::json(200, &self.cart_json(&cart, call, env.now_ms)?))
    }

    pub(super) fn update_cart(&mut self, env: &mut Env, call: &Call, id: &str) -> Answer {
        let mut cart = self.own_cart(call, id)?;
        self.fill(&mut cart.basket, call, env.now_ms)?;
        if cart.basket.is_empty() {
            return Err(self.nothing_to_sell(&cart.basket, &call.agreement, ROOT));
        }
        cart.expires_ms = env.now_ms + self.config.terms.session_ms;
        let answer = self.cart_json(&cart, call, env.now_ms)?;
        self.carts.insert(cart.id.clone(), cart);
        Ok(Response::json(200, &answer))
    }

    pub(super) fn cancel_cart(&mut self, env: &mut Env, call: &Call, id: &str) -> Answer {
        let cart = self.own_cart(call, id)?;
        let answer = self.cart_json(&cart, call, env.now_ms)?;
        self.carts.remove(id);
        Ok(Response::json(200, &answer))
    }

    /// The cart, if it is the caller's.
    pub(super) fn own_cart(&self, call: &Call, id: &str) -> Result<Cart, Response> {
        self.need(&call.agreement, ROOT)?;
        self.carts
            .get(id)
            .filter(|cart| cart.shopper.is_none() || cart.shopper == call.shopper)
            .cloned()
            .ok_or_else(|| self.outcome(&call.agreement, ROOT, "not_found", "there is no such cart any more"))
    }

    fn cart_json(&self, cart: &Cart, call: &Call, now_ms: i64) -> Result<Value, Response> {
        let basket = &cart.basket;
        let subtotal = self.value(basket, &call.agreement, None, now_ms)?.priced.subtotal;
        let delivery = self.estimated_delivery(basket, subtotal);
        let valued = self.value(basket, &call.agreement, delivery, now_ms)?;
        let title = if basket.chinese() { "配送（预估）" } else { "Delivery (estimated)" };
        let mut messages = valued.messages.clone();
        messages.extend(self.claim_messages(&cart.basket));
        let mut out = json!({
            "ucp": envelope(true, &call.agreement.relevant(ROOT)),
            "id": cart.id,
            "line_items": self.lines_json(&cart.basket, &valued),
            "currency": self.currency(),
            "totals": valued.priced.totals(&valued.inputs, title, basket.chinese()),
            "messages": messages,
            "links": self.links(),
            "continue_url": format!("{}/cart/{}", self.config.web_url, cart.id),
            "expires_at": rfc3339(cart.expires_ms),
        });
        for (name, value) in [("context", &cart.basket.context), ("buyer", &cart.basket.buyer)] {
            if value.is_object() {
                out[name] = value.clone();
            }
        }
        if call.agreement.has("dev.ucp.shopping.discount") {
            out["discounts"] =
                json!({ "codes": cart.basket.codes, "applied": valued.priced.applied_json(false) });
        }
        Ok(out)
    }
}
