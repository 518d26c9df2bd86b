//! From the older shape to the current one: fields are moved, nothing is invented.

use serde_json::{Map, Value};

use crate::total::{Total, TotalKind};

/// Kinds of adjustments that take away, whose amounts and quantities the older shape counts as positive.
const TAKES_AWAY: [&str; 4] = ["refund", "return", "credit", "cancellation"];

pub(super) fn profile(mut profile: Value) -> Value {
    let handlers = take_handlers(&mut profile);
    if let Some(ucp) = profile.get_mut("ucp") {
        lift_meta(ucp, handlers);
    }
    profile
}

pub(super) fn checkout(mut checkout: Value) -> Value {
    let handlers = take_handlers(&mut checkout);
    if let Some(ucp) = checkout.get_mut("ucp") {
        lift_meta(ucp, handlers);
    }
    if let Some(payment) = checkout.get_mut("payment").and_then(Value::as_object_mut) {
        let selected = payment.remove("selected_instrument_id");
        for instrument in payment.get_mut("instruments").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(instrument) = instrument.as_object_mut() {
                lift_instrument(instrument, selected.as_ref());
            }
        }
    }
    checkout
}

pub(super) fn order(mut order: Value) -> Value {
    if let Some(ucp) = order.get_mut("ucp") {
        lift_meta(ucp, Vec::new());
    }
    for adjustment in order.get_mut("adjustments").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(adjustment) = adjustment.as_object_mut() {
            lift_adjustment(adjustment);
        }
    }
    order
}

/// Negates discounts that were counted as positive, which the older totals do ("subtotal - discount + …") and the
/// current schema forbids. Where there is a total to hold it against, only if it then adds up, so that no payload that
/// is wrong otherwise is bent into another.
pub(super) fn sign_discounts(totals: &mut [Total]) {
    let is_discount = |total: &Total| matches!(total.kind, TotalKind::Discount | TotalKind::ItemsDiscount);
    // The smallest amount has no counterpart above zero.
    let extreme = totals.iter().any(|total| total.amount == i64::MIN);
    if extreme || !totals.iter().any(|total| is_discount(total) && total.amount > 0) {
        return;
    }
    let signed = |total: &Total| if is_discount(total) { -total.amount.abs() } else { total.amount };
    let parts = totals.iter().filter(|total| total.kind != TotalKind::Total);
    let sum = parts.clone().try_fold(0_i64, |sum, total| sum.checked_add(signed(total)));
    let stated = totals.iter().find(|total| total.kind == TotalKind::Total).map(|total| total.amount);
    if stated.is_some_and(|stated| sum != Some(stated)) {
        return;
    }
    for total in totals.iter_mut().filter(|total| is_discount(total) && total.amount > 0) {
        total.amount = -total.amount;
        total.lines.iter_mut().for_each(|line| line.amount = line.amount.saturating_neg());
    }
}

/// Takes `payment.handlers` out; an object `payment` that held nothing else is left empty.
fn take_handlers(holder: &mut Value) -> Vec<Value> {
    let payment = holder.get_mut("payment").and_then(Value::as_object_mut);
    match payment.and_then(|payment| payment.remove("handlers")) {
        Some(Value::Array(handlers)) => handlers,
        _ => Vec::new(),
    }
}

fn lift_meta(ucp: &mut Value, handlers: Vec<Value>) {
    let Some(ucp) = ucp.as_object_mut() else { return };
    if let Some(Value::Array(capabilities)) = ucp.get_mut("capabilities").map(Value::take) {
        ucp.insert("capabilities".to_owned(), by_name(capabilities));
    }
    if let Some(services) = ucp.get_mut("services").and_then(Value::as_object_mut) {
        for bindings in services.values_mut() {
            if let Value::Object(service) = bindings.take() {
                *bindings = Value::Array(lift_service(&service));
            }
        }
    }
    if !handlers.is_empty() {
        let lifted = handlers.into_iter().map(|mut handler| {
            if let Some(handler) = handler.as_object_mut()
                && let Some(schema) = handler.remove("config_schema")
            {
                handler.insert("schema".to_owned(), schema);
            }
            handler
        });
        ucp.insert("payment_handlers".to_owned(), by_name(lifted.collect()));
    }
}

/// A list of entries that carry their `name` becomes lists by name; an entry without a name is kept under the empty
/// name, where negotiation drops it and says so.
fn by_name(entries: Vec<Value>) -> Value {
    let mut map = Map::new();
    for mut entry in entries {
        let name = match entry.as_object_mut().and_then(|entry| entry.remove("name")) {
            Some(Value::String(name)) => name,
            _ => String::new(),
        };
        if let Value::Array(list) = map.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
            list.push(entry);
        }
    }
    Value::Object(map)
}

/// One object with a key per transport becomes one binding per transport.
fn lift_service(service: &Map<String, Value>) -> Vec<Value> {
    let transports = service.iter().filter_map(|(key, binding)| Some((key, binding.as_object()?)));
    let known = transports.filter(|(key, _)| matches!(key.as_str(), "rest" | "mcp" | "a2a" | "embedded"));
    let bindings = known.map(|(transport, binding)| {
        let mut lifted = binding.clone();
        lifted.insert("transport".to_owned(), Value::String(transport.clone()));
        for shared in ["version", "spec"] {
            if let Some(value) = service.get(shared) {
                lifted.entry(shared).or_insert_with(|| value.clone());
            }
        }
        Value::Object(lifted)
    });
    bindings.collect()
}

/// What was shown of a card stood beside its id; today it stands under `display`.
fn lift_instrument(instrument: &mut Map<String, Value>, selected: Option<&Value>) {
    if let Some(selected) = selected {
        let is_selected = instrument.get("id") == Some(selected);
        instrument.insert("selected".to_owned(), Value::Bool(is_selected));
    }
    let mut display = Map::new();
    for (older, current) in DISPLAY {
        if let Some(value) = instrument.remove(older) {
            display.insert(current.to_owned(), value);
        }
    }
    if !display.is_empty() && !instrument.contains_key("display") {
        instrument.insert("display".to_owned(), Value::Object(display));
    }
}

/// The older name of each displayed field, and today's.
pub(super) const DISPLAY: [(&str, &str); 6] = [
    ("brand", "brand"),
    ("last_digits", "last_digits"),
    ("expiry_month", "expiry_month"),
    ("expiry_year", "expiry_year"),
    ("rich_text_description", "description"),
    ("rich_card_art", "card_art"),
];

/// One positive `amount` becomes signed `totals`.
fn lift_adjustment(adjustment: &mut Map<String, Value>) {
    let kind = adjustment.get("type").and_then(Value::as_str).unwrap_or_default();
    let takes_away = TAKES_AWAY.contains(&kind);
    let signed = |value: &Value| match value.as_i64() {
        Some(count) if takes_away && count > 0 => Value::from(-count),
        _ => value.clone(),
    };
    for line in adjustment.get_mut("line_items").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(quantity) = line.get_mut("quantity") {
            *quantity = signed(quantity);
        }
    }
    if let Some(amount) = adjustment.remove("amount")
        && !adjustment.contains_key("totals")
    {
        let amount = signed(&amount);
        let total =
            Map::from_iter([("type".to_owned(), Value::from("total")), ("amount".to_owned(), amount)]);
        adjustment.insert("totals".to_owned(), Value::Array(vec![Value::Object(total)]));
    }
}
