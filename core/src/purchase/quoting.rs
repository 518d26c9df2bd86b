//! From a wish to a priced checkout session: what is sent to the shop, and what is chosen of its answer.

use std::rc::Rc;

use nightmarket_ucp::address::PostalAddress;
use nightmarket_ucp::buyer::Buyer;
use nightmarket_ucp::checkout::{Checkout, CheckoutCreate, CheckoutUpdate, Next};
use nightmarket_ucp::context::Context as UcpContext;
use nightmarket_ucp::discount::DiscountCodes;
use nightmarket_ucp::extra::Extra;
use nightmarket_ucp::fulfillment::{BusinessConfig, Destination, Fulfillment, Group, Method};
use nightmarket_ucp::item::LineRequest;
use nightmarket_ucp::name;
use nightmarket_ucp::profile::Handler;
use serde::de::DeserializeOwned;

use super::consents::{asks, tell, told};
use super::quote::{Around, Payment, Quote};
use super::service::Service;
use super::store;
use super::wire::{BoundConfig, FAN, MEMBERSHIP, OFFER};
use super::{BuyRequest, Choice};
use crate::error::{Error, Result};
use crate::host::ANY_HANDLER;
use crate::host::in_time;
use crate::ports::DbExt as _;
use crate::shop::Shop;

/// Destination, options, and once more where one depends on the other.
const MAX_UPDATES: usize = 4;

/// A session, and what was sent to make it.
pub(super) struct Priced {
    pub(super) create: CheckoutCreate,
    pub(super) checkout: Checkout,
    pub(super) quote: Quote,
}

impl Service {
    /// Makes a session for a wish.
    pub(super) async fn price(&self, request: &BuyRequest) -> Result<Priced> {
        let shop = self.shops.get(&request.shop).await?;
        let create = self.create(&shop, request).await?;
        let checkout = shop.create_checkout(&create).await?;
        self.complete_choices(&shop, request, create, checkout, None).await
    }

    /// Changes what is chosen in a session.
    pub(super) async fn reprice(
        &self,
        request: &BuyRequest,
        mut create: CheckoutCreate,
        checkout: &Checkout,
        choice: &Choice,
    ) -> Result<Priced> {
        let shop = self.shops.get(&request.shop).await?;
        let answers = self.answers(&shop, &request.shop, told(&create)).await?;
        let mut update = whole(checkout, &create);
        match choice {
            Choice::Delivery { .. }
            | Choice::Destination { .. }
            | Choice::Method { .. }
            | Choice::ShipTo { .. } => {
                update.fulfillment = Some(delivered(&shop, checkout, choice)?);
            }
            Choice::Discounts(codes) => {
                need(&shop, name::DISCOUNT)?;
                update.discounts = Some(DiscountCodes { codes: codes.clone() });
            }
            // The one is sent with the completion only, the other with every update.
            Choice::Instrument(_) | Choice::Consent { .. } => {}
        }
        let checkout = if matches!(choice, Choice::Instrument(_)) {
            shop.get_checkout(&checkout.id.as_str().into()).await?
        } else {
            tell(&mut create, answers);
            shop.update_checkout(&update.keeping(&create)).await?
        };
        self.complete_choices(&shop, request, create, checkout, Some(choice)).await
    }

    /// Reads a session again, and tells the shop what it has not been told yet.
    pub(super) async fn reread(
        &self,
        request: &BuyRequest,
        mut create: CheckoutCreate,
        checkout: &Checkout,
    ) -> Result<Priced> {
        let shop = self.shops.get(&request.shop).await?;
        let mut checkout = shop.get_checkout(&checkout.id.as_str().into()).await?;
        let answers = self.answers(&shop, &request.shop, told(&create)).await?;
        if answers != told(&create) && !matches!(checkout.next(), Next::Wait | Next::Done | Next::Canceled) {
            tell(&mut create, answers);
            checkout = shop.update_checkout(&whole(&checkout, &create).keeping(&create)).await?;
        }
        let quote = self.build(&shop, request, &create, &checkout)?;
        Ok(Priced { create, checkout, quote })
    }

    /// Chooses a destination and options where the session has none yet, as the shopper did last time.
    pub(super) async fn complete_choices(
        &self,
        shop: &Rc<Shop>,
        request: &BuyRequest,
        create: CheckoutCreate,
        mut checkout: Checkout,
        made: Option<&Choice>,
    ) -> Result<Priced> {
        let domain = request.shop.to_string();
        let remembered =
            self.context.ports.db.ledger.call(move |db| store::remembered_delivery(db, &domain)).await?;
        // What the shopper just chose stands, also against what is remembered.
        let mut remembered = remembered.filter(|_| made.is_none());
        for _ in 0..MAX_UPDATES {
            let Some(chosen) = choose(&checkout, &create, remembered.as_deref()) else { break };
            let update = CheckoutUpdate { fulfillment: Some(chosen), ..whole(&checkout, &create) };
            checkout = shop.update_checkout(&update.keeping(&create)).await?;
            if is_chosen(&checkout) {
                // A shop that did not take the choice is not asked for it for ever.
                remembered = None;
            }
        }
        let quote = self.build(shop, request, &create, &checkout)?;
        Ok(Priced { create, checkout, quote })
    }

    pub(super) async fn create(&self, shop: &Shop, request: &BuyRequest) -> Result<CheckoutCreate> {
        let buyer = self.context.host.buyer.buyer(&request.shop);
        let host = in_time(&*self.context.ports.clock, "buyer provider", buyer).await?;
        let buyer: Option<Buyer> = host.json.as_deref().map(read_buyer).transpose()?;
        let address: Option<PostalAddress> =
            host.address.as_ref().map(|address| read_buyer(&address.json)).transpose()?;
        let mut extra = Extra::default();
        if let Some(jws) = &request.offer {
            need(shop, name::OFFERS)?;
            extra.set(OFFER, jws.as_str().into());
        }
        let mut context = UcpContext {
            language: Some(self.context.language.clone()),
            currency: request.currency.map(String::from),
            ..UcpContext::default()
        };
        if let Some(address) = &address {
            context.address_country.clone_from(&address.address_country);
        }
        if let Some(proof) = request.membership.as_ref().filter(|_| shop.offers(name::FANS)) {
            extra.set(MEMBERSHIP, proof.as_str().into());
            context.eligibility.push(FAN.to_owned());
        }
        if !request.discount_codes.is_empty() {
            need(shop, name::DISCOUNT)?;
        }
        let codes = DiscountCodes { codes: request.discount_codes.clone() };
        let methods = address
            .filter(|_| shop.offers(name::FULFILLMENT))
            .map(|address| Fulfillment { methods: vec![Method::ship_to(address)], ..Fulfillment::default() });
        let of_host = buyer.as_ref().and_then(|buyer| buyer.consent).unwrap_or_default();
        let answers = self.answers(shop, &request.shop, of_host).await?;
        let mut create = CheckoutCreate {
            line_items: request
                .items
                .iter()
                .map(|wanted| LineRequest::new(wanted.item.as_str(), wanted.quantity))
                .collect(),
            buyer,
            context: Some(context),
            fulfillment: methods,
            discounts: (!codes.codes.is_empty()).then_some(codes),
            currency: request.currency.map(String::from),
            extra,
            ..CheckoutCreate::default()
        };
        tell(&mut create, answers);
        Ok(create)
    }

    fn build(
        &self,
        shop: &Shop,
        request: &BuyRequest,
        sent: &CheckoutCreate,
        checkout: &Checkout,
    ) -> Result<Quote> {
        let bound = shop.offers(name::BOUND_COMPLETE);
        let config: BoundConfig = shop.discovered().config(name::BOUND_COMPLETE).unwrap_or_default();
        Quote::build(
            checkout,
            Around {
                shop: request.shop.clone(),
                payment: self.payment(shop, request, checkout),
                now: shop.now(),
                bound,
                one_tap_max: config.one_tap_max,
                subscription: request.subscription,
                blind_box: request.blind_box,
                variant_open: request.variant_open,
                told: asks(shop).then(|| told(sent)),
            },
        )
    }

    /// The first instrument, in the shopper's order, that fits a handler of the session (of the profile, if the session
    /// names none).
    fn payment(&self, shop: &Shop, request: &BuyRequest, checkout: &Checkout) -> Option<Payment> {
        let discovered = shop.discovered();
        let in_profile = discovered.profile.ucp.payment_handlers.iter();
        let in_profile = in_profile.flat_map(|(name, all)| all.iter().map(move |one| (name.as_str(), one)));
        let mut handlers: Vec<(&str, &Handler)> = checkout.ucp.handlers().collect();
        if handlers.is_empty() {
            handlers = in_profile.collect();
        }
        let wanted = |id: &str, wish: &Option<String>| wish.as_deref().is_none_or(|wish| wish == id);
        for instrument in &self.context.host.instruments {
            if !wanted(&instrument.id(), &request.instrument) {
                continue;
            }
            let (kind, names) = (instrument.kind(), instrument.handlers());
            let fits = handlers.iter().find(|(name, handler)| {
                names.iter().any(|ours| ours == name || ours == ANY_HANDLER)
                    && handler.takes(&kind)
                    && wanted(&handler.id, &request.handler)
            });
            if let Some((name, handler)) = fits {
                return Some(Payment {
                    handler: handler.id.clone(),
                    handler_name: (*name).to_owned(),
                    instrument: instrument.id(),
                    label: instrument.label(),
                    silent: instrument.silent(),
                    kind,
                    config: crate::api::to_json(&handler.config.clone().unwrap_or_default()),
                });
            }
        }
        None
    }
}

/// The delivery of a session as an update sends it, with one more choice made.
fn delivered(shop: &Shop, checkout: &Checkout, choice: &Choice) -> Result<Fulfillment> {
    let offered = checkout.fulfillment.as_ref().ok_or_else(|| Error::not_offered(name::FULFILLMENT))?;
    let known = |lines: &[String]| {
        !lines.is_empty() && lines.iter().all(|id| checkout.line_items.iter().any(|line| line.id == *id))
    };
    let mut all = offered.resent();
    let chosen = match choice {
        Choice::Delivery { group, option } => all.select_option(group, option),
        Choice::Destination { method, destination } => {
            let place = |place: &Destination| place.id.as_ref() == Some(destination);
            let mut methods = offered.methods.iter().filter(|known| known.id.as_ref() == Some(method));
            methods.any(|known| known.destinations.iter().any(place))
                && all.select_destination(method, destination)
        }
        Choice::Method { method, lines } => known(lines) && all.assign(method, lines),
        Choice::ShipTo { lines, address } => {
            let config: BusinessConfig = shop.discovered().config(name::FULFILLMENT).unwrap_or_default();
            if !config.allows_multi_destination.shipping {
                return Err(Error::not_offered("shipping to several addresses"));
            }
            let known = known(lines);
            if known {
                all.split_off(lines, address.clone());
            }
            known
        }
        Choice::Discounts(_) | Choice::Instrument(_) | Choice::Consent { .. } => true,
    };
    if chosen { Ok(all) } else { Err(Error::bad_input("there is no such package, place, method or line")) }
}

fn need(shop: &Shop, capability: &str) -> Result<()> {
    if shop.offers(capability) { Ok(()) } else { Err(Error::not_offered(capability)) }
}

fn read_buyer<T: DeserializeOwned>(json: &str) -> Result<T> {
    // Its words could be personal: they are not passed on.
    serde_json::from_str(json).map_err(|_| Error::Host {
        provider: "buyer".to_owned(),
        reason: "it is not of the shape that UCP describes".to_owned(),
    })
}

/// All of a session that an update sends again, with the lines that were wanted and that the shop left out: what is sold out
/// does not vanish from a purchase without a word because something else was chosen.
fn whole(checkout: &Checkout, wanted: &CheckoutCreate) -> CheckoutUpdate {
    let mut update = CheckoutUpdate::from(checkout);
    let left_out =
        |line: &&LineRequest| checkout.line_items.iter().all(|known| known.item.id != line.item.id);
    update.line_items.extend(wanted.line_items.iter().filter(left_out).cloned());
    update
}

fn is_chosen(checkout: &Checkout) -> bool {
    checkout.fulfillment.as_ref().is_none_or(Fulfillment::is_chosen)
}

/// The delivery with what is missing chosen; none if nothing is missing.
fn choose(checkout: &Checkout, sent: &CheckoutCreate, remembered: Option<&str>) -> Option<Fulfillment> {
    let mut all = checkout.fulfillment.clone()?;
    let sent = sent.fulfillment.iter().flat_map(|all| &all.methods).flat_map(|method| &method.destinations);
    let ours = sent.map(|destination| &destination.address).next();
    let mut changed = false;
    let mut package = 0;
    for method in all.methods.iter_mut().filter(|method| method.is_used()) {
        if method.selected_destination().is_none() && !method.destinations.is_empty() {
            let same = method.destinations.iter().find(|offered| Some(&offered.address) == ours);
            let chosen = same.or(method.destinations.first()).and_then(|offered| offered.id.clone());
            changed |= chosen.is_some();
            method.selected_destination_id = chosen;
        }
        for group in &mut method.groups {
            changed |= choose_option(group, remembered, package);
            package += 1;
        }
    }
    changed.then(|| all.resent())
}

/// What is remembered, where the shop offers it; else what is chosen already; else the first.
///
/// A package first takes what the one in its place had, so that two packages keep their two ways.
fn choose_option(group: &mut Group, remembered: Option<&str>, package: usize) -> bool {
    let ids: Vec<&str> = remembered.map(|ids| ids.split(',').collect()).unwrap_or_default();
    let mut wishes = ids.get(package).into_iter().chain(&ids);
    let known = wishes.find(|id| group.options.iter().any(|option| option.id == **id));
    let known = known.map(|id| (*id).to_owned());
    let chosen = match (known, group.selected_option()) {
        (Some(known), _) => Some(known),
        (None, Some(_)) => return false,
        (None, None) => group.options.first().map(|option| option.id.clone()),
    };
    if chosen.is_none() || chosen == group.selected_option_id {
        return false;
    }
    group.selected_option_id = chosen;
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn session(packages: &[&str], fetched: &[&str]) -> Checkout {
        let group = |id: &&str| {
            json!({"id": id, "line_item_ids": ["li_1"], "options": [{"id": "standard", "title": "S", "totals": []},
                {"id": "express", "title": "E", "totals": []}]})
        };
        let body = json!({
            "ucp": {"version": "2026-04-08"}, "id": "c", "status": "incomplete", "currency": "USD", "links": [],
            "totals": [], "line_items": [{"id": "li_1", "quantity": 1, "totals": [],
                "item": {"id": "tin", "title": "Tin", "price": 1}}],
            "fulfillment": {"methods": [
                {"id": "ship", "type": "shipping", "line_item_ids": ["li_1"],
                 "groups": packages.iter().map(group).collect::<Vec<_>>(),
                 "destinations": [{"id": "home", "address_country": "US"}]},
                {"id": "fetch", "type": "pickup", "line_item_ids": fetched,
                 "destinations": [{"id": "uptown", "name": "Uptown"}], "groups": []}]},
        });
        serde_json::from_value(body).unwrap()
    }

    fn chosen(remembered: Option<&str>, checkout: &Checkout) -> (Vec<Option<String>>, Vec<Option<String>>) {
        let all = choose(checkout, &CheckoutCreate::default(), remembered).unwrap();
        let groups = all.methods.iter().flat_map(|method| &method.groups);
        let options = groups.map(|group| group.selected_option_id.clone()).collect();
        (options, all.methods.iter().map(|method| method.selected_destination_id.clone()).collect())
    }

    #[test]
    fn each_package_comes_as_the_one_in_its_place_did_and_what_is_only_offered_is_left_alone() {
        let two = session(&["dry", "cold"], &[]);
        let some = |ids: &[&str]| ids.iter().map(|id| Some((*id).to_owned())).collect::<Vec<_>>();
        let (options, places) = chosen(Some("express,standard"), &two);
        assert_eq!((options, places), (some(&["express", "standard"]), vec![Some("home".to_owned()), None]));
        assert_eq!(chosen(Some("express"), &two).0, some(&["express", "express"]), "one was enough so far");
        assert_eq!(chosen(Some("collect"), &two).0, some(&["standard", "standard"]));
        assert_eq!(chosen(None, &session(&["dry"], &["li_2"])).1, some(&["home", "uptown"]));
    }
}
