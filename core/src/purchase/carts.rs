//! Buying what is in a cart: its checkout, one quote of all lines, and what leaves the cart once it is bought.

use std::rc::Rc;

use nightmarket_ucp::address::PostalAddress;
use nightmarket_ucp::checkout::{Checkout, CheckoutCreate, CheckoutUpdate};
use nightmarket_ucp::context::Context as UcpContext;
use nightmarket_ucp::discount::DiscountCodes;
use nightmarket_ucp::fulfillment::{Fulfillment, MethodKind};
use nightmarket_ucp::item::LineRequest;
use nightmarket_ucp::message::Message;

use super::machine::State;
use super::quote::QuoteKey;
use super::quoting::Priced;
use super::service::Service;
use super::store::{self, Row};
use super::{BuyRequest, Quoted};
use crate::error::{Error, Result};
use crate::ports::DbExt as _;

impl Service {
    /// Makes a quote of all that is in a shop's cart.
    pub(super) async fn arm_cart(self: &Rc<Self>, mut request: BuyRequest) -> Result<Quoted> {
        if !request.items.is_empty() || request.offer.is_some() {
            return Err(Error::bad_input("what is bought is what is in the cart"));
        }
        let ready = self.carts.ready(&request.shop).await?;
        request.items = ready.items;
        if request.discount_codes.is_empty() {
            request.discount_codes = ready.codes;
        }
        self.mark_boxes(&mut request).await?;
        let priced = self.price_cart(&request, ready.cart).await?;
        self.carts.converted(&priced.quote.key).await?;
        self.keep(request, priced, false).await
    }

    /// Makes a session of a cart at the shop; of the same lines, if it has none (any more).
    async fn price_cart(&self, request: &BuyRequest, cart: Option<String>) -> Result<Priced> {
        let shop = self.shops.get(&request.shop).await?;
        let create = self.create(&shop, request).await?;
        let converted = match cart {
            Some(id) => {
                let convert = CheckoutCreate { cart_id: Some(id), line_items: Vec::new(), ..create.clone() };
                match shop.create_checkout(&convert).await {
                    Err(error) if error.is_not_found() => None,
                    answer => Some(answer?),
                }
            }
            None => None,
        };
        let mut checkout = match converted {
            Some(checkout) => checkout,
            None => shop.create_checkout(&create).await?,
        };
        if let Some(update) = amended(&checkout, &create) {
            checkout = shop.update_checkout(&update.keeping(&create)).await?;
        }
        self.complete_choices(&shop, request, create, checkout, None).await
    }

    /// Takes out of carts what was bought when the core ended before it could say so.
    pub(super) async fn empty_carts(&self) -> Result<()> {
        for (shop, checkout) in self.carts.checkouts() {
            let key = QuoteKey { shop, id: checkout };
            let wanted = key.clone();
            let rows = self.context.ports.db.ledger.call(move |db| store::purchases_of(db, &wanted)).await?;
            let placed = |row: &&Row| matches!(row.state, State::Placed(_) | State::PlacedDifferently(_));
            if let Some(row) = rows.iter().find(placed) {
                self.carts.bought(&key, &row.lines).await;
            }
        }
        Ok(())
    }
}

/// What a converted session lacks of what is wanted, if anything. The shop takes only the cart's content (UCP cart,
/// Cart-to-Checkout Conversion), and a session that it made of the cart before comes back as it was then.
fn amended(checkout: &Checkout, wanted: &CheckoutCreate) -> Option<CheckoutUpdate> {
    let known = |line: &LineRequest| checkout.line_items.iter().find(|known| known.item.id == line.item.id);
    let lines = checkout.line_items.len() == wanted.line_items.len()
        && wanted
            .line_items
            .iter()
            .all(|line| known(line).is_some_and(|known| known.quantity == line.quantity));
    let buyer = wanted.buyer.is_none() || checkout.buyer == wanted.buyer;
    let said = |codes: Option<&[String]>| codes.unwrap_or_default().to_vec();
    let codes = said(checkout.discounts.as_ref().map(|all| &all.codes[..]))
        == said(wanted.discounts.as_ref().map(|all| &all.codes[..]));
    let claims =
        |context: Option<&UcpContext>| context.map(|all| all.eligibility.clone()).unwrap_or_default();
    let eligible = claims(checkout.context.as_ref()) == claims(wanted.context.as_ref());
    let ours = addresses(wanted.fulfillment.as_ref()).next();
    let address = ours.is_none()
        || addresses(checkout.fulfillment.as_ref()).next().is_none()
        || addresses(checkout.fulfillment.as_ref()).any(|known| Some(known) == ours);
    // What a session made before says of lines may be about those that were taken out since.
    let about_lines = |message: &Message| {
        message.is_error() && message.path.as_deref().is_some_and(|path| path.starts_with("$.line_items"))
    };
    let lines = lines && !checkout.messages.iter().any(about_lines);
    if lines && buyer && codes && eligible && address {
        return None;
    }
    let mut update = CheckoutUpdate::from(checkout);
    let line =
        |line: &LineRequest| LineRequest { id: known(line).map(|known| known.id.clone()), ..line.clone() };
    update.line_items = wanted.line_items.iter().map(line).collect();
    update.buyer.clone_from(&wanted.buyer);
    update.context.clone_from(&wanted.context);
    update.discounts = wanted.discounts.clone().or_else(|| (!codes).then(DiscountCodes::default));
    if !address {
        update.fulfillment.clone_from(&wanted.fulfillment);
    }
    Some(update)
}

/// Addresses to ship to.
fn addresses(fulfillment: Option<&Fulfillment>) -> impl Iterator<Item = &PostalAddress> {
    let methods = fulfillment.into_iter().flat_map(|all| &all.methods);
    let places =
        methods.filter(|method| method.kind == MethodKind::Shipping).flat_map(|method| &method.destinations);
    places.filter(|place| !place.is_location()).map(|place| &place.address)
}
