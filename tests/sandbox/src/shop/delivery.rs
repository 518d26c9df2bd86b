//! Fulfilment: one method with one group for the basket (no multi-group), destinations and options.

use serde_json::{Value, json};

use super::basket::Basket;
use super::message::{Severity, error};
use super::{Agreement, Shop};
use crate::catalog::Kind;

/// How the goods of a session reach the buyer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Delivery {
    /// Addresses the platform gave, each with an id.
    pub(super) destinations: Vec<Value>,
    pub(super) destination: Option<String>,
    pub(super) option: Option<String>,
    /// Did the platform ask for shipping, where the counter would do?
    asked: bool,
    next: u32,
}

/// What a basket needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Only digital lines.
    Nothing,
    /// May be collected, and the platform did not ask for shipping.
    Counter,
    /// Has to be shipped.
    Shipping,
}

impl Delivery {
    /// Takes what the platform said about fulfilment.
    pub(super) fn read(&mut self, body: &Value) {
        let Some(method) = body["fulfillment"]["methods"].as_array().and_then(|methods| {
            methods.iter().find(|method| method["type"] == "shipping").or_else(|| methods.first())
        }) else {
            return;
        };
        self.asked = method["type"] != "pickup";
        if let Some(destinations) = method["destinations"].as_array() {
            let mut read = Vec::new();
            for destination in destinations.iter().filter(|each| each.is_object()) {
                let mut destination = destination.clone();
                if !destination["id"].is_string() {
                    self.next += 1;
                    destination["id"] = format!("dest_{}", self.next).into();
                }
                read.push(destination);
            }
            self.destinations = read;
        }
        if let Some(id) = method["selected_destination_id"].as_str() {
            self.destination = Some(id.to_owned());
        } else if self.destinations.len() == 1 {
            self.destination = self.destinations[0]["id"].as_str().map(str::to_owned);
        }
        if let Some(option) = method["groups"][0]["selected_option_id"].as_str() {
            self.option = Some(option.to_owned());
        }
    }

    /// The address chosen.
    pub(super) fn chosen(&self) -> Option<&Value> {
        let id = self.destination.as_deref()?;
        self.destinations.iter().find(|each| each["id"] == id)
    }
}

impl Shop {
    pub(super) fn way(&self, basket: &Basket, delivery: &Delivery) -> Way {
        let mut goods =
            basket.lines.iter().filter_map(|line| match self.config.catalog.variant(&line.item) {
                Some((product, _)) => (product.kind == Kind::Goods).then_some(product.counter),
                // A one-off of an offer is a thing.
                None => Some(false),
            });
        let Some(first) = goods.next() else { return Way::Nothing };
        if !delivery.asked && first && goods.all(|counter| counter) { Way::Counter } else { Way::Shipping }
    }

    /// Options with their prices for this basket: id, English, Chinese, what to expect, price.
    fn options(&self, subtotal: i64) -> [(&'static str, &'static str, &'static str, i64); 2] {
        let (standard, express) = self.config.catalog.delivery;
        let standard = if subtotal >= self.config.catalog.free_from { 0 } else { standard };
        [
            ("std", "Standard delivery", "标准配送", standard),
            ("express", "Express courier", "特快专送", express),
        ]
    }

    /// The price of what is chosen, if something is.
    pub(super) fn delivery_price(&self, basket: &Basket, delivery: &Delivery, subtotal: i64) -> Option<i64> {
        match self.way(basket, delivery) {
            Way::Nothing => None,
            Way::Counter => Some(0),
            Way::Shipping => {
                let option = delivery.option.as_deref()?;
                self.options(subtotal).into_iter().find(|each| each.0 == option).map(|each| each.3)
            }
        }
    }

    /// What delivery will come to, where the platform said which country it is for: the first option's price.
    pub(super) fn estimated_delivery(&self, basket: &Basket, subtotal: i64) -> Option<i64> {
        let here = basket.context["address_country"] == self.config.catalog.country;
        match self.way(basket, &Delivery::default()) {
            Way::Shipping if here => Some(self.options(subtotal)[0].3),
            _ => None,
        }
    }

    /// Title of what is chosen, for the totals.
    pub(super) fn delivery_title(&self, basket: &Basket, delivery: &Delivery) -> &'static str {
        let zh = basket.chinese();
        match self.way(basket, delivery) {
            Way::Counter => {
                if zh {
                    "柜台自取"
                } else {
                    "Collected at the counter"
                }
            }
            _ => self
                .options(0)
                .into_iter()
                .find(|each| Some(each.0) == delivery.option.as_deref())
                .map_or("Delivery", |each| if zh { each.2 } else { each.1 }),
        }
    }

    /// What is missing or wrong.
    pub(super) fn delivery_messages(
        &self,
        basket: &Basket,
        delivery: &Delivery,
        agreement: &Agreement,
        messages: &mut Vec<Value>,
    ) {
        if self.way(basket, delivery) != Way::Shipping {
            return;
        }
        if !agreement.has("dev.ucp.shopping.fulfillment") {
            let said = "these goods are shipped, and the platform does not offer fulfillment";
            messages.push(error("fulfillment_needed", Severity::BuyerInput, None, said));
            return;
        }
        let path = "$.fulfillment.methods[0].selected_destination_id";
        match delivery.chosen() {
            None => {
                let said = "choose where it is to be delivered";
                messages.push(error("destination_required", Severity::Recoverable, Some(path), said));
            }
            Some(address) => {
                let country = address["address_country"].as_str().unwrap_or_default();
                if country != self.config.catalog.country {
                    let said = format!("delivery is within {} only", self.config.catalog.country);
                    messages.push(error("address_undeliverable", Severity::Recoverable, Some(path), &said));
                } else if self.config.terms.strict_address {
                    for field in ["street_address", "address_locality", "postal_code"] {
                        if address[field].as_str().is_none_or(|text| text.trim().is_empty()) {
                            let path = format!("$.fulfillment.methods[0].destinations[0].{field}");
                            let said = format!("{field} is missing");
                            messages.push(error(
                                "address_incomplete",
                                Severity::Recoverable,
                                Some(&path),
                                &said,
                            ));
                        }
                    }
                }
            }
        }
        let path = "$.fulfillment.methods[0].groups[0].selected_option_id";
        let known = |id: &str| self.options(0).iter().any(|each| each.0 == id);
        if !delivery.option.as_deref().is_some_and(known) {
            let said = "choose how it is to be delivered";
            messages.push(error("delivery_option_required", Severity::Recoverable, Some(path), said));
        }
    }

    /// `fulfillment` of an answer.
    pub(super) fn delivery_json(
        &self,
        basket: &Basket,
        delivery: &Delivery,
        subtotal: i64,
        now_ms: i64,
    ) -> Value {
        let lines: Vec<&str> = basket
            .lines
            .iter()
            .filter(|line| {
                self.config.catalog.variant(&line.item).is_none_or(|(product, _)| product.kind == Kind::Goods)
            })
            .map(|line| line.id.as_str())
            .collect();
        match self.way(basket, delivery) {
            Way::Nothing => json!({ "methods": [] }),
            Way::Counter => json!({ "methods": [{
                "id": "pickup", "type": "pickup", "line_item_ids": lines,
                "destinations": [{ "id": "counter", "name": "The studio's counter",
                    "address": { "address_country": self.config.catalog.country } }],
                "selected_destination_id": "counter",
                "groups": [{ "id": "counter_bag", "line_item_ids": lines, "selected_option_id": "collect",
                    "options": [{ "id": "collect", "title": "Collect at the counter",
                        "totals": [{ "type": "total", "amount": 0 }] }] }],
            }] }),
            Way::Shipping => {
                let zh = basket.chinese();
                let earliest = crate::env::rfc3339(now_ms + self.config.terms.deliver_ms);
                let options: Vec<Value> = self
                    .options(subtotal)
                    .into_iter()
                    .map(|(id, en, cn, price)| {
                        json!({ "id": id, "title": if zh { cn } else { en }, "carrier": "Night Courier",
                            "earliest_fulfillment_time": earliest,
                            "totals": [{ "type": "total", "amount": price }] })
                    })
                    .collect();
                let chosen =
                    delivery.option.as_deref().filter(|id| options.iter().any(|each| each["id"] == **id));
                json!({ "methods": [{
                    "id": "shipping", "type": "shipping", "line_item_ids": lines,
                    "destinations": delivery.destinations,
                    "selected_destination_id": delivery.chosen().map(|each| each["id"].clone()),
                    "groups": [{ "id": "parcel", "line_item_ids": lines, "selected_option_id": chosen,
                        "options": options }],
                }] })
            }
        }
    }
}
