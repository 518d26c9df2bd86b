//! The purchase on the core thread: armed quotes, attempts, the shopper's policy.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use nightmarket_ucp::checkout::{Checkout, CheckoutComplete, CheckoutCreate};
use nightmarket_ucp::extra::Extra;
use nightmarket_ucp::name;
use nightmarket_ucp::payment::{Credential, Instrument, Payment as UcpPayment};
use secrecy::ExposeSecret as _;
use serde_json::json;
use tokio::sync::{Mutex, watch};

use super::decide::Decision;
use super::digest::sha256_hex;
use super::early::Early;
use super::executor::Driving;
use super::gesture::Grounds;
use super::policy::{Left, Now, Policy};
use super::quote::{Payment, Quote, QuoteKey, Rendered};
use super::quoting::Priced;
use super::store::{self, Attempt, Traits};
use super::wire::{BOUND, Bound};
use super::{BuyRequest, Choice, PurchaseView, Quoted};
use crate::boxes;
use crate::cart;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::host::{CredentialRequest, DeclaredAge, in_time};
use crate::ids::{AttemptId, PurchaseId};
use crate::money::Money;
use crate::offers;
use crate::orders;
use crate::ports::{Connection, DbExt as _, EntropyExt as _};
use crate::seal::SealingKey;
use crate::shop::{Shop, Shops};

/// Sessions that are held ready at once (design, one tap, rule 7).
pub(super) const MAX_ARMED: usize = 3;

/// A session held ready.
struct Armed {
    request: BuyRequest,
    create: CheckoutCreate,
    checkout: Checkout,
    quote: Arc<Quote>,
    /// What the screen showed of this very quote, and since when, on the monotonic clock.
    rendered: Option<(Rendered, u64)>,
    /// A gesture used it up; quoting it again makes it usable again.
    used: bool,
    /// It was prepared on a pin, and the shopper has not opened it yet.
    early: bool,
    /// What the ledger said when it was last asked about this quote.
    grounds: Option<Grounds>,
    /// Changes of the session go one after the other: each replaces all of it.
    turn: Rc<Mutex<()>>,
}

impl Armed {
    /// Whether it is this very quote, as it was rendered.
    fn is(&self, quote: &Quote) -> bool {
        self.quote.key == quote.key && self.quote.digest == quote.digest
    }
}

/// Everything about buying, on the core thread.
pub(crate) struct Service {
    pub(super) context: Rc<Context>,
    pub(super) shops: Rc<Shops>,
    pub(super) orders: Rc<orders::Service>,
    pub(super) offers: Rc<offers::Service>,
    boxes: Rc<boxes::Service>,
    pub(super) carts: Rc<cart::Service>,
    armed: RefCell<Vec<Armed>>,
    pub(super) driving: RefCell<BTreeMap<PurchaseId, Driving>>,
    pub(super) views: RefCell<BTreeMap<PurchaseId, watch::Sender<PurchaseView>>>,
    /// Bodies of attempts of this run, so that a retry needs no key.
    pub(super) bodies: RefCell<BTreeMap<AttemptId, Rc<str>>>,
    pub(super) early: Early,
    online: Cell<bool>,
    /// The shopper's age, as the host app declares it; never stored.
    age: Cell<Option<DeclaredAge>>,
}

/// An attempt ready to be stored, and its bytes.
pub(super) struct Made {
    pub(super) attempt: Attempt,
    pub(super) body: Rc<str>,
}

impl Service {
    /// Opens the room and goes on with what was not settled.
    pub(crate) async fn open(
        context: Rc<Context>,
        shops: Rc<Shops>,
        orders: Rc<orders::Service>,
        offers: Rc<offers::Service>,
        boxes: Rc<boxes::Service>,
        carts: Rc<cart::Service>,
    ) -> Result<Rc<Self>> {
        let service = Rc::new(Self {
            context,
            shops,
            orders,
            offers,
            boxes,
            carts,
            armed: RefCell::default(),
            driving: RefCell::default(),
            views: RefCell::default(),
            bodies: RefCell::default(),
            early: Early::default(),
            online: Cell::new(true),
            age: Cell::new(None),
        });
        Box::pin(service.empty_carts()).await?;
        service.resume().await?;
        Ok(service)
    }

    /// Whether there is a network, as the app says.
    pub(crate) fn set_online(&self, online: bool) {
        self.online.set(online);
        if online {
            self.nudge();
        }
    }

    /// The host app knows, or takes back, how old the shopper is.
    pub(super) fn declare_age(&self, age: Option<DeclaredAge>) -> Result<()> {
        if age.is_some_and(|age| !age.is_band()) {
            return Err(Error::bad_input("nobody is of this age"));
        }
        self.age.set(age);
        Ok(())
    }

    /// Makes a quote and holds it ready. Offers come here too.
    pub(crate) async fn arm(self: &Rc<Self>, mut request: BuyRequest) -> Result<Quoted> {
        self.mark_boxes(&mut request).await?;
        if let Some(quoted) = self.open_early(&request).await {
            return Ok(quoted);
        }
        match self.price(&request).await {
            Ok(priced) => self.keep(request, priced, false).await,
            Err(error) => {
                if let (Error::Refused { code, .. }, Some(jws)) = (&error, &request.offer) {
                    self.offers.refused(jws, code).await;
                }
                Err(error)
            }
        }
    }

    /// What is known to be a blind box is one, whatever the wish says.
    pub(super) async fn mark_boxes(&self, request: &mut BuyRequest) -> Result<()> {
        for wanted in &request.items {
            request.blind_box |= self.boxes.is_box(&request.shop, &wanted.item).await?;
        }
        Ok(())
    }

    /// The quote as the shop has it now.
    pub(super) async fn refresh(self: &Rc<Self>, key: &QuoteKey) -> Result<Quoted> {
        let turn = self.line(key)?;
        let _mine = turn.lock().await;
        let (request, create, checkout) = self.taken(key)?;
        let priced = self.reread(&request, create, &checkout).await?;
        self.keep(request, priced, false).await
    }

    /// The quote with another choice made.
    pub(super) async fn choose(self: &Rc<Self>, key: &QuoteKey, choice: Choice) -> Result<Quoted> {
        let turn = self.line(key)?;
        if let Choice::Consent { kind, granted } = choice {
            self.answer(key, kind, granted).await?;
        }
        let _mine = turn.lock().await;
        let (mut request, create, checkout) = self.taken(key)?;
        if let Choice::Instrument(id) = &choice {
            request.instrument = Some(id.clone());
        }
        let priced = self.reprice(&request, create, &checkout, &choice).await?;
        self.keep(request, priced, false).await
    }

    fn line(&self, key: &QuoteKey) -> Result<Rc<Mutex<()>>> {
        let armed = self.armed.borrow();
        let found = armed.iter().find(|armed| armed.quote.key == *key).ok_or_else(no_quote)?;
        Ok(found.turn.clone())
    }

    fn taken(&self, key: &QuoteKey) -> Result<(BuyRequest, CheckoutCreate, Checkout)> {
        let armed = self.armed.borrow();
        let found = armed.iter().find(|armed| armed.quote.key == *key).ok_or_else(no_quote)?;
        Ok((found.request.clone(), found.create.clone(), found.checkout.clone()))
    }

    /// The offer that a quote was made of, while the quote is held.
    pub(super) fn offer_of(&self, key: &QuoteKey) -> Option<String> {
        let armed = self.armed.borrow();
        armed.iter().find(|armed| armed.quote.key == *key)?.request.offer.clone()
    }

    /// Holds a session ready. What was prepared early gives way first, then what is used up, then the oldest.
    pub(super) async fn keep(
        self: &Rc<Self>,
        request: BuyRequest,
        priced: Priced,
        early: bool,
    ) -> Result<Quoted> {
        let quote = Arc::new(priced.quote);
        {
            let mut armed = self.armed.borrow_mut();
            let before =
                armed.iter().position(|armed| armed.quote.key == quote.key).map(|at| armed.remove(at));
            let turn = before.as_ref().map_or_else(Rc::default, |before| before.turn.clone());
            let rendered = before.filter(|before| before.quote.digest == quote.digest);
            if armed.len() >= MAX_ARMED {
                let early = armed.iter().position(|armed| armed.early);
                let used = armed.iter().position(|armed| armed.used);
                armed.remove(early.or(used).unwrap_or(0));
            }
            armed.push(Armed {
                request,
                create: priced.create,
                checkout: priced.checkout,
                quote: quote.clone(),
                rendered: rendered.and_then(|before| before.rendered),
                used: false,
                early,
                grounds: None,
                turn,
            });
        }
        self.early_changed();
        let decision = self.preview(&quote).await?;
        Ok(Quoted { quote, decision })
    }

    /// Sessions that the shopper has opened and not used.
    pub(super) fn opened(&self) -> usize {
        self.armed.borrow().iter().filter(|armed| !armed.early && !armed.used).count()
    }

    /// Whether a session for this wish is held ready.
    pub(super) fn holds(&self, request: &BuyRequest) -> bool {
        self.armed.borrow().iter().any(|armed| !armed.used && armed.request == *request)
    }

    /// The session that was prepared early for this wish.
    pub(super) fn early_for(&self, request: &BuyRequest) -> Option<QuoteKey> {
        let armed = self.armed.borrow();
        let fits = |armed: &&Armed| armed.early && !armed.used && armed.request == *request;
        armed.iter().find(fits).map(|armed| armed.quote.key.clone())
    }

    /// The shopper has opened it: it is given up no sooner than any other.
    pub(super) fn open_as_is(&self, key: &QuoteKey) {
        for armed in self.armed.borrow_mut().iter_mut().filter(|armed| armed.quote.key == *key) {
            armed.early = false;
        }
    }

    /// Its pin is gone, and nobody has opened it.
    pub(super) fn disarm(&self, key: &QuoteKey) {
        self.armed.borrow_mut().retain(|armed| armed.quote.key != *key || !armed.early);
    }

    /// Whether exactly this is held ready.
    pub(super) fn is_ready(&self, quote: &Arc<Quote>) -> bool {
        self.armed.borrow().iter().any(|armed| !armed.used && Arc::ptr_eq(&armed.quote, quote))
    }

    pub(super) fn is_online(&self) -> bool {
        self.online.get()
    }

    /// The screen shows this.
    pub(super) fn rendered(&self, key: &QuoteKey, digest: &str, rendered: Rendered) -> Result<()> {
        let now = self.context.ports.clock.monotonic_ms();
        let mut armed = self.armed.borrow_mut();
        let found = armed.iter_mut().find(|armed| armed.quote.key == *key).ok_or_else(no_quote)?;
        if found.quote.digest != digest {
            return Err(Error::bad_input("this is not the quote as it is now"));
        }
        let since = found.rendered.as_ref().map_or(now, |(_, since)| *since);
        found.rendered = Some((rendered, since));
        Ok(())
    }

    /// What time it is, by all clocks there are.
    pub(super) fn now(&self) -> Now {
        Now { wall_ms: self.context.ports.clock.wall_ms(), servers_ms: self.shops.server_times() }
    }

    /// What the screen reported of exactly this quote, and since when, on the monotonic clock.
    pub(super) fn shown(&self, quote: &Quote) -> Option<(Rendered, u64)> {
        let armed = self.armed.borrow();
        armed.iter().find(|armed| armed.is(quote))?.rendered.clone()
    }

    /// Looks at what the ledger last said about exactly this quote, if it was asked.
    pub(super) fn with_grounds<R>(&self, quote: &Quote, look: impl FnOnce(&Grounds) -> R) -> Option<R> {
        let armed = self.armed.borrow();
        armed.iter().find(|armed| armed.is(quote))?.grounds.as_ref().map(look)
    }

    pub(super) fn keep_grounds(&self, quote: &Quote, grounds: Grounds) {
        if let Some(armed) = self.armed.borrow_mut().iter_mut().find(|armed| armed.is(quote)) {
            armed.grounds = Some(grounds);
        }
    }

    pub(super) fn declared_age(&self) -> Option<DeclaredAge> {
        self.age.get()
    }

    pub(super) fn current(&self, key: &QuoteKey) -> Result<(Arc<Quote>, bool)> {
        let armed = self.armed.borrow();
        let found = armed.iter().find(|armed| armed.quote.key == *key).ok_or_else(no_quote)?;
        Ok((found.quote.clone(), found.used))
    }

    pub(super) fn use_up(&self, key: &QuoteKey) {
        for armed in self.armed.borrow_mut().iter_mut().filter(|armed| armed.quote.key == *key) {
            armed.used = true;
        }
        self.early_changed();
    }

    /// Mints a credential and makes the bytes of one attempt, sealed if the host has a key.
    pub(super) async fn make_attempt(
        &self,
        shop: &Shop,
        quote: &Quote,
        payment: &Payment,
        total: Money,
        number: u32,
    ) -> Result<Made> {
        let instrument = self.context.host.instruments.iter().find(|one| one.id() == payment.instrument);
        let instrument = instrument.ok_or_else(|| instrument_failed("it is gone"))?;
        let request = CredentialRequest {
            shop: quote.key.shop.clone(),
            handler_id: payment.handler.clone(),
            handler_name: payment.handler_name.clone(),
            config: payment.config.clone(),
            amount: total,
            checkout_id: quote.key.id.to_string(),
        };
        let credential = instrument.credential(request);
        let credential = if instrument.silent() {
            in_time(&*self.context.ports.clock, "instrument", credential).await?
        } else {
            credential.await?
        };
        let display = credential.display.as_deref().map(serde_json::from_str).transpose();
        let display = display.map_err(|_| instrument_failed("what is shown of it is no object"))?;
        let credential: Credential = serde_json::from_str(credential.json.expose_secret())
            .map_err(|_| instrument_failed("its credential is no object with a type"))?;
        let mut complete = CheckoutComplete {
            payment: UcpPayment::with(Instrument {
                id: payment.instrument.clone(),
                handler_id: payment.handler.clone(),
                kind: payment.kind.clone(),
                credential: Some(credential),
                display,
                ..Instrument::default()
            }),
            extra: Extra::default(),
            ..CheckoutComplete::default()
        };
        if quote.bound {
            complete.extra.set(BOUND, json!(Bound { expected_total: total, quote_digest: &quote.digest }));
        }
        let body = shop.complete_body(&complete)?;
        let id = AttemptId::new(self.context.ports.entropy.uuid());
        let sealed = self
            .sealing_key()
            .and_then(|key| key.seal(&*self.context.ports.entropy, id.as_str(), body.as_bytes()));
        let attempt = Attempt {
            id,
            number,
            sealed,
            body_digest: sha256_hex(body.as_bytes()),
            keeps_key: shop.discovered().profile.ucp.version == name::VERSION,
            first_sent_ms: None,
        };
        Ok(Made { attempt, body: body.into() })
    }

    /// The host's key; without it a body lives in memory only, and after a restart the shop is only read.
    pub(super) fn sealing_key(&self) -> Option<SealingKey> {
        match self.context.host.secrets.sealing_key() {
            Ok(key) => SealingKey::new(&key),
            Err(error) => {
                tracing::warn!(code = error.code(), "no sealing key: nothing is sent again after a restart");
                None
            }
        }
    }

    pub(super) async fn policy(&self) -> Result<Policy> {
        self.context.ports.db.ledger.call(|db| store::policy(db)).await
    }

    pub(super) async fn left(&self) -> Result<Left> {
        let now = self.now();
        let read = move |db: &mut Connection| {
            let seen = store::seen(db, &now)?;
            Ok(store::policy(db)?.left(&store::spent(db, seen)?, seen))
        };
        self.context.ports.db.ledger.call(read).await
    }

    /// Changes the policy. What lets more through asks for the device's owner; what lets less through never waits.
    pub(super) async fn change_policy(&self, edit: impl Fn(&mut Policy)) -> Result<Policy> {
        loop {
            let before = self.policy().await?;
            let mut next = before.clone();
            edit(&mut next);
            next.check().map_err(Error::bad_input)?;
            let now = self.now();
            let then = now.clone();
            let seen = self.context.ports.db.ledger.call(move |db| store::seen(db, &then)).await?;
            if before.is_loosened_by(&next, seen) {
                self.authenticate("change what one tap may buy").await?;
            }
            let stored = next.clone();
            let unchanged = self
                .context
                .ports
                .db
                .ledger
                .write(move |tx| {
                    // What was tightened while the owner was asked is not loosened again by the way.
                    let unchanged = store::policy(tx)? == before;
                    if unchanged {
                        let seen = store::see(tx, &now)?;
                        store::put_policy(tx, &stored, seen)?;
                    }
                    Ok(unchanged)
                })
                .await?;
            if unchanged {
                return Ok(next);
            }
        }
    }

    /// Shop, device, instrument, address and delivery of a quote count as used before.
    pub(super) async fn trust(&self, key: &QuoteKey) -> Result<Decision> {
        let (quote, _) = self.current(key)?;
        self.authenticate("trust this shop, address and payment").await?;
        let now = self.now();
        let (shop, traits) = (key.shop.to_string(), Traits::of(&quote));
        self.context
            .ports
            .db
            .ledger
            .write(move |tx| {
                let seen = store::see(tx, &now)?;
                store::put_known(tx, &shop, &traits, seen)?;
                store::forgive(tx, &shop)?;
                store::audit(tx, seen, "trust", None, &json!({ "shop": shop }).to_string())
            })
            .await?;
        self.preview(&quote).await
    }

    async fn authenticate(&self, reason: &str) -> Result<()> {
        if self.context.host.device.authenticate(reason).await? {
            return Ok(());
        }
        Err(Error::Host {
            provider: "device authentication".to_owned(),
            reason: "it was not given".to_owned(),
        })
    }
}

fn no_quote() -> Error {
    Error::NotFound { what: "the quote".to_owned() }
}

fn instrument_failed(reason: &str) -> Error {
    Error::Host { provider: "instrument".to_owned(), reason: reason.to_owned() }
}
