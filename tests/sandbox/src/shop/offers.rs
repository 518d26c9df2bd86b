//! Offers: the host's, in chat, for one shopper; signed here, bought at most once.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Call, Shop};
use crate::env::Env;
use crate::http::Response;
use crate::jws;

/// What the host offers, to whom.
#[derive(Debug, Clone, Default)]
pub struct OfferTerms {
    /// The only shopper who may buy it.
    pub shopper: String,
    /// The room it is made in.
    pub room: String,
    /// Programme time of the picture it is about, RFC 3339.
    pub moment: String,
    /// A variant of the catalogue, or the new id of a one-off that is in none.
    pub item: String,
    /// Title; the catalogue's if none is given.
    pub title: Option<String>,
    /// Price in minor units; the catalogue's if none is given.
    pub price: Option<i64>,
    /// Address of a photo; the product's if none is given.
    pub photo: Option<String>,
    /// The serial; the variant's if none is given.
    pub serial: Option<String>,
    /// How long it holds.
    pub ttl_ms: i64,
}

/// An offer that a checkout is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) jti: String,
    pub(super) item: String,
    pub(super) title: String,
    pub(super) price: i64,
    pub(super) photo: Option<String>,
    pub(super) expires_ms: i64,
}

/// Offers made: jti to the order that used it.
#[derive(Default)]
pub(super) struct Offers {
    made: BTreeMap<String, Option<String>>,
}

impl Offers {
    pub(super) fn used(&self, jti: &str) -> bool {
        self.made.get(jti).is_some_and(Option::is_some)
    }

    pub(super) fn use_up(&mut self, jti: &str, order: &str) {
        self.made.insert(jti.to_owned(), Some(order.to_owned()));
    }

    pub(super) fn release(&mut self, jti: &str) {
        self.made.insert(jti.to_owned(), None);
    }
}

impl Shop {
    /// Signs an offer. None if the item is neither known nor described by title and price.
    pub fn offer(&mut self, env: &mut Env, terms: &OfferTerms) -> Option<String> {
        let known = self.config.catalog.variant(&terms.item);
        let title = terms.title.clone().or_else(|| self.title_of(&terms.item, "en"))?;
        let price =
            terms.price.or_else(|| self.price_of(&terms.item, env.now_ms)).filter(|price| *price >= 0)?;
        let photo = terms
            .photo
            .clone()
            .or_else(|| known.map(|(product, _)| self.picture(&product.handle)))
            .unwrap_or_else(|| self.picture(&terms.item));
        let serial = terms.serial.clone().or_else(|| known.and_then(|(_, variant)| variant.serial.clone()));
        let jti = env.ids.id("off");
        let mut claims = json!({
            "iss": self.config.domain, "aud": terms.shopper, "jti": jti,
            "iat": env.now_ms / 1_000, "exp": (env.now_ms + terms.ttl_ms) / 1_000,
            "item": terms.item, "title": title, "price": price, "currency": self.currency(),
            "room": terms.room, "moment": terms.moment, "photo": photo,
        });
        if let Some(serial) = serial {
            claims["serial"] = serial.into();
        }
        self.offers.made.insert(jti.clone(), None);
        self.books.offer(env.now_ms, &jti, &terms.shopper, &terms.item, price);
        Some(self.key.sign("nm-offer+jwt", &claims))
    }

    /// The offer in a create request, if there is one; a bad one makes no checkout.
    pub(super) fn read_offer(&self, call: &Call, now_ms: i64) -> Result<Option<Offer>, Response> {
        let Some(text) = call.body["app.nightmarket.offer"].as_str() else { return Ok(None) };
        if !call.agreement.has("app.nightmarket.shopping.offers") {
            return Ok(None);
        }
        self.checked_offer(text, call.shopper.as_deref(), now_ms).map(Some).map_err(|code| {
            let said = match code {
                "offer_expired" => "the offer has expired; ask the host again",
                "offer_used" => "the offer was bought already",
                "offer_not_yours" => "the offer was made to another shopper, or you are not signed in",
                _ => "this is no offer of this shop",
            };
            self.outcome(&call.agreement, super::checkout::ROOT, code, said)
        })
    }

    fn checked_offer(&self, text: &str, shopper: Option<&str>, now_ms: i64) -> Result<Offer, &'static str> {
        let invalid = "offer_invalid";
        let claims = jws::verify(text, "nm-offer+jwt", &[self.key.jwk()]).map_err(|_| invalid)?;
        let word = |name: &str| claims[name].as_str().map(str::to_owned).ok_or(invalid);
        let jti = word("jti")?;
        if claims["iss"] != json!(self.config.domain) || !self.offers.made.contains_key(&jti) {
            return Err(invalid);
        }
        if shopper != claims["aud"].as_str() {
            return Err("offer_not_yours");
        }
        if self.offers.used(&jti) {
            return Err("offer_used");
        }
        let expires_ms = claims["exp"].as_i64().ok_or(invalid)? * 1_000;
        if now_ms >= expires_ms {
            return Err("offer_expired");
        }
        Ok(Offer {
            jti,
            item: word("item")?,
            title: word("title")?,
            price: claims["price"].as_i64().ok_or(invalid)?,
            photo: claims["photo"].as_str().map(str::to_owned),
            expires_ms,
        })
    }
}
