//! Offers: what a host offers this shopper in chat, signed by the selling shop, bought at most once.
//!
//! An offer comes over the shopper's own channel and is verified before anything in it is believed, in the order of
//! the contract ("Offers"). It is shown when the picture is at its moment, which the live service knows. An expired
//! one stays in the list and says so; nothing is read again from a server.

pub(crate) mod policy;
mod store;
pub(crate) mod wire;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::Notify;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nightmarket_ucp::name;

pub use policy::OfferState;

use crate::backoff::Backoff;
use crate::error::{Error, Result};
use crate::ids::{ItemId, LineId, OfferId, RoomId, ShopDomain};
use crate::inbox::{Inbox, ShopperEvent};
use crate::jws;
use crate::list::{ListSubscription, LiveList};
use crate::money::Money;
use crate::orders;
use crate::ports::{DbExt as _, EntropyExt as _};
use crate::remote::Remote;
use crate::shop::Shops;
use crate::time::Timestamp;
use crate::venue::Venue;
use store::Row;
use wire::Claims;

/// The kind of signature.
const TYP: &str = "nm-offer+jwt";
/// How a verification that the network prevented is tried again.
const RETRY: Backoff = Backoff { base_ms: 1_000, cap_ms: 60_000 };
/// Tries until an offer stays unchecked; they outlive any offer made for a minute.
const TRIES: u32 = 12;

/// An offer as a screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its id: the shop's domain and the shop's own number of it.
    pub id: OfferId,
    /// Whether it can be bought.
    pub state: OfferState,
    /// The room it came from.
    pub room: RoomId,
    /// The line it answers.
    pub line_id: Option<LineId>,
    /// When it came, wall time of this device.
    pub received_at: Timestamp,
    /// What it says; none unless the signature holds.
    pub terms: Option<OfferTerms>,
}

/// What a shop signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferTerms {
    /// Who sells.
    pub shop: ShopDomain,
    /// The one-off variant.
    pub item: ItemId,
    /// What it is.
    pub title: String,
    /// For one piece, before delivery and tax; only the quote has the total.
    pub price: Money,
    /// The very piece.
    pub photo: String,
    /// Its number, as the host reads it out.
    pub serial: Option<String>,
    /// What the host looked at, in programme time: it is shown when the picture gets there.
    pub moment: Timestamp,
    /// Not good at or after it; by the shop's clock.
    pub expires_at: Timestamp,
    /// The same by the wall clock of this device, as the difference was when this was made: to count down to.
    pub expires_here: Timestamp,
}

/// What a purchase needs to buy an offer: the shop makes one line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferRequest {
    /// The offer.
    pub id: OfferId,
    /// Who sells.
    pub shop: ShopDomain,
    /// The one-off variant.
    pub item: ItemId,
    /// The compact JWS, for `app.nightmarket.offer` of checkout create.
    pub jws: String,
}

/// Offers made to this shopper.
#[derive(Clone)]
pub struct Offers(Remote<Service>);

impl Offers {
    pub(crate) fn new(remote: Remote<Service>) -> Self {
        Self(remote)
    }

    /// Every offer that came, newest first, bad ones too: they are shown as what they are.
    pub async fn list(&self) -> Result<ListSubscription<Offer>> {
        self.0.call(|offers| async move { Ok(offers.list.subscribe()) }).await
    }

    /// One of them, as it is now.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn offer(&self, id: OfferId) -> Result<Arc<Offer>> {
        self.0.call(|offers| async move { offers.offer(&id) }).await
    }

    /// Milliseconds until it expires, by the shop's clock; zero for one that cannot be bought.
    pub async fn left_ms(&self, id: OfferId) -> Result<u64> {
        self.0.call(|offers| async move { offers.left_ms(&id) }).await
    }

    /// What buys it.
    ///
    /// # Errors
    /// `NotFound`; `NotGenuine` if it is forged; `Refused` with `offer_expired`, `offer_used` or `offer_not_yours`;
    /// `NotOffered` if its shop takes no offers; `Unsettled` while it is not verified.
    pub async fn request(&self, id: OfferId) -> Result<OfferRequest> {
        self.0.call(|offers| async move { offers.request(&id) }).await
    }
}

/// Offers on the core thread.
pub(crate) struct Service {
    venue: Rc<Venue>,
    shops: Rc<Shops>,
    orders: Rc<orders::Service>,
    list: LiveList<Offer>,
    rows: RefCell<BTreeMap<OfferId, Row>>,
    /// Clocks of shops whose offers were verified in this run; what is kept expires by ours until then.
    clocks: RefCell<BTreeMap<ShopDomain, Rc<crate::shop::Shop>>>,
    wake: Notify,
    ticking: Cell<bool>,
}

impl Service {
    /// What the cache has; offers that were not verified yet are tried again.
    pub(crate) async fn open(
        venue: Rc<Venue>,
        shops: Rc<Shops>,
        orders: Rc<orders::Service>,
        inbox: &Inbox,
    ) -> Result<Rc<Self>> {
        let rows = venue.context.ports.db.cache.call(|db| store::all(db)).await?;
        let service = Rc::new(Self {
            list: LiveList::new(venue.context.ports.clock.clone()),
            venue,
            shops,
            orders,
            rows: RefCell::default(),
            clocks: RefCell::default(),
            wake: Notify::new(),
            ticking: Cell::new(false),
        });
        for row in rows.into_iter().rev() {
            if row.state == OfferState::Unchecked {
                service.check_later(row.clone());
            }
            service.show(row);
        }
        service.tick();
        let listener = Rc::downgrade(&service);
        inbox.on_shopper(move |event| {
            if let (Some(offers), ShopperEvent::Offer { jws, room, line_id }) = (listener.upgrade(), event) {
                offers.heard(jws, room, line_id.as_ref());
            }
        });
        Ok(service)
    }

    fn heard(self: &Rc<Self>, jws: &str, room: &RoomId, line_id: Option<&LineId>) {
        // The channel gives again what it cannot be sure that we have.
        if self.rows.borrow().values().any(|row| row.jws == jws) {
            return;
        }
        let row = Row {
            id: provisional(jws),
            jws: jws.to_owned(),
            room: room.clone(),
            line_id: line_id.cloned(),
            received_ms: self.venue.context.ports.clock.wall_ms(),
            state: OfferState::Unchecked,
            claims: None,
        };
        self.rows.borrow_mut().insert(row.id.clone(), row.clone());
        self.check_later(row);
    }

    fn check_later(self: &Rc<Self>, row: Row) {
        let offers = self.clone();
        tokio::task::spawn_local(async move {
            offers.keep(&row).await;
            let ports = &offers.venue.context.ports;
            for attempt in 1..=TRIES {
                match offers.check(&row).await {
                    Ok(checked) => return offers.checked(&row, checked).await,
                    Err(error) => {
                        tracing::debug!(%error, attempt, "an offer cannot be verified yet");
                        offers.show(row.clone());
                    }
                }
                ports.clock.sleep(RETRY.wait_ms(attempt, ports.entropy.next_u64(), None)).await;
            }
        });
    }

    /// Verifies in the order of the contract. An error is no verdict: the shop or the venue could not be asked.
    async fn check(&self, row: &Row) -> Result<Row> {
        let forged = |error: &Error| {
            let reason = match error {
                Error::NotGenuine { reason, .. } | Error::Malformed { reason, .. } => reason.clone(),
                other => other.to_string(),
            };
            Row { state: OfferState::Forged { reason }, ..row.clone() }
        };
        let parsed = jws::parse(&row.jws, TYP, "offer");
        let parsed = match parsed.and_then(|parsed| Ok((ShopDomain::new(parsed.issuer()?), parsed))) {
            Ok(parsed) => parsed,
            Err(error) => return Ok(forged(&error)),
        };
        let (domain, parsed) = parsed;
        if !self.shops.is_vouched(&domain) && !self.orders.bought_from(&domain).await? {
            let reason = "its shop is none of this venue's".to_owned();
            return Ok(Row { state: OfferState::Forged { reason }, ..row.clone() });
        }
        let shop = self.shops.get(&domain).await?;
        let key = shop.signing_key(&parsed.kid).await?;
        let claims: Claims = match parsed.verify(key.as_ref()) {
            Ok(claims) => claims,
            Err(error) => return Ok(forged(&error)),
        };
        let shopper = self.venue.shopper_id().await?;
        if let Err(error) = shop.learn_clock().await {
            // Our own clock is the best guess then; the shop decides at the checkout.
            tracing::debug!(%error, "the shop's clock is not known");
        }
        let state = policy::judge(&claims, &shopper, shop.offers(name::OFFERS), shop.now());
        self.clocks.borrow_mut().insert(domain, shop);
        Ok(Row { id: id_of(&claims), state, claims: Some(claims), ..row.clone() })
    }

    async fn checked(self: &Rc<Self>, row: &Row, mut checked: Row) {
        let other = self.rows.borrow().get(&checked.id).filter(|other| other.jws != checked.jws).cloned();
        if let Some(other) = other {
            if other.claims == checked.claims {
                // Signed anew, the same offer: it is in the list.
                return self.drop_double(row).await;
            }
            // One number, two offers: the first one counts.
            let reason = "its number was used for another offer".to_owned();
            checked =
                Row { state: OfferState::Forged { reason }, id: row.id.clone(), claims: None, ..checked };
        }
        self.forget(&row.id, &checked.id);
        self.keep(&checked).await;
        self.show(checked);
        self.tick();
    }

    async fn drop_double(&self, row: &Row) {
        self.forget(&row.id, &OfferId::new(""));
        let jws = row.jws.clone();
        if let Err(error) = self.venue.context.ports.db.cache.write(move |tx| store::remove(tx, &jws)).await {
            tracing::warn!(%error, "an offer that came twice stays in the cache");
        }
    }

    /// The provisional id goes when the real one is known.
    fn forget(&self, old: &OfferId, new: &OfferId) {
        if old != new {
            self.rows.borrow_mut().remove(old);
            self.list.update(|list| {
                if let Some(at) = list.iter().position(|offer| offer.id == *old) {
                    list.remove(at);
                }
            });
        }
    }

    async fn keep(&self, row: &Row) {
        let row = row.clone();
        if let Err(error) = self.venue.context.ports.db.cache.write(move |tx| store::put(tx, &row)).await {
            tracing::warn!(%error, "an offer is not kept for later");
        }
    }

    fn show(&self, row: Row) {
        let offer = Arc::new(self.shown(&row));
        self.rows.borrow_mut().insert(row.id.clone(), row);
        self.list.update(|list| match list.iter().position(|shown| shown.id == offer.id) {
            Some(at) if list[at] == offer => {}
            Some(at) => {
                list.set(at, offer);
            }
            None => {
                let at = list.iter().position(|shown| shown.received_at <= offer.received_at);
                list.insert(at.unwrap_or(list.len()), offer);
            }
        });
    }

    fn shown(&self, row: &Row) -> Offer {
        let here = self.venue.context.ports.clock.wall_ms();
        let terms = row.claims.as_ref().map(|claims| {
            let expires_at = policy::expires_at(claims);
            let ahead = self.now_at(&claims.iss).as_ms().saturating_sub(here);
            OfferTerms {
                shop: claims.iss.clone(),
                item: claims.item.clone(),
                title: claims.title.clone(),
                price: Money::new(i64::try_from(claims.price).unwrap_or(i64::MAX), claims.currency),
                photo: claims.photo.clone(),
                serial: claims.serial.as_ref().map(ToString::to_string),
                moment: claims.moment,
                expires_at,
                expires_here: Timestamp(expires_at.as_ms().saturating_sub(ahead)),
            }
        });
        Offer {
            id: row.id.clone(),
            state: row.state.clone(),
            room: row.room.clone(),
            line_id: row.line_id.clone(),
            received_at: Timestamp(row.received_ms),
            terms,
        }
    }

    fn now_at(&self, shop: &ShopDomain) -> Timestamp {
        let own = || Timestamp(self.venue.context.ports.clock.wall_ms());
        self.clocks.borrow().get(shop).map_or_else(own, |shop| shop.now())
    }

    /// Lets offers expire when their time comes. A timer runs only while one is valid.
    fn tick(self: &Rc<Self>) {
        if self.next_ms().is_none() {
            return;
        }
        if self.ticking.replace(true) {
            return self.wake.notify_one();
        }
        let offers = self.clone();
        tokio::task::spawn_local(async move {
            while let Some(left) = offers.next_ms() {
                tokio::select! {
                    biased;
                    () = offers.wake.notified() => {}
                    () = offers.venue.context.ports.clock.sleep(left) => {}
                }
                offers.expire().await;
            }
            offers.ticking.set(false);
        });
    }

    /// Milliseconds until the next valid offer expires.
    fn next_ms(&self) -> Option<u64> {
        let rows = self.rows.borrow();
        let valid = rows.values().filter(|row| row.state == OfferState::Valid);
        valid
            .filter_map(|row| row.claims.as_ref())
            .map(|claims| policy::left_ms(claims, self.now_at(&claims.iss)))
            .min()
    }

    async fn expire(&self) {
        let due: Vec<_> = self
            .rows
            .borrow()
            .values()
            .filter(|row| row.state == OfferState::Valid)
            .filter(|row| {
                let left =
                    row.claims.as_ref().map(|claims| policy::left_ms(claims, self.now_at(&claims.iss)));
                left.is_none_or(|left| left == 0)
            })
            .map(|row| Row { state: OfferState::Expired, ..row.clone() })
            .collect();
        for row in due {
            self.show(row.clone());
            self.keep(&row).await;
        }
    }

    fn row(&self, id: &OfferId) -> Result<Row> {
        let row = self.rows.borrow().get(id).cloned();
        row.ok_or_else(|| Error::NotFound { what: format!("offer {id}") })
    }

    fn offer(&self, id: &OfferId) -> Result<Arc<Offer>> {
        Ok(Arc::new(self.shown(&self.row(id)?)))
    }

    fn left_ms(&self, id: &OfferId) -> Result<u64> {
        let row = self.row(id)?;
        let claims = row.claims.filter(|_| row.state == OfferState::Valid);
        Ok(claims.map_or(0, |claims| policy::left_ms(&claims, self.now_at(&claims.iss))))
    }

    /// What buys it: the seam to the purchase.
    pub(crate) fn request(&self, id: &OfferId) -> Result<OfferRequest> {
        let row = self.row(id)?;
        let refused = |code: &str, content: &str| Error::Refused {
            code: code.to_owned(),
            content: content.to_owned(),
            continue_url: None,
        };
        let claims = match (row.state, row.claims) {
            (OfferState::Valid, Some(claims)) => claims,
            (OfferState::Expired, _) => return Err(refused("offer_expired", "the offer has expired")),
            (OfferState::Used, _) => return Err(refused("offer_used", "the offer was bought already")),
            (OfferState::NotYours, _) => {
                return Err(refused("offer_not_yours", "the offer was made to another shopper"));
            }
            (OfferState::NotSoldHere, _) => return Err(Error::not_offered(name::OFFERS)),
            (OfferState::Forged { reason }, _) => {
                return Err(Error::NotGenuine { what: "offer".to_owned(), reason });
            }
            (OfferState::Unchecked | OfferState::Valid, _) => {
                return Err(Error::Unsettled { what: "the offer is not verified yet".to_owned() });
            }
        };
        if policy::left_ms(&claims, self.now_at(&claims.iss)) == 0 {
            return Err(refused("offer_expired", "the offer has expired"));
        }
        Ok(OfferRequest { id: row.id, shop: claims.iss, item: claims.item, jws: row.jws })
    }

    /// An order was placed by this offer.
    pub(crate) async fn used(&self, jws: &str) {
        self.became(jws, OfferState::Used).await;
    }

    /// The shop refused a checkout or its completion with this code; codes that are not about offers change nothing.
    pub(crate) async fn refused(&self, jws: &str, code: &str) {
        if let Some(state) = policy::refused(code) {
            self.became(jws, state).await;
        }
    }

    async fn became(&self, jws: &str, state: OfferState) {
        let row = self.rows.borrow().values().find(|row| row.jws == jws).cloned();
        if let Some(row) = row {
            let row = Row { state, ..row };
            self.show(row.clone());
            self.keep(&row).await;
        }
    }
}

/// What an offer is called until its own number can be believed.
fn provisional(jws: &str) -> OfferId {
    let digest = ring::digest::digest(&ring::digest::SHA256, jws.as_bytes());
    OfferId::new(format!("unverified:{}", URL_SAFE_NO_PAD.encode(digest)))
}

/// Numbers are each shop's own.
fn id_of(claims: &Claims) -> OfferId {
    OfferId::new(format!("{}:{}", claims.iss, claims.jti))
}

#[cfg(test)]
impl Service {
    /// The list as it is now.
    pub(crate) fn list_now(&self) -> Vec<Arc<Offer>> {
        self.list.snapshot()
    }
}

#[cfg(test)]
mod tests;
