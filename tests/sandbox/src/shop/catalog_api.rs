//! Catalogue over REST: search with pages, lookup of many, one product in detail.

use std::collections::BTreeMap;

use nightmarket_pictures::PRODUCT;
use serde_json::{Value, json};

use super::message::{Severity, envelope, error, info};
use super::{Answer, Call, Shop};
use crate::catalog::{Kind, Product, Variant};
use crate::env::{Env, rfc3339};
use crate::http::Response;

const SEARCH: &str = "dev.ucp.shopping.catalog.search";
const LOOKUP: &str = "dev.ucp.shopping.catalog.lookup";
/// Identifiers of one lookup.
const MAX_BATCH: usize = 50;
/// Products of a page unless asked for otherwise, and at most.
const PAGE: (usize, usize) = (10, 50);

impl Shop {
    pub(super) fn search(&mut self, env: &mut Env, call: &Call) -> Answer {
        self.need(&call.agreement, SEARCH)?;
        let body = &call.body;
        let query = body["query"].as_str().unwrap_or_default().trim().to_lowercase();
        let cursor = body["pagination"]["cursor"].as_str().or(body["cursor"].as_str());
        if query.is_empty() && !body["filters"].is_object() {
            let (code, said) = ("search_input_required", "a search needs a query or filters");
            let messages = [error(code, Severity::Recoverable, None, said)];
            return Err(Response::json(400, &json!({ "code": code, "content": said, "messages": messages })));
        }
        let from = match cursor {
            None => 0,
            Some(cursor) => cursor
                .strip_prefix("from_")
                .and_then(|at| at.parse::<usize>().ok())
                .ok_or_else(|| self.refuse(400, "invalid_parameter", "this cursor is not one of ours"))?,
        };
        let limit = match &body["pagination"]["limit"] {
            Value::Null => PAGE.0,
            given => given
                .as_u64()
                .filter(|limit| *limit > 0)
                .map(|limit| usize::try_from(limit).unwrap_or(PAGE.1).min(PAGE.1))
                .ok_or_else(|| self.refuse(400, "invalid_parameter", "limit is an integer from 1 on"))?,
        };
        let found: Vec<&Product> = self
            .config
            .catalog
            .products
            .iter()
            .filter(|product| query.is_empty() || matches(product, &query))
            .filter(|product| self.passes(product, &body["filters"], env.now_ms))
            .collect();
        let products: Vec<Value> = found
            .iter()
            .skip(from)
            .take(limit)
            .map(|product| self.product_json(product, &all(product), call, env.now_ms))
            .collect();
        let more = from + products.len() < found.len();
        let mut page = json!({ "has_next_page": more, "total_count": found.len() });
        if more {
            page["cursor"] = format!("from_{}", from + products.len()).into();
        }
        let ucp = envelope(true, &call.agreement.relevant(SEARCH));
        Ok(Response::json(200, &json!({ "ucp": ucp, "products": products, "pagination": page })))
    }

    pub(super) fn look_up(&mut self, env: &mut Env, call: &Call) -> Answer {
        self.need(&call.agreement, LOOKUP)?;
        let ids = call.body["ids"]
            .as_array()
            .filter(|ids| !ids.is_empty())
            .ok_or_else(|| self.refuse(400, "invalid_parameter", "ids has to be a list of identifiers"))?;
        if ids.len() > MAX_BATCH {
            let said = format!("at most {MAX_BATCH} identifiers at once");
            let refusal = self.outcome(&call.agreement, LOOKUP, "request_too_large", &said);
            return Err(Response { status: 400, ..refusal });
        }
        // Product to its variants asked for, each with the identifiers that led there.
        let mut found: BTreeMap<usize, BTreeMap<usize, Vec<Value>>> = BTreeMap::new();
        let mut messages = Vec::new();
        for id in ids.iter().filter_map(Value::as_str) {
            let Some((at, variant, matched)) = self.resolve(id) else {
                messages.push(info("not_found", None, id));
                continue;
            };
            let inputs = found.entry(at).or_default().entry(variant).or_default();
            let input = json!({ "id": id, "match": matched });
            if !inputs.contains(&input) {
                inputs.push(input);
            }
        }
        let mut products = Vec::new();
        for (at, variants) in found {
            let product = &self.config.catalog.products[at];
            if !self.passes(product, &call.body["filters"], env.now_ms) {
                continue;
            }
            let listed: Vec<&Variant> = variants.keys().map(|&variant| &product.variants[variant]).collect();
            let mut out = self.product_json(product, &listed, call, env.now_ms);
            for (place, inputs) in variants.into_values().enumerate() {
                out["variants"][place]["inputs"] = Value::Array(inputs);
            }
            products.push(out);
        }
        let mut body =
            json!({ "ucp": envelope(true, &call.agreement.relevant(LOOKUP)), "products": products });
        if !messages.is_empty() {
            body["messages"] = Value::Array(messages);
        }
        Ok(Response::json(200, &body))
    }

    pub(super) fn product_detail(&mut self, env: &mut Env, call: &Call) -> Answer {
        self.need(&call.agreement, LOOKUP)?;
        let id = call.body["id"]
            .as_str()
            .ok_or_else(|| self.refuse(400, "invalid_parameter", "id has to name a product or variant"))?;
        let Some((at, variant, matched)) = self.resolve(id) else {
            return Err(self.outcome(&call.agreement, LOOKUP, "not_found", "there is no such product"));
        };
        let product = &self.config.catalog.products[at];
        let featured =
            if matched == "exact" { variant } else { chosen(product, &call.body).unwrap_or(variant) };
        let mut listed = vec![&product.variants[featured]];
        listed.extend(
            product.variants.iter().enumerate().filter(|(at, _)| *at != featured).map(|(_, each)| each),
        );
        let mut out = self.product_json(product, &listed, call, env.now_ms);
        let selected: Vec<Value> = product.variants[featured]
            .options
            .iter()
            .map(|(name, label)| json!({ "name": name, "label": label }))
            .collect();
        out["selected"] = Value::Array(selected);
        for option in out["options"].as_array_mut().into_iter().flatten() {
            let name = option["name"].as_str().unwrap_or_default().to_owned();
            for value in option["values"].as_array_mut().into_iter().flatten() {
                let label = value["label"].as_str().unwrap_or_default().to_owned();
                let fits = |each: &&Variant| each.options.iter().any(|(n, l)| *n == name && *l == label);
                value["exists"] = true.into();
                value["available"] =
                    product.variants.iter().filter(fits).any(|each| self.stock(&each.id) > 0).into();
            }
        }
        let ucp = envelope(true, &call.agreement.relevant(LOOKUP));
        Ok(Response::json(200, &json!({ "ucp": ucp, "product": out })))
    }

    /// Product index, variant index, and how the identifier met it.
    fn resolve(&self, id: &str) -> Option<(usize, usize, &'static str)> {
        self.config.catalog.products.iter().enumerate().find_map(|(at, product)| {
            if product.id == id || product.handle == id {
                return Some((at, 0, "featured"));
            }
            let hit = |variant: &Variant| variant.id == id || variant.serial.as_deref() == Some(id);
            product.variants.iter().position(hit).map(|variant| (at, variant, "exact"))
        })
    }

    fn passes(&self, product: &Product, filters: &Value, now_ms: i64) -> bool {
        let categories = filters["categories"].as_array().map(Vec::as_slice).unwrap_or_default();
        let meant =
            |wanted: &Value| wanted.as_str().is_some_and(|word| word.eq_ignore_ascii_case(product.category));
        let price = &filters["price"];
        let fits = |variant: &Variant| {
            let cost = self.price_of(&variant.id, now_ms).unwrap_or(variant.price);
            price["min"].as_i64().is_none_or(|min| cost >= min)
                && price["max"].as_i64().is_none_or(|max| cost <= max)
        };
        (categories.is_empty() || categories.iter().any(meant)) && product.variants.iter().any(fits)
    }

    fn product_json(&self, product: &Product, listed: &[&Variant], call: &Call, now_ms: i64) -> Value {
        let language = call.body["context"]["language"].as_str().unwrap_or(&call.language);
        let money = |amount: i64| json!({ "amount": amount, "currency": self.currency() });
        let prices = || product.variants.iter().filter_map(|each| self.price_of(&each.id, now_ms));
        let media = json!([{ "type": "image", "url": self.picture(&product.handle),
            "alt_text": product.title.pick(language), "width": PRODUCT.0, "height": PRODUCT.1 }]);
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in product.variants.iter().flat_map(|variant| &variant.options) {
            if !names.contains(name) {
                names.push(name);
            }
        }
        let mut out = json!({
            "id": product.id,
            "handle": product.handle,
            "title": product.title.pick(language),
            "description": { "plain": product.description.pick(language) },
            "url": format!("{}/products/{}", self.config.web_url, product.handle),
            "categories": [{ "value": product.category, "taxonomy": "merchant" }],
            "price_range": {
                "min": money(prices().min().unwrap_or_default()),
                "max": money(prices().max().unwrap_or_default()),
            },
            "media": media,
            "variants": listed.iter().map(|each| self.variant_json(product, each, language, now_ms)).collect::<Value>(),
            "tags": tags(product),
            "metadata": Self::metadata(product),
        });
        if !names.is_empty() {
            let options = names.into_iter().map(|name| {
                let values = product.variants.iter().flat_map(|variant| &variant.options);
                let labels =
                    values.filter(|(each, _)| *each == name).map(|(_, label)| json!({ "label": label }));
                json!({ "name": name, "values": labels.collect::<Value>() })
            });
            out["options"] = options.collect();
        }
        out
    }

    fn variant_json(&self, product: &Product, variant: &Variant, language: &str, now_ms: i64) -> Value {
        let left = self.stock(&variant.id);
        let price = self.price_of(&variant.id, now_ms).unwrap_or(variant.price);
        let mut out = json!({
            "id": variant.id,
            "sku": variant.serial.clone().unwrap_or_else(|| variant.id.to_uppercase()),
            "title": variant.title.pick(language),
            "description": { "plain": product.description.pick(language) },
            "price": { "amount": price, "currency": self.currency() },
            "availability": { "available": left > 0, "status": if left > 0 { "in_stock" } else { "out_of_stock" } },
            "options": variant.options.iter().map(|(name, label)| json!({ "name": name, "label": label }))
                .collect::<Value>(),
            "tags": tags(product),
            "seller": { "name": self.config.catalog.name.pick(language) },
        });
        if price < variant.price {
            out["list_price"] = json!({ "amount": variant.price, "currency": self.currency() });
        }
        if let Some(serial) = &variant.serial {
            out["metadata"] = json!({ "serial": serial });
        }
        out
    }

    /// What UCP has no field for.
    fn metadata(product: &Product) -> Value {
        let mut out = json!({ "kind": product.kind });
        if let Some(age) = product.age_min {
            out["age_min"] = age.into();
        }
        if let Some(interval) = product.subscription {
            out["subscription"] = json!({ "interval": interval });
        }
        if let Some(box_id) = &product.box_id {
            out["box_id"] = box_id.as_str().into();
        }
        if let Some(early) = &product.early {
            out["opens_at"] = rfc3339(early.opens_at_ms).into();
            out["early_group"] = early.group.as_str().into();
        }
        out
    }
}

fn all(product: &Product) -> Vec<&Variant> {
    product.variants.iter().collect()
}

/// The variant that the selected options name, options dropped from the end until one fits.
fn chosen(product: &Product, body: &Value) -> Option<usize> {
    let wanted: Vec<(&str, &str)> = body["selected"]
        .as_array()?
        .iter()
        .filter_map(|each| Some((each["name"].as_str()?, each["label"].as_str()?)))
        .collect();
    (0..=wanted.len()).rev().find_map(|count| {
        product.variants.iter().position(|variant| {
            wanted[..count]
                .iter()
                .all(|pair| variant.options.iter().any(|(name, label)| (*name, *label) == *pair))
        })
    })
}

fn matches(product: &Product, query: &str) -> bool {
    query == "*"
        || query.split_whitespace().all(|word| {
            let texts = [&product.title, &product.description];
            texts.iter().any(|text| text.en.to_lowercase().contains(word) || text.zh.contains(word))
                || product.category.to_lowercase().contains(word)
                || product
                    .variants
                    .iter()
                    .any(|each| each.id.contains(word) || each.serial.as_deref() == Some(word))
        })
}

fn tags(product: &Product) -> Vec<&'static str> {
    let mut out = vec![if product.kind == Kind::Digital { "digital" } else { "goods" }];
    out.extend(product.age_min.map(|_| "age_restricted"));
    out.extend(product.subscription.map(|_| "subscription"));
    out.extend(product.box_id.as_ref().map(|_| "blind_box"));
    out.extend(product.early.as_ref().map(|_| "early_access"));
    out
}
