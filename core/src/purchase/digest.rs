//! The digest that consent binds to, and that a shop with `bound_complete` checks (contract, README, `quote_digest`).

use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

use crate::ids::ShopDomain;
use nightmarket_ucp::checkout::Checkout;
use nightmarket_ucp::fulfillment::Destination;

/// The largest integer that RFC 8785 writes exactly.
const MAX_EXACT: u64 = (1 << 53) - 1;

/// A digest, and whether the shop can be relied on to compute the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QuoteDigest {
    /// SHA-256, lower-case hex.
    pub(crate) hex: String,
    /// False if a number in the quote is no whole number that JSON carries exactly, or an option's id holds a comma:
    /// then the purchase is confirmed, and sent without the binding.
    pub(crate) bindable: bool,
}

/// The digest of a session as the shop last answered it, paid with this handler and instrument.
pub(crate) fn of_quote(
    shop: &ShopDomain,
    checkout: &Checkout,
    handler: &str,
    instrument: &str,
) -> QuoteDigest {
    let input = input(shop, checkout, handler, instrument);
    let commas = options(checkout).any(|id| id.contains(','));
    QuoteDigest { hex: sha256_hex(canonical(&input).as_bytes()), bindable: !commas && is_exact(&input) }
}

fn input(shop: &ShopDomain, checkout: &Checkout, handler: &str, instrument: &str) -> Value {
    let lines: Vec<Value> = checkout
        .line_items
        .iter()
        .map(|line| {
            let totals: Vec<Value> = line
                .totals
                .iter()
                .map(|total| json!({ "type": total.kind.as_str(), "amount": total.amount }))
                .collect();
            json!({ "id": line.id, "item": line.item.id, "quantity": line.quantity, "totals": totals })
        })
        .collect();
    let totals: Vec<Value> = checkout
        .totals
        .iter()
        .map(|total| {
            let mut entry = json!({ "type": total.kind.as_str(), "amount": total.amount });
            if let Some(text) = &total.display_text {
                entry["display_text"] = Value::from(text.as_str());
            }
            entry
        })
        .collect();
    let delivery: Vec<&str> = options(checkout).collect();
    json!({
        "v": 1,
        "shop": shop.as_str(),
        "checkout_id": checkout.id,
        "currency": checkout.currency,
        "lines": lines,
        "totals": totals,
        "destination": destination(checkout),
        "delivery": if delivery.is_empty() { Value::Null } else { Value::from(delivery.join(",")) },
        "handler": handler,
        "instrument": instrument,
    })
}

/// Ids of the options chosen, in the shop's order.
pub(crate) fn options(checkout: &Checkout) -> impl Iterator<Item = &str> {
    let methods = checkout.fulfillment.iter().flat_map(|fulfillment| &fulfillment.methods);
    methods.flat_map(|method| &method.groups).filter_map(|group| group.selected_option_id.as_deref())
}

/// The destination chosen: none without methods, one value for one method, else a list in their order.
fn destination(checkout: &Checkout) -> Value {
    let methods = checkout.fulfillment.as_ref().map_or(&[][..], |fulfillment| &fulfillment.methods);
    let mut chosen: Vec<Value> =
        methods.iter().map(|method| method.selected_destination().map_or(Value::Null, without_id)).collect();
    match chosen.len() {
        0 => Value::Null,
        1 => chosen.remove(0),
        _ => Value::Array(chosen),
    }
}

/// A destination as the shop sent it, without its id and without members that are null.
pub(crate) fn without_id(destination: &Destination) -> Value {
    let members = match serde_json::to_value(destination) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    let kept = members.into_iter().filter(|(name, value)| name != "id" && !value.is_null());
    Value::Object(kept.collect())
}

/// RFC 8785.
pub(crate) fn canonical(value: &Value) -> String {
    // What it cannot write (an infinite number) JSON cannot hold either.
    serde_json_canonicalizer::to_string(value).unwrap_or_default()
}

fn is_exact(value: &Value) -> bool {
    match value {
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(positive), _) => positive <= MAX_EXACT,
            (None, Some(negative)) => negative.unsigned_abs() <= MAX_EXACT,
            (None, None) => false,
        },
        Value::Array(items) => items.iter().all(is_exact),
        Value::Object(members) => members.values().all(is_exact),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// SHA-256 in lower-case hex.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Vectors {
        vectors: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        shop: String,
        checkout: Value,
        instrument: Value,
        canonical: String,
        quote_digest: String,
    }

    /// The vectors show only what the digest is made of.
    fn checkout(mut value: Value) -> Checkout {
        for (name, missing) in [("ucp", json!({"version": "2026-04-08"})), ("status", json!("incomplete"))] {
            value[name] = missing;
        }
        if value["totals"].is_null() {
            value["totals"] = json!([]);
        }
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn agrees_with_the_contracts_vectors() {
        let text = include_str!("../../contract/vectors/quote_digest.json");
        let all: Vectors = serde_json::from_str(text).unwrap();
        assert!(all.vectors.len() >= 12);
        for vector in all.vectors {
            let text = |name: &str| vector.instrument[name].as_str().unwrap().to_owned();
            let (shop, checkout) = (ShopDomain::new(vector.shop), checkout(vector.checkout));
            let input = input(&shop, &checkout, &text("handler_id"), &text("id"));
            assert_eq!(canonical(&input), vector.canonical, "{}", vector.name);
            let digest = of_quote(&shop, &checkout, &text("handler_id"), &text("id"));
            assert_eq!(digest, QuoteDigest { hex: vector.quote_digest, bindable: true }, "{}", vector.name);
        }
    }

    #[test]
    fn a_fraction_in_the_destination_or_a_comma_in_an_option_cannot_be_bound() {
        let with = |destination: Value, option: &str| {
            let value = json!({
                "id": "c", "currency": "USD", "line_items": [],
                "fulfillment": {"methods": [{"id": "m", "type": "shipping", "selected_destination_id": "d",
                    "destinations": [destination], "groups": [{"id": "g", "selected_option_id": option}]}]},
            });
            of_quote(&"s.example".into(), &checkout(value), "h", "i").bindable
        };
        assert!(with(json!({"id": "d", "floor": 3}), "standard"));
        assert!(!with(json!({"id": "d", "latitude": 51.5}), "standard"));
        assert!(!with(json!({"id": "d", "floor": 9_007_199_254_740_992_u64}), "standard"));
        assert!(!with(json!({"id": "d"}), "a,b"));
    }
}
