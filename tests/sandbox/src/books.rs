//! What a shop's accountant would know, for tests to judge by: nothing here answers a client.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A checkout that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Create {
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// The session.
    pub checkout_id: String,
    /// None for a guest.
    pub shopper: Option<String>,
    /// What is in it.
    pub items: Vec<String>,
}

/// A completion that ran; replays of an idempotency key do not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// The session.
    pub checkout_id: String,
    /// The key it came with.
    pub key: Option<String>,
    /// `placed`, `declined`, `escalated`, `in_progress`, `not_ready`, `conflict`, …
    pub outcome: String,
}

/// Money that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Its id.
    pub id: String,
    /// The session it paid.
    pub checkout_id: String,
    /// The order it paid.
    pub order_id: String,
    /// The key of the completion.
    pub key: Option<String>,
    /// The instrument's id.
    pub instrument: String,
    /// Minor units.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// None for a guest.
    pub shopper: Option<String>,
}

/// An order that was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Its id.
    pub order_id: String,
    /// The session it came from.
    pub checkout_id: String,
    /// None for a guest.
    pub shopper: Option<String>,
    /// Item ids with units.
    pub items: Vec<(String, i64)>,
    /// Minor units.
    pub total: i64,
}

/// A session whose consent changed: what the buyer's platform says now, all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consented {
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// The session.
    pub checkout_id: String,
    /// None for a guest.
    pub shopper: Option<String>,
    /// Purpose to answer; what is not in it was not answered.
    pub consent: BTreeMap<String, bool>,
}

/// A message to the buyer (UCP wants a confirmation after completion).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// `confirmation`, `cancellation`, …
    pub kind: String,
    /// What it is about.
    pub about: String,
}

/// Stock and money kept for a completion in progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// The session.
    pub checkout_id: String,
    /// Minor units.
    pub amount: i64,
    /// Has it ended?
    pub released: bool,
}

/// An order that was undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// The order.
    pub order_id: String,
}

/// Money that was given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// The order.
    pub order_id: String,
    /// The return, unless it was a cancellation.
    pub return_id: Option<String>,
    /// Minor units.
    pub amount: i64,
}

/// A step of a courier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pickup {
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// The return.
    pub return_id: String,
    /// State of the pickup machine.
    pub state: String,
    /// Was it handed over as it is?
    pub unpacked: bool,
}

/// A return that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Its id.
    pub return_id: String,
    /// The order.
    pub order_id: String,
    /// Line ids with units.
    pub lines: Vec<(String, i64)>,
}

/// An offer that was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Its id.
    pub jti: String,
    /// To whom.
    pub shopper: String,
    /// What.
    pub item: String,
    /// Minor units.
    pub price: i64,
    /// The order that used it.
    pub order_id: Option<String>,
}

/// A box in the host's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// When it was asked for, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Its id.
    pub opening_id: String,
    /// The order.
    pub order_id: String,
    /// What was in it, once opened.
    pub content: Option<String>,
}

/// A digital draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// When it was committed to, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Its id.
    pub draw_id: String,
    /// The order.
    pub order_id: String,
    /// Its number in the series.
    pub nonce: u64,
    /// Outcome, once revealed.
    pub outcome: Option<String>,
}

/// All of it, each list in the order things happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    /// Whose books.
    pub shop: String,
    /// Sessions made.
    pub creates: Vec<Create>,
    /// Consents told, and taken back.
    #[serde(default)]
    pub consents: Vec<Consented>,
    /// Completions that ran.
    pub attempts: Vec<Attempt>,
    /// Money taken.
    pub charges: Vec<Charge>,
    /// Orders placed.
    pub orders: Vec<Placed>,
    /// Messages sent.
    pub messages: Vec<Sent>,
    /// Holds for completions in progress.
    pub holds: Vec<Hold>,
    /// Orders undone.
    pub cancellations: Vec<Cancellation>,
    /// Money given back.
    pub refunds: Vec<Refund>,
    /// Returns asked for.
    pub returns: Vec<Asked>,
    /// Steps of couriers.
    pub pickups: Vec<Pickup>,
    /// Offers signed.
    pub offers: Vec<Offered>,
    /// Boxes queued for the air.
    pub openings: Vec<Opened>,
    /// Digital draws.
    pub draws: Vec<Drawn>,
}

impl Books {
    /// What must never be in them: each entry is a sentence.
    pub fn wrongs(&self) -> Vec<String> {
        let mut out = Vec::new();
        let mut paid: BTreeMap<&str, i64> = BTreeMap::new();
        let mut seen = BTreeMap::new();
        for charge in &self.charges {
            *paid.entry(&charge.order_id).or_default() += charge.amount;
            for (what, id) in [("checkout", Some(&charge.checkout_id)), ("key", charge.key.as_ref())] {
                let count: &mut u32 = seen.entry((what, id)).or_default();
                *count += u32::from(id.is_some());
                if *count == 2 {
                    out.push(format!("two charges for {what} {}", id.map_or("", String::as_str)));
                }
            }
        }
        for order in &self.orders {
            if paid.get(order.order_id.as_str()) != Some(&order.total) {
                out.push(format!("order {} was not charged exactly its total", order.order_id));
            }
        }
        let mut back: BTreeMap<&str, i64> = BTreeMap::new();
        for refund in &self.refunds {
            *back.entry(&refund.order_id).or_default() += refund.amount;
        }
        for (order, amount) in back {
            if amount > paid.get(order).copied().unwrap_or(0) {
                out.push(format!("order {order} got back more than was paid"));
            }
        }
        out
    }

    pub(crate) fn create(&mut self, at_ms: i64, checkout: &str, shopper: Option<&str>, items: &[&str]) {
        self.creates.push(Create {
            at_ms,
            checkout_id: checkout.to_owned(),
            shopper: shopper.map(str::to_owned),
            items: items.iter().map(|&item| item.to_owned()).collect(),
        });
    }

    /// Written down if it differs from what the session said before.
    pub(crate) fn consent(
        &mut self,
        at_ms: i64,
        checkout: &str,
        shopper: Option<&str>,
        consent: &BTreeMap<String, bool>,
    ) {
        let before = self.consents.iter().rev().find(|said| said.checkout_id == checkout);
        if before.map_or(consent.is_empty(), |said| said.consent == *consent) {
            return;
        }
        self.consents.push(Consented {
            at_ms,
            checkout_id: checkout.to_owned(),
            shopper: shopper.map(str::to_owned),
            consent: consent.clone(),
        });
    }

    pub(crate) fn attempt(&mut self, at_ms: i64, checkout: &str, key: Option<&str>, outcome: &str) {
        self.attempts.push(Attempt {
            at_ms,
            checkout_id: checkout.to_owned(),
            key: key.map(str::to_owned),
            outcome: outcome.to_owned(),
        });
    }

    pub(crate) fn hold(&mut self, at_ms: i64, checkout: &str, amount: i64) {
        self.holds.push(Hold { at_ms, checkout_id: checkout.to_owned(), amount, released: false });
    }

    pub(crate) fn release_hold(&mut self, checkout: &str) {
        for hold in self.holds.iter_mut().filter(|hold| hold.checkout_id == checkout) {
            hold.released = true;
        }
    }

    pub(crate) fn sent(&mut self, at_ms: i64, kind: &str, about: &str) {
        self.messages.push(Sent { at_ms, kind: kind.to_owned(), about: about.to_owned() });
    }

    pub(crate) fn refund(&mut self, at_ms: i64, order: &str, return_id: Option<&str>, amount: i64) {
        self.refunds.push(Refund {
            at_ms,
            order_id: order.to_owned(),
            return_id: return_id.map(str::to_owned),
            amount,
        });
    }

    pub(crate) fn offer(&mut self, at_ms: i64, jti: &str, shopper: &str, item: &str, price: i64) {
        self.offers.push(Offered {
            at_ms,
            jti: jti.to_owned(),
            shopper: shopper.to_owned(),
            item: item.to_owned(),
            price,
            order_id: None,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(order: &str, checkout: &str, key: &str, amount: i64) -> Charge {
        Charge {
            at_ms: 0,
            id: "chg".into(),
            checkout_id: checkout.into(),
            order_id: order.into(),
            key: Some(key.into()),
            instrument: "i".into(),
            amount,
            currency: "CNY".into(),
            shopper: None,
        }
    }

    #[test]
    fn two_charges_for_one_intent_are_seen() {
        let mut books = Books::default();
        books.charges.push(charge("o1", "c1", "k1", 100));
        assert!(books.wrongs().is_empty());
        books.charges.push(charge("o2", "c1", "k2", 100));
        assert_eq!(books.wrongs(), ["two charges for checkout c1"]);
        books.refund(0, "o1", None, 101);
        assert_eq!(books.wrongs().len(), 2);
    }
}
