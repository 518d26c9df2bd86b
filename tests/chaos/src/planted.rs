//! Planted bugs, outside the core: a judge that lets one pass judges nothing.

use async_trait::async_trait;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nightmarket::Error;
use nightmarket::ports::{Http, HttpRequest, HttpResponse};
use serde_json::Value;

use crate::app;
use crate::disk::Sync;
use crate::steps;

/// A retry goes out under a new identity: another `Idempotency-Key`, another client id in the body, so that the other
/// side cannot know it for what it has seen before.
pub struct NewIdentityOnRetry {
    inner: Rc<dyn Http>,
    seen: RefCell<BTreeSet<String>>,
    made: Cell<u64>,
}

impl NewIdentityOnRetry {
    /// Between a core and `inner`.
    pub fn over(inner: Rc<dyn Http>) -> Rc<dyn Http> {
        Rc::new(Self { inner, seen: RefCell::default(), made: Cell::new(0) })
    }

    fn disguise(&self, id: &mut String) {
        if !self.seen.borrow_mut().insert(id.clone()) {
            self.made.set(self.made.get() + 1);
            *id = format!("00000000-0000-4000-8000-{:012x}", self.made.get());
        }
    }

    fn disguise_at(&self, body: &mut Value, pointer: &str) {
        if let Some(Value::String(id)) = body.pointer_mut(pointer) {
            self.disguise(id);
        }
    }
}

#[async_trait(?Send)]
impl Http for NewIdentityOnRetry {
    async fn send(&self, mut request: HttpRequest) -> nightmarket::Result<HttpResponse> {
        for (name, value) in &mut request.headers {
            if *name == "idempotency-key" {
                self.disguise(value);
            }
        }
        if let Some(Ok(mut body)) = request.body.as_deref().map(serde_json::from_slice::<Value>) {
            self.disguise_at(&mut body, "/id");
            self.disguise_at(&mut body, "/items/0/id");
            request.body = Some(body.to_string().into_bytes());
        }
        self.inner.send(request).await
    }
}

/// A lost answer is taken for a connection that never was: the core believes that nothing left, and says so.
pub struct LostMeansUnsent(Rc<dyn Http>);

impl LostMeansUnsent {
    /// Between a core and `inner`.
    pub fn over(inner: Rc<dyn Http>) -> Rc<dyn Http> {
        Rc::new(Self(inner))
    }
}

#[async_trait(?Send)]
impl Http for LostMeansUnsent {
    async fn send(&self, request: HttpRequest) -> nightmarket::Result<HttpResponse> {
        self.0.send(request).await.map_err(|error| match error {
            Error::NoAnswer { who, reason } => Error::Unreachable { who, reason },
            other => other,
        })
    }
}

/// A bug around the core of a phone with a [`crate::Disk`].
#[derive(Clone, Copy)]
pub struct Planted {
    /// What it is.
    pub name: &'static str,
    /// Put between core and network in every life.
    pub http: fn(Rc<dyn Http>) -> Rc<dyn Http>,
    /// Run on the ledger whenever it was opened.
    pub sql: &'static str,
    /// What a sync of the disk does.
    pub sync: Sync,
}

impl Planted {
    /// None.
    pub const NOTHING: Self = Self { name: "nothing", http: |http| http, sql: "", sync: Sync::Honest };

    /// The ledger's commits return before they are on the disk.
    pub const JOURNAL_AT_NORMAL: Self =
        Self { name: "journal at NORMAL", sql: "pragma synchronous = normal", ..Self::NOTHING };

    /// The disk says that it synced, and did not.
    pub const LYING_SYNC: Self = Self { name: "a sync that lies", sync: Sync::Lies, ..Self::NOTHING };

    /// The key that is sent is another than the one in the ledger, and known to one life only.
    pub const KEY_NOT_PERSISTED: Self =
        Self { name: "key not persisted", http: OtherKeys::each_life, ..Self::NOTHING };

    /// Every try of an attempt has a key of its own.
    pub const NEW_KEY_ON_RETRY: Self =
        Self { name: "new key on retry", http: OtherKeys::each_retry, ..Self::NOTHING };

    /// What a purchase costs is reserved only when the shop has answered.
    pub const RESERVED_AFTER_SENDING: Self = Self {
        name: "reservation after sending",
        sql: "pragma temp_store = memory;
            create temp table later (purchase_id, amount, currency, at_ms);
            create temp trigger not_yet after insert on main.reservations
            when not exists (select 1 from later where purchase_id = new.purchase_id) begin
                insert into later values (new.purchase_id, new.amount, new.currency, new.at_ms);
                delete from reservations where purchase_id = new.purchase_id;
            end;
            create temp trigger at_last after update of code on main.purchases
            when new.code not in ('tapped', 'sending') begin
                insert or ignore into reservations
                    select purchase_id, amount, currency, at_ms, new.void from later where purchase_id = new.id;
            end;",
        ..Self::NOTHING
    };

    /// The core sees the same address whatever the shop says, so the digest does not tell one from another.
    pub const DIGEST_WITHOUT_ADDRESS: Self =
        Self { name: "digest without the address", http: BlindToAddresses::over, ..Self::NOTHING };

    /// What nobody knows to have left before a restart is taken for what did.
    pub const RESENT_AFTER_RESTART: Self = Self {
        name: "resend after restart",
        sql: "update attempts set first_sent_ms = (select tapped_ms from purchases p where p.id = purchase_id)
                where first_sent_ms is null and purchase_id in (select id from purchases where code = 'tapped');
            update purchases set state = '\"unknown\"', code = 'unknown' where code in ('tapped', 'sending');",
        ..Self::NOTHING
    };

    /// A retry has the key of the first try, and other bytes.
    pub const OTHER_BYTES_ON_RETRY: Self =
        Self { name: "other bytes on retry", http: AtCompletion::other_bytes, ..Self::NOTHING };

    /// A purchase leaves twenty seconds after its tap.
    pub const SENT_LATE: Self =
        Self { name: "sent after its deadline", http: AtCompletion::late, ..Self::NOTHING };

    /// What the shopper set as a threshold is kept as a hundred times that.
    pub const THRESHOLD_RAISED: Self = Self {
        name: "threshold raised",
        sql: "pragma temp_store = memory;
            create temp trigger raised after insert on main.policy begin
                update policy set body = replace(replace(body, '20000', '2000000'), '6000', '600000');
            end;",
        ..Self::NOTHING
    };

    /// Nobody answers when a session is read.
    pub const NEVER_READS: Self =
        Self { name: "an unknown outcome stays so", http: Unread::over, ..Self::NOTHING };
}

/// What may be done to a completion on its way.
struct AtCompletion {
    inner: Rc<dyn Http>,
    late: bool,
    seen: RefCell<BTreeSet<String>>,
}

impl AtCompletion {
    fn other_bytes(inner: Rc<dyn Http>) -> Rc<dyn Http> {
        Rc::new(Self { inner, late: false, seen: RefCell::default() })
    }

    fn late(inner: Rc<dyn Http>) -> Rc<dyn Http> {
        Rc::new(Self { inner, late: true, seen: RefCell::default() })
    }
}

#[async_trait(?Send)]
impl Http for AtCompletion {
    async fn send(&self, mut request: HttpRequest) -> nightmarket::Result<HttpResponse> {
        if request.url.path().ends_with("/complete") {
            let path = request.url.path().to_owned();
            let first = self.seen.borrow_mut().insert(path);
            match &mut request.body {
                Some(body) if !self.late && !first => body.push(b' '),
                _ if self.late && first => tokio::time::sleep(Duration::from_secs(20)).await,
                _ => {}
            }
        }
        self.inner.send(request).await
    }
}

/// Sessions cannot be read.
struct Unread(Rc<dyn Http>);

impl Unread {
    fn over(inner: Rc<dyn Http>) -> Rc<dyn Http> {
        Rc::new(Self(inner))
    }
}

#[async_trait(?Send)]
impl Http for Unread {
    async fn send(&self, request: HttpRequest) -> nightmarket::Result<HttpResponse> {
        if steps::of_request(&request) == "request: read session" {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let who = request.url.authority().to_owned();
            return Err(Error::NoAnswer { who, reason: "nobody answers".to_owned() });
        }
        self.0.send(request).await
    }
}

/// Completions go out under other keys than the ledger's.
struct OtherKeys {
    inner: Rc<dyn Http>,
    /// Whether every retry gets another one; else a life keeps what it made up, and takes it with it.
    each_retry: bool,
    keys: RefCell<BTreeMap<String, String>>,
}

impl OtherKeys {
    fn each_life(inner: Rc<dyn Http>) -> Rc<dyn Http> {
        Rc::new(Self { inner, each_retry: false, keys: RefCell::default() })
    }

    fn each_retry(inner: Rc<dyn Http>) -> Rc<dyn Http> {
        Rc::new(Self { inner, each_retry: true, keys: RefCell::default() })
    }

    fn other(&self, key: &str) -> String {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let fresh = || format!("00000000-0000-4000-9000-{:012x}", MADE.fetch_add(1, Ordering::Relaxed));
        let mut keys = self.keys.borrow_mut();
        if !self.each_retry {
            return keys.entry(key.to_owned()).or_insert_with(fresh).clone();
        }
        match keys.insert(key.to_owned(), String::new()) {
            None => key.to_owned(),
            Some(_) => fresh(),
        }
    }
}

#[async_trait(?Send)]
impl Http for OtherKeys {
    async fn send(&self, mut request: HttpRequest) -> nightmarket::Result<HttpResponse> {
        if request.url.path().ends_with("/complete") {
            for (_, key) in request.headers.iter_mut().filter(|(name, _)| *name == "idempotency-key") {
                *key = self.other(key);
            }
        }
        self.inner.send(request).await
    }
}

const NOWHERE: &str = "a street like any other";

/// Every destination in an answer has the same street.
struct BlindToAddresses(Rc<dyn Http>);

impl BlindToAddresses {
    fn over(inner: Rc<dyn Http>) -> Rc<dyn Http> {
        Rc::new(Self(inner))
    }
}

#[async_trait(?Send)]
impl Http for BlindToAddresses {
    async fn send(&self, mut request: HttpRequest) -> nightmarket::Result<HttpResponse> {
        // What the core says to a shop goes back as it was: only what it looks at is blind.
        if let Some(body) = request.body.take() {
            let text = String::from_utf8_lossy(&body).replace(NOWHERE, app::STREET);
            request.body = Some(text.into_bytes());
        }
        let mut answer = self.0.send(request).await?;
        if let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) {
            let methods = body.pointer_mut("/fulfillment/methods").and_then(Value::as_array_mut);
            for method in methods.into_iter().flatten() {
                let destinations = method.get_mut("destinations").and_then(Value::as_array_mut);
                for destination in destinations.into_iter().flatten() {
                    destination["street_address"] = NOWHERE.into();
                }
            }
            answer.body = body.to_string().into_bytes();
        }
        Ok(answer)
    }
}
