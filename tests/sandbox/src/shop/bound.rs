//! The digest that a completion is bound to, by the contract: SHA-256 over the RFC 8785 form of the quote.

use std::fmt::Write as _;

use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

/// A JSON value in its canonical form (RFC 8785), for values without fractions.
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value);
    out
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => {
            write!(out, "{number}").expect("writing to a string cannot fail");
        }
        Value::String(text) => write_text(out, text),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_value(out, item);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_by(|left, right| left.encode_utf16().cmp(right.encode_utf16()));
            out.push('{');
            for (at, name) in names.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_text(out, name);
                out.push(':');
                write_value(out, &members[name]);
            }
            out.push('}');
        }
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for each in text.chars() {
        match each {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if u32::from(control) < 0x20 => {
                write!(out, "\\u{:04x}", u32::from(control)).expect("writing to a string cannot fail");
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// `quote_digest` of a checkout as the shop serves it, paid with that instrument.
pub fn quote_digest(shop: &str, checkout: &Value, handler: &str, instrument: &str) -> String {
    let quote = json!({
        "v": 1,
        "shop": shop,
        "checkout_id": checkout["id"],
        "currency": checkout["currency"],
        "lines": list(&checkout["line_items"], |line| json!({
            "id": line["id"],
            "item": line["item"]["id"],
            "quantity": line["quantity"],
            "totals": list(&line["totals"], |total| json!({ "type": total["type"], "amount": total["amount"] })),
        })),
        "totals": list(&checkout["totals"], |total| {
            let mut out = json!({ "type": total["type"], "amount": total["amount"] });
            if total["display_text"].is_string() {
                out["display_text"] = total["display_text"].clone();
            }
            out
        }),
        "destination": destination(&checkout["fulfillment"]["methods"]),
        "delivery": delivery(&checkout["fulfillment"]["methods"]),
        "handler": handler,
        "instrument": instrument,
    });
    hex(digest(&SHA256, canonical(&quote).as_bytes()).as_ref())
}

fn list(value: &Value, each: impl Fn(&Value) -> Value) -> Value {
    value.as_array().map_or_else(|| json!([]), |items| items.iter().map(each).collect())
}

fn destination(methods: &Value) -> Value {
    let chosen = |method: &Value| -> Value {
        let id = &method["selected_destination_id"];
        let found = method["destinations"]
            .as_array()
            .and_then(|all| all.iter().find(|each| id.is_string() && each["id"] == *id))
            .and_then(Value::as_object);
        match found {
            None => Value::Null,
            Some(members) => Value::Object(
                members
                    .iter()
                    .filter(|(name, value)| name.as_str() != "id" && !value.is_null())
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect::<Map<String, Value>>(),
            ),
        }
    };
    match methods.as_array().map(Vec::as_slice).unwrap_or_default() {
        [] => Value::Null,
        [one] => chosen(one),
        several => several.iter().map(chosen).collect(),
    }
}

fn delivery(methods: &Value) -> Value {
    let options: Vec<&str> = methods
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|method| method["groups"].as_array().into_iter().flatten())
        .filter_map(|group| group["selected_option_id"].as_str())
        .collect();
    if options.is_empty() { Value::Null } else { options.join(",").into() }
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        write!(out, "{byte:02x}").expect("writing to a string cannot fail");
        out
    })
}
