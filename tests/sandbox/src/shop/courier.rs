//! The courier: slots, and the way to the door and back, driven by the clock or by a script.

use serde_json::{Value, json};

use super::Shop;
use super::returns::{Return, Slot};
use crate::env::{Env, rfc3339};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// What a script (or a person on the courier's page) makes happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CourierStep {
    /// Whatever comes next on the usual way.
    Next,
    /// Nobody opened: new slots.
    CustomerNoShow,
    /// The courier did not come: new slots, a day more, nothing to pay.
    CourierNoShow,
    /// Turned away at the door: no refund.
    Refused,
    /// Lost after it was handed over: the money comes all the same.
    Lost,
    /// The shopper brings it to a counter instead.
    DropOff,
    /// Keep it: the money comes, the courier does not.
    KeepItem,
}

/// Three slots of two hours each, the first from one to two hours ahead.
pub(super) fn slots_for(return_id: &str, now_ms: i64) -> Vec<Slot> {
    let next_hour = now_ms - now_ms.rem_euclid(HOUR) + 2 * HOUR;
    [0, 3, 24]
        .iter()
        .map(|&hours| {
            let from_ms = next_hour + hours * HOUR;
            Slot { id: format!("slot_{return_id}_{}", from_ms / HOUR), from_ms, to_ms: from_ms + 2 * HOUR }
        })
        .collect()
}

/// A courier is found half an hour before the slot.
pub(super) fn assigned_at(slot: &Slot, now_ms: i64) -> i64 {
    (slot.from_ms - 30 * MINUTE).max(now_ms)
}

impl Shop {
    /// The step that is due.
    pub(super) fn courier_due(&mut self, env: &mut Env, id: &str, due_ms: i64) {
        let pickup = self.returns[id].pickup;
        let from_ms = self.returns[id].slot.as_ref().map_or(due_ms, |slot| slot.from_ms);
        match pickup {
            "booked" => self.change_return(env, id, |back, _| {
                let number = back.id.bytes().map(u32::from).sum::<u32>() % 90 + 10;
                back.pickup = "courier_assigned";
                back.courier = Some((format!("Courier {number}"), from_ms + 5 * MINUTE));
                back.due_ms = Some((from_ms - 10 * MINUTE).max(due_ms + MINUTE));
            }),
            "courier_assigned" => self.change_return(env, id, |back, _| {
                back.pickup = "en_route";
                back.due_ms = Some((from_ms + 5 * MINUTE).max(due_ms + MINUTE));
            }),
            "en_route" => self.change_return(env, id, |back, _| {
                back.pickup = "arrived";
                back.due_ms = Some(due_ms + 5 * MINUTE);
            }),
            "arrived" => self.hand_over(env, id, due_ms),
            "handed_over" | "drop_off" => self.change_return(env, id, |back, _| {
                back.pickup = "in_transit";
                back.due_ms = Some(due_ms + 2 * HOUR);
            }),
            "in_transit" => self.change_return(env, id, |back, _| {
                back.pickup = "received";
                back.due_ms = Some(due_ms + 10 * MINUTE);
            }),
            "received" => {
                self.change_return(env, id, |back, _| back.pickup = "inspected");
                self.put_back(id);
                self.refund(env, id);
            }
            // No show: nothing happens until somebody books, or time is up.
            _ => self.change_return(env, id, |back, _| back.due_ms = None),
        }
    }

    /// Custody passes, once; the money is promised at the door.
    fn hand_over(&mut self, env: &mut Env, id: &str, at_ms: i64) {
        let receipt_id = env.ids.id("rcp");
        self.change_return(env, id, |back, _| {
            back.pickup = "handed_over";
            back.receipt = Some(receipt(back, &receipt_id, at_ms));
            back.money = "provisional";
            back.due_ms = Some(at_ms + 10 * MINUTE);
        });
    }

    /// What came back whole goes on the shelf.
    fn put_back(&mut self, id: &str) {
        let back = &self.returns[id];
        let whole = back.lines.iter().filter(|line| line.reason == "changed_mind");
        for taken in whole {
            let line = self.orders.get(&back.order_id).and_then(|order| {
                order.lines.iter().find(|line| line.id == taken.id && line.box_id.is_none())
            });
            if let Some(left) =
                line.and_then(|line| line.item["id"].as_str()).and_then(|item| self.stock.get_mut(item))
            {
                *left += taken.quantity;
            }
        }
    }

    /// Makes a step happen now. False if it cannot follow from where the pickup is.
    pub fn courier(&mut self, env: &mut Env, return_id: &str, step: CourierStep) -> bool {
        let Some(back) = self.returns.get(return_id).filter(|back| back.request == "approved" && back.goods)
        else {
            return false;
        };
        let before = !back.custody_passed();
        let coming = matches!(back.pickup, "booked" | "courier_assigned" | "en_route" | "arrived");
        let back = back.clone();
        match step {
            CourierStep::Next if coming || back.custody_passed() => {
                self.courier_due(env, return_id, env.now_ms);
            }
            CourierStep::CustomerNoShow if coming => self.no_show(env, return_id, "customer_no_show", 0),
            CourierStep::CourierNoShow if coming => {
                self.no_show(env, return_id, "courier_no_show", 24 * HOUR);
            }
            CourierStep::Refused if back.pickup == "arrived" => {
                self.change_return(env, return_id, |back, _| {
                    back.pickup = "refused";
                    back.request = "declined";
                    back.why = Some("the courier could not take it".into());
                    back.money = "none";
                    back.last = true;
                    back.due_ms = None;
                });
                self.release_units(&back);
            }
            CourierStep::Lost if !before && back.pickup != "inspected" => {
                self.change_return(env, return_id, |back, _| back.pickup = "lost");
                self.refund(env, return_id);
            }
            CourierStep::DropOff if before => {
                let receipt_id = env.ids.id("rcp");
                self.change_return(env, return_id, |back, env| {
                    back.pickup = "drop_off";
                    back.receipt = Some(receipt(back, &receipt_id, env.now_ms));
                    back.money = "provisional";
                    back.due_ms = Some(env.now_ms + 10 * MINUTE);
                });
            }
            CourierStep::KeepItem if before => {
                self.change_return(env, return_id, |back, _| back.pickup = "keep_item");
                self.refund(env, return_id);
            }
            _ => return false,
        }
        true
    }

    fn no_show(&mut self, env: &mut Env, id: &str, state: &'static str, more_ms: i64) {
        self.change_return(env, id, |back, env| {
            back.pickup = state;
            back.slots = slots_for(&back.id, env.now_ms);
            back.slot = None;
            back.courier = None;
            back.deadline_ms += more_ms;
            back.due_ms = None;
        });
    }
}

fn receipt(back: &Return, id: &str, at_ms: i64) -> Value {
    let items: Vec<Value> =
        back.lines.iter().map(|line| json!({ "line_id": line.id, "quantity": line.quantity })).collect();
    json!({ "id": id, "at": rfc3339(at_ms), "items": items })
}
