//! A plain shop of UCP 2026-01-11: the same books behind that version's wire, and nothing of Nightmarket's.
//!
//! Written from that version's pages and schemas. It has no catalogue, no cart, and no order to be read: orders go out
//! by webhook. Capabilities are a list, handlers stand under `payment`, discounts are positive, a completion carries
//! `payment_data`, and whatever is refused is `status` and `messages` (checkout-rest, Error Responses).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::profile::{Agreement, Platform};
use super::{Answer, Call, Shop, payment};
use crate::env::Env;
use crate::http::Response;

/// The one version it speaks.
pub const VERSION: &str = "2026-01-11";

/// Its capabilities: name, what it extends.
const CAPABILITIES: [(&str, Option<&str>); 5] = [
    (super::checkout::ROOT, None),
    ("dev.ucp.shopping.order", None),
    ("dev.ucp.shopping.fulfillment", Some(super::checkout::ROOT)),
    ("dev.ucp.shopping.discount", Some(super::checkout::ROOT)),
    ("dev.ucp.shopping.buyer_consent", Some(super::checkout::ROOT)),
];

/// What a card shows, beside its id (`card_payment_instrument`).
const SHOWN: [&str; 6] =
    ["brand", "last_digits", "expiry_month", "expiry_year", "rich_text_description", "rich_card_art"];

/// Kinds of totals (`total`): all count upwards, also discounts.
const TOTALS: [&str; 7] = ["items_discount", "subtotal", "discount", "fulfillment", "tax", "fee", "total"];

fn capability(name: &str, extends: Option<&str>) -> Value {
    let page = name.rsplit('.').next().unwrap_or(name);
    let mut entry = json!({
        "name": name, "version": VERSION,
        "spec": format!("https://ucp.dev/specification/{}", page.replace('_', "-")),
        "schema": format!("https://ucp.dev/schemas/shopping/{page}.json"),
    });
    if let Some(parent) = extends {
        entry["extends"] = parent.into();
    }
    entry
}

/// A platform profile of that version with every capability of such a shop.
pub fn platform_profile() -> Value {
    let capabilities: Vec<Value> =
        CAPABILITIES.iter().map(|(name, extends)| capability(name, *extends)).collect();
    json!({ "ucp": { "version": VERSION, "capabilities": capabilities }, "payment": { "handlers": [] } })
}

/// The capabilities of a platform's profile: each needs name, version, `spec` and `schema` (capability, discovery), the
/// last two of the name's authority (overview, Spec URL Binding). None if one of them has not.
pub(super) fn read_capabilities(list: &[Value]) -> Option<BTreeMap<String, Vec<String>>> {
    let mut read: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in list {
        let (name, version) = (entry["name"].as_str()?, entry["version"].as_str()?);
        let mut parts = name.split('.');
        let authority = format!("{1}.{0}", parts.next()?, parts.next()?);
        for url in [entry["spec"].as_str()?, entry["schema"].as_str()?] {
            let host = url.strip_prefix("https://")?.split('/').next()?;
            if host != authority && !host.ends_with(&format!(".{authority}")) {
                return None;
            }
        }
        read.entry(name.to_owned()).or_default().push(version.to_owned());
    }
    Some(read)
}

impl Shop {
    /// `/.well-known/ucp` as that version has it.
    pub(super) fn older_profile(&self) -> Value {
        let capabilities: Vec<Value> =
            CAPABILITIES.iter().map(|(name, extends)| capability(name, *extends)).collect();
        json!({
            "ucp": {
                "version": VERSION,
                "services": { "dev.ucp.shopping": {
                    "version": VERSION,
                    "spec": "https://ucp.dev/specification/overview",
                    "rest": {
                        "schema": "https://ucp.dev/services/shopping/rest.openapi.json",
                        "endpoint": format!("{}/ucp", self.config.base_url),
                    },
                } },
                "capabilities": capabilities,
            },
            "payment": { "handlers": handlers(&payment::handlers(true)) },
            "signing_keys": [self.key.jwk()],
        })
    }

    /// A platform of this version or an older one is served, a newer one is not (overview, Version Negotiation); the
    /// same goes for each capability. What extends nothing in common falls away.
    pub(super) fn older_agreement(&self, url: &str, platform: &Platform) -> Result<Agreement, Response> {
        if platform.version.as_str() > VERSION {
            let said = format!(
                "Version {} is not supported. This business implements version {VERSION}.",
                platform.version
            );
            return Err(self.refuse(400, "version_unsupported", &said));
        }
        let named = |name: &str| {
            let versions = platform.capabilities.get(name);
            versions.is_some_and(|versions| versions.iter().any(|version| version.as_str() <= VERSION))
        };
        let both = CAPABILITIES.iter().filter(|(name, extends)| named(name) && extends.is_none_or(named));
        let capabilities: BTreeSet<String> = both.map(|(name, _)| (*name).to_owned()).collect();
        Ok(Agreement { platform: url.to_owned(), capabilities })
    }

    /// An operation, answered in the shape of today: [`written`] makes it that version's.
    pub(super) fn older_ucp(&mut self, env: &mut Env, call: &Call) -> Answer {
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        if path.first() != Some(&"checkout-sessions") {
            return Err(Response::error(404, "not_found", "this shop has no such operation"));
        }
        let body = read(call, &path).map_err(|said| Response::error(400, "invalid_request", &said))?;
        let read = Call {
            method: call.method.clone(),
            path: call.path.clone(),
            query: call.query.clone(),
            body,
            agreement: call.agreement.clone(),
            shopper: call.shopper.clone(),
            scopes: call.scopes.clone(),
            key: call.key.clone(),
            language: call.language.clone(),
        };
        self.ucp(env, &read)
    }
}

/// The body in the shape of today; in words what a schema of that version misses in it.
fn read(call: &Call, path: &[&str]) -> Result<Value, String> {
    let mut body = call.body.clone();
    match (call.method.as_str(), path) {
        ("POST", [_]) => required(&body, &["line_items", "currency", "payment"])?,
        ("PUT", [_, _]) => {
            required(&body, &["id", "line_items", "currency", "payment"])?;
            for method in body["fulfillment"]["methods"].as_array().into_iter().flatten() {
                let known = method["id"].is_string() && method["line_item_ids"].is_array();
                // The page on checkout gives the first address without an id.
                if !known && !method["type"].is_string() {
                    return Err("a fulfillment method is named by id and line_item_ids".to_owned());
                }
                if method["groups"].as_array().into_iter().flatten().any(|group| !group["id"].is_string()) {
                    return Err("a fulfillment group is named by its id".to_owned());
                }
            }
        }
        ("POST", [_, _, "complete"]) => {
            required(&body, &["payment_data"])?;
            body = json!({ "payment": { "instruments": [instrument(&body["payment_data"])?] } });
        }
        _ => {}
    }
    if let Some(body) = body.as_object_mut() {
        // It knows no such fields.
        body.retain(|name, _| {
            name != "context" && name != "cart_id" && !name.starts_with("app.nightmarket.")
        });
    }
    Ok(body)
}

fn required(body: &Value, fields: &[&str]) -> Result<(), String> {
    match fields.iter().find(|field| body[**field].is_null()) {
        None => Ok(()),
        Some(field) => Err(format!("{field} is required")),
    }
}

/// A card (`payment_instrument` has no other kind), or the wallet of a handler with a schema of its own; with a token.
fn instrument(data: &Value) -> Result<Value, String> {
    required(data, &["id", "handler_id", "type", "credential"])?;
    required(&data["credential"], &["type", "token"])?;
    if data["type"] == "card" {
        required(data, &["brand", "last_digits"])?;
    }
    let mut out = data.clone();
    let display: Map<String, Value> =
        SHOWN.iter().filter_map(|name| Some(((*name).to_owned(), data.get(*name)?.clone()))).collect();
    out["display"] = Value::Object(display);
    out["selected"] = true.into();
    Ok(out)
}

/// An answer in the shape of that version.
pub(super) fn written(answer: Response) -> Response {
    let body = answer.body_json();
    if !body.is_object() {
        return answer;
    }
    let failed = answer.status >= 400 || body["ucp"]["status"] == "error";
    let (status, body) = if failed { failure(answer.status, &body) } else { (answer.status, session(body)) };
    Response { status, headers: answer.headers, ..Response::json(status, &body) }
}

/// Checkout-rest, Error Responses; its table has neither 422 nor 424.
fn failure(status: u16, body: &Value) -> (u16, Value) {
    let messages = match body["messages"].as_array() {
        Some(messages) => messages.iter().map(message).collect(),
        None => vec![json!({
            "type": "error", "code": body["code"], "content": body["content"], "severity": "requires_buyer_input",
        })],
    };
    let status = match status {
        200 if messages.iter().any(|message| message["code"] == "not_found") => 404,
        200 | 422 | 424 => 400,
        other => other,
    };
    (status, json!({ "status": "requires_escalation", "messages": messages }))
}

fn session(mut body: Value) -> Value {
    let ucp = body["ucp"].take();
    let names = ucp["capabilities"].as_object().into_iter().flatten().map(|(name, _)| name);
    let capabilities: Vec<Value> = names.map(|name| json!({ "name": name, "version": VERSION })).collect();
    body["ucp"] = json!({ "version": VERSION, "capabilities": capabilities });
    body["payment"]["handlers"] = handlers(&ucp["payment_handlers"]);
    for instrument in body["payment"]["instruments"].as_array_mut().into_iter().flatten() {
        show(instrument);
    }
    if let Some(id) = body["payment"]["instruments"][0]["id"].as_str() {
        body["payment"]["selected_instrument_id"] = id.to_owned().into();
    }
    body["totals"] = totals(&body["totals"]);
    for line in body["line_items"].as_array_mut().into_iter().flatten() {
        line["totals"] = totals(&line["totals"]);
    }
    body["messages"] = body["messages"].as_array().into_iter().flatten().map(message).collect();
    let over = body["status"] == "completed" || body["status"] == "canceled";
    if let Some(body) = body.as_object_mut() {
        body.retain(|name, _| {
            name != "context" && !name.starts_with("app.nightmarket.") && !(over && name == "continue_url")
        });
    }
    body
}

/// `payment.handlers` (`payment_handler`): every field of an entry is required.
fn handlers(registry: &Value) -> Value {
    let mut list = Vec::new();
    for (name, entries) in registry.as_object().into_iter().flatten() {
        for entry in entries.as_array().into_iter().flatten() {
            let card = entry["available_instruments"][0]["type"] == "card";
            let schema = if card {
                json!("https://ucp.dev/schemas/shopping/types/card_payment_instrument.json")
            } else {
                json!(format!("{}/instrument.json", entry["spec"].as_str().unwrap_or_default()))
            };
            list.push(json!({
                "id": entry["id"], "name": name, "version": VERSION, "spec": entry["spec"],
                "config_schema": entry["schema"], "instrument_schemas": [schema], "config": entry["config"],
            }));
        }
    }
    Value::Array(list)
}

/// What is shown of an instrument stands beside its id.
fn show(instrument: &mut Value) {
    let Some(fields) = instrument.as_object_mut() else { return };
    fields.remove("selected");
    if let Some(Value::Object(display)) = fields.remove("display") {
        fields.extend(display);
    }
}

fn totals(totals: &Value) -> Value {
    let known = totals.as_array().into_iter().flatten().filter(|total| {
        total["type"].as_str().is_some_and(|kind| TOTALS.contains(&kind)) && total["amount"].is_i64()
    });
    let out = known.map(|total| {
        let mut out = json!({ "type": total["type"], "amount": total["amount"].as_i64().unwrap_or(0).abs() });
        if total["display_text"].is_string() {
            out["display_text"] = total["display_text"].clone();
        }
        out
    });
    Value::Array(out.collect())
}

/// Messages have no presentation yet, and no error is `unrecoverable`: the buyer is led to the shop.
fn message(message: &Value) -> Value {
    let mut out = message.clone();
    if let Some(fields) = out.as_object_mut() {
        fields.retain(|name, _| {
            matches!(name.as_str(), "type" | "code" | "path" | "content" | "content_type" | "severity")
        });
    }
    if out["severity"] == "unrecoverable" {
        out["severity"] = "requires_buyer_input".into();
    }
    out
}
