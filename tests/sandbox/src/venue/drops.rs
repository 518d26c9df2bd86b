//! Drops: announced, moved, opened, closed; and the shoppers who want to be told.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::evening::{DROPS, DropPlan, MINUTE_MS, host_of_room};
use super::feed::host_json;
use super::words::{Card, text, time};
use super::{Caller, Venue, VenueConfig};
use crate::env::Env;
use crate::http::{Request, Response};

/// How long before the opening a reminder fires.
const LEAD_MS: i64 = 5 * MINUTE_MS;

/// One drop.
pub struct Drop {
    pub(super) plan: &'static DropPlan,
    opens_ms: i64,
    early_ms: Option<i64>,
    closes_ms: i64,
    pub(super) status: String,
    products: Vec<Card>,
    /// Who wants to be told, and of what they were told already.
    reminders: BTreeMap<String, Told>,
}

#[derive(Debug, Default)]
struct Told {
    due: bool,
    early: bool,
}

pub(super) fn of_the_evening(config: &VenueConfig) -> Vec<Drop> {
    DROPS
        .iter()
        .map(|plan| {
            let opens_ms = config.start_ms + plan.opens * MINUTE_MS;
            let wares = config.wares.get(plan.key).map_or(&[][..], Vec::as_slice);
            Drop {
                plan,
                opens_ms,
                early_ms: plan.early.map(|early| config.start_ms + early * MINUTE_MS),
                closes_ms: opens_ms + plan.lasts * MINUTE_MS,
                status: "announced".to_owned(),
                products: wares
                    .iter()
                    .filter(|card| plan.items.contains(&card.item.as_str()))
                    .cloned()
                    .collect(),
                reminders: BTreeMap::new(),
            }
        })
        .collect()
}

impl Drop {
    /// When that reminder fires: before the time from which the shopper may buy.
    fn fires_ms(&self, member: bool) -> i64 {
        self.early_for(member).unwrap_or(self.opens_ms) - LEAD_MS
    }

    fn early_for(&self, member: bool) -> Option<i64> {
        self.early_ms.filter(|_| member)
    }
}

#[derive(Deserialize)]
struct RemindBody {
    wanted: bool,
}

impl Venue {
    pub(super) fn drops_page(&self, env: &Env) -> Response {
        let drops: Vec<Value> = self.drops.iter().map(|drop| self.drop_json(drop)).collect();
        Response::json(200, &json!({ "now": time(env.now_ms), "drops": drops }))
    }

    fn drop_json(&self, drop: &Drop) -> Value {
        let plan = drop.plan;
        let mut out = json!({
            "id": plan.id,
            "title": text(plan.title),
            "host": host_of_room(plan.key).map(|host| host_json(&self.config, host)),
            "room_id": plan.key,
            "teaser_post_id": format!("post_{}_{}", plan.key, plan.teaser),
            "opens_at": time(drop.opens_ms),
            "products": drop.products.iter().map(Card::to_json).collect::<Vec<_>>(),
            "status": drop.status,
        });
        if let Some(early) = drop.early_ms {
            out["early_opens_at"] = time(early);
        }
        if let Some(group) = plan.group {
            out["group_id"] = json!(group);
        }
        out
    }

    pub(super) fn remind(
        &mut self,
        env: &Env,
        request: &Request,
        caller: &Caller,
        id: &str,
    ) -> Result<Response, Response> {
        let shopper = caller.signed_in()?.to_owned();
        let RemindBody { wanted } = request.json()?;
        let at = self.drops.iter().position(|drop| drop.plan.id == id);
        let at = at.ok_or_else(|| Response::error(404, "not_found", "there is no such drop"))?;
        let member = self.drops[at].plan.group.is_some_and(|group| self.is_member(&shopper, group));
        let drop = &mut self.drops[at];
        let fires_at = if wanted {
            drop.reminders.entry(shopper).or_default();
            time(drop.fires_ms(member).max(env.now_ms))
        } else {
            drop.reminders.remove(&shopper);
            Value::Null
        };
        Ok(Response::json(200, &json!({ "drop_id": id, "wanted": wanted, "fires_at": fires_at })))
    }

    /// Moves a drop; who wants to be told is told, and reminded anew. False if there is none of that id.
    pub fn move_drop(&mut self, id: &str, opens_ms: i64, now_ms: i64) -> bool {
        let Some(drop) = self.drops.iter_mut().find(|drop| drop.plan.id == id) else { return false };
        let by = opens_ms - drop.opens_ms;
        drop.opens_ms = opens_ms;
        drop.early_ms = drop.early_ms.map(|early| early + by);
        drop.closes_ms += by;
        "moved".clone_into(&mut drop.status);
        let mut said = Vec::new();
        for (shopper, told) in &mut drop.reminders {
            *told = Told::default();
            said.push((shopper.clone(), reminder(id, "moved", opens_ms, now_ms)));
        }
        for (shopper, event) in said {
            self.publish(format!("shopper:{shopper}"), event);
        }
        true
    }

    /// Opens or closes what is due and fires reminders.
    pub(super) fn advance_drops(&mut self, now_ms: i64) {
        let mut said = Vec::new();
        for drop in &mut self.drops {
            let status = match now_ms {
                at if at >= drop.closes_ms => "closed",
                at if at >= drop.opens_ms => "open",
                _ => drop.status.as_str(),
            };
            drop.status = status.to_owned();
            let members = drop.plan.group.and_then(|group| self.groups.get(group));
            for (shopper, told) in &mut drop.reminders {
                let channel = format!("shopper:{shopper}");
                let member = members.is_some_and(|group| group.has(shopper));
                let early = drop.early_ms.filter(|_| member);
                let due_ms = early.unwrap_or(drop.opens_ms) - LEAD_MS;
                if !told.due && now_ms >= due_ms && now_ms < drop.closes_ms {
                    told.due = true;
                    said.push((channel.clone(), reminder(drop.plan.id, "due", drop.opens_ms, now_ms)));
                }
                if !told.early && early.is_some_and(|early| now_ms >= early) && now_ms < drop.opens_ms {
                    told.early = true;
                    said.push((channel, reminder(drop.plan.id, "early", drop.opens_ms, now_ms)));
                }
            }
        }
        for (channel, event) in said {
            self.publish(channel, event);
        }
    }

    pub(super) fn next_drop_due(&self) -> Option<i64> {
        self.drops
            .iter()
            .filter(|drop| drop.status != "closed")
            .flat_map(|drop| {
                let change = if drop.status == "open" { drop.closes_ms } else { drop.opens_ms };
                let reminds = drop.reminders.iter().flat_map(|(shopper, told)| {
                    let member = drop.plan.group.is_some_and(|group| self.is_member(shopper, group));
                    let due = (!told.due).then(|| drop.fires_ms(member));
                    let early =
                        (!told.early && drop.status != "open").then(|| drop.early_for(member)).flatten();
                    due.into_iter().chain(early)
                });
                reminds.chain([change]).collect::<Vec<_>>()
            })
            .min()
    }

    /// The variants a drop sells.
    pub fn drop_items(&self, id: &str) -> Vec<String> {
        let drop = self.drops.iter().find(|drop| drop.plan.id == id);
        drop.map(|drop| drop.plan.items.iter().map(|item| (*item).to_owned()).collect()).unwrap_or_default()
    }

    /// Every drop: id, room, when it opens in milliseconds.
    pub fn drop_openings(&self) -> Vec<(&'static str, &'static str, i64)> {
        self.drops.iter().map(|drop| (drop.plan.id, drop.plan.key, drop.opens_ms)).collect()
    }

    pub(super) fn forget_reminders_of(&mut self, shopper: &str) {
        for drop in &mut self.drops {
            drop.reminders.remove(shopper);
        }
    }

    pub(super) fn drops_books(&self) -> Value {
        let drops: serde_json::Map<String, Value> = self
            .drops
            .iter()
            .map(|drop| {
                let reminders: serde_json::Map<String, Value> = drop
                    .reminders
                    .iter()
                    .map(|(shopper, told)| (shopper.clone(), json!({ "due": told.due, "early": told.early })))
                    .collect();
                let entry =
                    json!({ "status": drop.status, "opens_at": time(drop.opens_ms), "reminders": reminders });
                (drop.plan.id.to_owned(), entry)
            })
            .collect();
        Value::Object(drops)
    }
}

fn reminder(drop_id: &str, kind: &str, opens_ms: i64, now_ms: i64) -> Value {
    json!({ "reminder": { "drop_id": drop_id, "kind": kind, "opens_at": time(opens_ms), "at": time(now_ms) } })
}
