//! Push: where closed apps are reached, and what a relay to FCM and APNs would have sent them.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::{Value, json};

use super::people::done;
use super::{Caller, Venue, is_uuid};
use crate::http::{Request, Response};

/// Messages that are kept for tests to read; the oldest go.
const KEPT: usize = 1_000;

/// Where one device is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Registration {
    token: String,
    platform: String,
}

#[derive(Deserialize)]
struct PushBody {
    device: String,
    token: Option<String>,
    platform: Option<String>,
}

/// What would have been sent.
#[derive(Debug, Default)]
pub(super) struct Relay(VecDeque<Value>);

impl super::people::Shopper {
    pub(super) fn push_books(&self) -> Value {
        let entry = |(device, Registration { token, platform }): (&String, &Registration)| json!({ "device": device, "token": token, "platform": platform });
        self.push.iter().map(entry).collect()
    }
}

impl Venue {
    pub(super) fn register_push(&mut self, request: &Request, caller: &Caller) -> Result<Response, Response> {
        let bad = |content: &str| Err(Response::error(400, "invalid_body", content));
        let PushBody { device, token, platform } = request.json()?;
        if !is_uuid(&device) || device != device.to_lowercase() {
            return bad("a device goes by a UUID in lower case");
        }
        let registration = match (token, platform) {
            (None, None) => None,
            (Some(token), Some(platform)) => {
                if !matches!(platform.as_str(), "apns" | "fcm") {
                    return bad("push goes to apns or fcm");
                }
                if !(1..=4_096).contains(&token.chars().count()) {
                    return bad("a token has 1 to 4096 characters");
                }
                Some((caller.signed_in()?.to_owned(), Registration { token, platform }))
            }
            _ => return bad("token and platform come together"),
        };
        let token = registration.as_ref().map(|(_, registration)| &registration.token);
        for shopper in self.people.shoppers.values_mut() {
            shopper.push.retain(|known, kept| *known != device && Some(&kept.token) != token);
        }
        if let Some((shopper, registration)) = registration {
            self.people.of(&shopper).push.insert(device, registration);
        }
        Ok(done())
    }

    /// Tells every device of a shopper to look at something; how many there are.
    pub fn push(&mut self, shopper: &str, hint: &Value) -> usize {
        let Some(known) = self.people.shoppers.get(shopper) else { return 0 };
        for (device, Registration { token, platform }) in &known.push {
            let text = json!({ "device": device, "hint": hint }).to_string();
            let message = match platform.as_str() {
                "apns" => json!({ "aps": { "content-available": 1 }, "nightmarket": text }),
                _ => json!({ "message": { "token": token, "data": { "nightmarket": text } } }),
            };
            self.relay.0.push_back(json!({
                "shopper": shopper, "platform": platform, "token": token, "message": message, "payload": text,
            }));
        }
        let over = self.relay.0.len().saturating_sub(KEPT);
        self.relay.0.drain(..over);
        known.push.len()
    }

    /// What is said on a shopper's own channel reaches their closed apps as a hint, where there is one for it.
    pub(super) fn push_event(&mut self, shopper: &str, event: &Value) {
        let hint = match event.as_object().and_then(|event| event.iter().next()) {
            Some((kind, said)) if kind == "order" => {
                json!({ "order": { "shop": said["shop"], "order_id": said["order_id"] } })
            }
            Some((kind, said)) if kind == "return" => {
                json!({ "return": { "shop": said["shop"], "return_id": said["return_id"] } })
            }
            Some((kind, said)) if kind == "reminder" => json!({ "reminder": { "drop_id": said["drop_id"] } }),
            Some((kind, said)) if kind == "offer" => json!({ "offer": { "room_id": said["room"] } }),
            _ => return,
        };
        self.push(shopper, &hint);
    }

    /// A host went on air: followers are told.
    pub(super) fn push_live(&mut self, host_id: &str, room_id: &str) {
        let follows = |shopper: &super::people::Shopper| shopper.follows.contains(host_id);
        let followers: Vec<String> = self
            .people
            .shoppers
            .iter()
            .filter(|(_, shopper)| follows(shopper))
            .map(|(id, _)| id.clone())
            .collect();
        for shopper in followers {
            self.push(&shopper, &json!({ "live": { "room_id": room_id } }));
        }
    }

    pub(super) fn push_books(&self) -> Value {
        self.relay.0.iter().cloned().collect()
    }
}
