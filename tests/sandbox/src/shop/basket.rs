//! What carts and checkouts share: lines, codes, claims, and what they cost now.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::message::{Severity, error, info, warning};
use super::pricing::{LineIn, Priced, price};
use super::{Agreement, Call, Shop, offers::Offer, whole};
use crate::catalog::{Discount, Kind};
use crate::http::Response;

/// UCP's name of the extension.
pub(super) const CONSENT: &str = "dev.ucp.shopping.buyer_consent";
/// What it knows.
const PURPOSES: [&str; 4] = ["analytics", "preferences", "marketing", "sale_of_data"];

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) id: String,
    pub(super) item: String,
    pub(super) quantity: i64,
}

/// Lines and what was said with them.
#[derive(Debug, Clone, Default)]
pub(super) struct Basket {
    pub(super) lines: Vec<Line>,
    /// Ids given to lines so far.
    next_line: u32,
    pub(super) codes: Vec<String>,
    pub(super) context: Value,
    /// Without what is consented to.
    pub(super) buyer: Value,
    /// Purpose to answer, as the platform said it.
    pub(super) consent: BTreeMap<String, bool>,
    /// Lines that were asked for and cannot be sold.
    dropped: Vec<Value>,
    /// Chinese was asked for by header.
    zh: bool,
    pub(super) offer: Option<Offer>,
    /// The fan group whose membership was proven.
    pub(super) group: Option<String>,
}

/// A cart.
#[derive(Debug, Clone)]
pub(super) struct Cart {
    pub(super) id: String,
    pub(super) shopper: Option<String>,
    pub(super) basket: Basket,
    pub(super) expires_ms: i64,
    pub(super) checkout: Option<String>,
}

/// A basket with its costs and what there is to say about it.
pub(super) struct Valued {
    pub(super) inputs: Vec<LineIn>,
    pub(super) priced: Priced,
    pub(super) messages: Vec<Value>,
}

impl Basket {
    pub(super) fn language(&self) -> &str {
        self.context["language"].as_str().unwrap_or(if self.zh { "zh-Hans" } else { "en" })
    }

    pub(super) fn chinese(&self) -> bool {
        self.language().to_ascii_lowercase().starts_with("zh")
    }

    /// The claims in `context.eligibility`.
    pub(super) fn claims(&self) -> Vec<&str> {
        self.context["eligibility"]
            .as_array()
            .map(|list| list.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

impl Shop {
    /// Replaces a basket's content by what the body says. Nothing left to sell is an error of UCP's own shape.
    pub(super) fn fill(&self, basket: &mut Basket, call: &Call, now_ms: i64) -> Result<(), Response> {
        let (body, agreement, language) = (&call.body, &call.agreement, call.language.as_str());
        let asked = body["line_items"].as_array().ok_or_else(|| {
            self.refuse(400, "line_items_required", "line_items has to be a list of items and quantities")
        })?;
        basket.context = body["context"].clone();
        if basket.context["language"].is_null() && language.to_ascii_lowercase().starts_with("zh") {
            basket.zh = true;
        }
        basket.buyer = body["buyer"].clone();
        basket.consent = match basket.buyer.as_object_mut().and_then(|buyer| buyer.remove("consent")) {
            Some(said) if agreement.has(CONSENT) => self.read_consent(&said)?,
            _ => BTreeMap::new(),
        };
        basket.codes = body["discounts"]["codes"]
            .as_array()
            .map(|codes| codes.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default();
        basket.dropped.clear();
        let before = std::mem::take(&mut basket.lines);
        for (at, entry) in asked.iter().enumerate() {
            let path = format!("$.line_items[{at}]");
            let item = entry["item"]["id"].as_str().ok_or_else(|| {
                self.refuse(400, "item_required", "every line item has to name its item by item.id")
            })?;
            let quantity = match &entry["quantity"] {
                Value::Null => 1,
                number => whole(number).filter(|units| (1..=1_000_000).contains(units)).ok_or_else(|| {
                    self.refuse(400, "invalid_quantity", "a quantity is an integer from 1 on")
                })?,
            };
            let offered = basket.offer.as_ref().is_some_and(|offer| offer.item == item);
            if !offered && self.config.catalog.variant(item).is_none() {
                let said = format!("{item} is not sold here");
                basket.dropped.push(error("item_unavailable", Severity::Recoverable, Some(&path), &said));
                continue;
            }
            if self.config.catalog.variant(item).is_some() && self.stock(item) == 0 {
                let said = format!("{item} is sold out");
                basket.dropped.push(error("out_of_stock", Severity::Recoverable, Some(&path), &said));
                continue;
            }
            let known = entry["id"].as_str().and_then(|id| before.iter().find(|line| line.id == id));
            let id = known.map_or_else(
                || {
                    basket.next_line += 1;
                    format!("li_{}", basket.next_line)
                },
                |line| line.id.clone(),
            );
            let quantity = if offered { 1 } else { quantity };
            basket.lines.push(Line { id, item: item.to_owned(), quantity });
        }
        if let Some(offer) = &basket.offer
            && !basket.lines.iter().any(|line| line.item == offer.item)
        {
            basket.next_line += 1;
            let line = Line { id: format!("li_{}", basket.next_line), item: offer.item.clone(), quantity: 1 };
            basket.lines.push(line);
        }
        self.check_membership(basket, call, now_ms)?;
        self.check_on_sale(basket, call, now_ms)
    }

    /// What is consented to: booleans, where they are there; what nobody here knows is let be.
    fn read_consent(&self, said: &Value) -> Result<BTreeMap<String, bool>, Response> {
        let invalid = || self.refuse(400, "invalid_consent", "consent is an object of true and false");
        let said = said.as_object().ok_or_else(invalid)?;
        let known = PURPOSES.iter().filter_map(|purpose| Some(((*purpose).to_owned(), said.get(*purpose)?)));
        known.map(|(purpose, answer)| Ok((purpose, answer.as_bool().ok_or_else(invalid)?))).collect()
    }

    /// `buyer` of an answer: what was said, and the consents that this shop takes for granted where nothing was.
    pub(super) fn buyer_json(&self, basket: &Basket, agreement: &Agreement) -> Value {
        let mut buyer = basket.buyer.clone();
        let mut consent = basket.consent.clone();
        if agreement.has(CONSENT) {
            for purpose in &self.config.terms.presumes {
                consent.entry((*purpose).to_owned()).or_insert(true);
            }
        }
        if !consent.is_empty() {
            buyer["consent"] = json!(consent);
        }
        buyer
    }

    /// Nothing to sell: the error envelope in place of a resource.
    pub(super) fn nothing_to_sell(&self, basket: &Basket, agreement: &Agreement, root: &str) -> Response {
        let mut messages = basket.dropped.clone();
        if messages.is_empty() {
            messages.push(error(
                "empty_basket",
                Severity::Unrecoverable,
                None,
                "there is nothing to buy in it",
            ));
        }
        for message in &mut messages {
            message["severity"] = "unrecoverable".into();
        }
        self.outcome_error(agreement, root, &messages)
    }

    /// A business outcome without a resource: HTTP 200, `ucp.status: error`.
    pub(super) fn outcome_error(&self, agreement: &Agreement, root: &str, messages: &[Value]) -> Response {
        let envelope = super::message::envelope(false, &agreement.relevant(root));
        Response::json(
            200,
            &json!({ "ucp": envelope, "messages": messages, "continue_url": self.config.web_url }),
        )
    }

    /// The usual outcome error with one message.
    pub(super) fn outcome(&self, agreement: &Agreement, root: &str, code: &str, content: &str) -> Response {
        self.outcome_error(agreement, root, &[error(code, Severity::Unrecoverable, None, content)])
    }

    /// Refuses an operation whose root capability was not negotiated.
    pub(super) fn need(&self, agreement: &Agreement, root: &str) -> Result<(), Response> {
        if agreement.has(root) {
            return Ok(());
        }
        let said = format!("the platform's profile does not offer {root} in a version of this shop");
        Err(self.outcome(agreement, root, "capabilities_incompatible", &said))
    }

    /// Prices a basket and says what there is to say about its lines, codes and claims.
    pub(super) fn value(
        &self,
        basket: &Basket,
        agreement: &Agreement,
        delivery: Option<i64>,
        now_ms: i64,
    ) -> Result<Valued, Response> {
        let mut messages = basket.dropped.clone();
        let inputs: Vec<LineIn> =
            basket.lines.iter().map(|line| self.line_in(basket, line, now_ms)).collect();
        for (at, line) in basket.lines.iter().enumerate() {
            self.say_about(basket, line, at, &mut messages);
        }
        let discounts = if agreement.has("dev.ucp.shopping.discount") {
            self.discounts_for(basket, now_ms, &mut messages)
        } else {
            vec![]
        };
        let priced = price(&inputs, &discounts, delivery, self.config.catalog.tax)
            .map_err(|problem| self.refuse(400, "out_of_range", &problem.to_string()))?;
        Ok(Valued { inputs, priced, messages })
    }

    fn line_in(&self, basket: &Basket, line: &Line, now_ms: i64) -> LineIn {
        let language = basket.language();
        if let Some(offer) = basket.offer.as_ref().filter(|offer| offer.item == line.item) {
            return LineIn {
                product: String::new(),
                label: offer.title.clone(),
                price: offer.price,
                quantity: line.quantity,
                taxed: true,
            };
        }
        let (product, variant) = self
            .config
            .catalog
            .variant(&line.item)
            .expect("only known items become lines: fill drops the others");
        LineIn {
            product: product.id.clone(),
            label: self.title_of(&line.item, language).unwrap_or_default(),
            price: self.price_of(&line.item, now_ms).unwrap_or(variant.price),
            quantity: line.quantity,
            taxed: product.kind == Kind::Goods,
        }
    }

    /// Years under which something in it is not sold, if anything is.
    pub(super) fn age_min(&self, basket: &Basket) -> Option<u8> {
        let lines = basket.lines.iter();
        lines.filter_map(|line| self.config.catalog.variant(&line.item)?.0.age_min).max()
    }

    fn say_about(&self, basket: &Basket, line: &Line, at: usize, messages: &mut Vec<Value>) {
        let path = format!("$.line_items[{at}]");
        let Some((product, _)) = self.config.catalog.variant(&line.item) else { return };
        let zh = basket.chinese();
        if self.stock(&line.item) < line.quantity {
            let said = if zh {
                format!("仅剩 {} 件", self.stock(&line.item))
            } else {
                format!("only {} left", self.stock(&line.item))
            };
            messages.push(error("out_of_stock", Severity::Recoverable, Some(&path), &said));
        }
        if let Some(disclosure) = &product.disclosure {
            messages.push(warning(
                disclosure.code,
                true,
                Some(&path),
                disclosure.content.pick(basket.language()),
            ));
        }
        if let Some(age) = product.age_min {
            let said = if zh {
                format!("仅限 {age} 岁及以上")
            } else {
                format!("only for buyers of {age} and over")
            };
            messages.push(warning("age_restricted", false, Some(&path), &said));
        }
        if let Some(interval) = product.subscription {
            let said = if zh {
                "订阅商品，每月自动续费，可随时取消".to_owned()
            } else {
                format!("a subscription: it renews every {interval} until you stop it")
            };
            messages.push(warning("subscription", true, Some(&path), &said));
        }
    }

    fn discounts_for(
        &self,
        basket: &Basket,
        now_ms: i64,
        messages: &mut Vec<Value>,
    ) -> Vec<(&Discount, String)> {
        let claims = basket.claims();
        let holds = |discount: &&Discount| discount.until_ms.is_none_or(|until| now_ms < until);
        let mut taken: Vec<&Discount> = self
            .config
            .catalog
            .discounts
            .iter()
            .filter(holds)
            .filter(|each| each.code.is_none() && each.claim.is_none_or(|claim| claims.contains(&claim)))
            .collect();
        for (at, code) in basket.codes.iter().enumerate() {
            let path = format!("$.discounts.codes[{at}]");
            let known = self
                .config
                .catalog
                .discounts
                .iter()
                .find(|each| each.code.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(code)));
            let refusal = match known {
                None => Some(("discount_code_invalid", format!("code '{code}' is not known"))),
                Some(each) if !holds(&each) => {
                    Some(("discount_code_expired", format!("code '{code}' has expired")))
                }
                Some(each) if taken.iter().any(|taken| taken.code == each.code && each.code.is_some()) => {
                    Some(("discount_code_already_applied", format!("code '{code}' is applied already")))
                }
                Some(each) => {
                    taken.push(each);
                    None
                }
            };
            if let Some((code, said)) = refusal {
                messages.push(warning(code, false, Some(&path), &said));
            }
        }
        taken.into_iter().map(|each| (each, each.title.pick(basket.language()).to_owned())).collect()
    }

    /// What is said about claims: accepted ones and those nobody here knows.
    pub(super) fn claim_messages(&self, basket: &Basket) -> Vec<Value> {
        basket
            .claims()
            .iter()
            .enumerate()
            .map(|(at, claim)| {
                let path = format!("$.context.eligibility[{at}]");
                if self.recognizes(claim) {
                    info(
                        "eligibility_accepted",
                        Some(&path),
                        &format!("{claim} is taken at its word until you pay"),
                    )
                } else {
                    warning(
                        "eligibility_not_accepted",
                        false,
                        Some(&path),
                        &format!("{claim} means nothing here"),
                    )
                }
            })
            .collect()
    }

    /// `line_items` of an answer.
    pub(super) fn lines_json(&self, basket: &Basket, valued: &Valued) -> Value {
        let lines = basket.lines.iter().zip(&valued.inputs).enumerate().map(|(at, (line, input))| {
            let mut item = json!({ "id": line.item, "title": input.label, "price": input.price });
            let picture = match self.config.catalog.variant(&line.item) {
                Some((product, _)) => Some(self.picture(&product.handle)),
                None => basket.offer.as_ref().and_then(|offer| offer.photo.clone()),
            };
            if let Some(picture) = picture {
                item["image_url"] = picture.into();
            }
            json!({ "id": line.id, "item": item, "quantity": line.quantity, "totals": valued.priced.line_totals(at) })
        });
        Value::Array(lines.collect())
    }

    /// `links` of an answer.
    pub(super) fn links(&self) -> Value {
        let link = |kind: &str, slug: &str, title: &str| json!({ "type": kind, "url": format!("{}/{slug}", self.config.web_url), "title": title });
        json!([
            link("privacy_policy", "privacy", "Privacy policy"),
            link("terms_of_service", "terms", "Terms of service"),
            link("refund_policy", "refunds", "Refund policy"),
        ])
    }
}
