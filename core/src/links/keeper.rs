//! Tokens of linked accounts: access tokens in memory, refresh tokens sealed in the ledger, each renewed by one call at a
//! time, since many servers take a refresh token once.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use tokio::sync::Mutex;
use url::Url;
use url::form_urlencoded::Serializer;

use super::ShopLink;
use super::policy::{self, Callback, PENDING_MS, Pending, not_genuine};
use super::store::{self, Row};
use super::wire::{TokenError, Tokens};
use crate::backoff::Backoff;
use crate::error::{Error, Result};
use crate::host::Host;
use crate::ids::ShopDomain;
use crate::origin;
use crate::ports::{DbExt as _, EntropyExt as _, HttpRequest, HttpResponse, Method, Ports};
use crate::seal::SealingKey;

/// An access token is renewed when it has less than this left, milliseconds.
const MARGIN_MS: u64 = 30_000;
/// How long an access token counts that does not say, milliseconds.
const DEFAULT_LIFE_MS: u64 = 5 * 60_000;
/// Tries of a request whose bytes did not leave.
const TRIES: u32 = 3;
/// The longest answer of an authorization server, bytes, and how long it may take, milliseconds.
pub(super) const MAX_ANSWER: usize = 64 * 1024;
pub(super) const TIMEOUT_MS: u64 = 10_000;
/// A refresh token that the server will not take any more (RFC 6749, 5.2).
const INVALID_GRANT: &str = "invalid_grant";

/// An access token; its end by the monotonic clock.
struct Access {
    token: SecretString,
    ends_ms: u64,
}

/// What is sealed of a link.
#[derive(Serialize, Deserialize)]
struct Secret {
    refresh_token: String,
    client_id: String,
    token_endpoint: String,
    revocation_endpoint: Option<String>,
}

/// See the module. One per core.
pub(crate) struct Keeper {
    ports: Ports,
    host: Host,
    access: RefCell<BTreeMap<ShopDomain, Access>>,
    /// Shops known to have no link, so that a call there costs no look at the disk.
    unlinked: RefCell<BTreeSet<ShopDomain>>,
    /// One renewal of a shop's tokens at a time; a shop that is slow keeps no other one waiting.
    turns: RefCell<BTreeMap<ShopDomain, Rc<Mutex<()>>>>,
}

impl Keeper {
    pub(crate) fn new(ports: Ports, host: Host) -> Rc<Self> {
        Rc::new(Self {
            ports,
            host,
            access: RefCell::default(),
            unlinked: RefCell::default(),
            turns: RefCell::default(),
        })
    }

    /// Access tokens are asked for anew.
    pub(crate) fn forget_tokens(&self) {
        self.access.borrow_mut().clear();
    }

    /// The access token of the account linked at a shop, renewed if it is about to end; none if none is linked.
    pub(crate) async fn token(&self, shop: &ShopDomain) -> Result<Option<SecretString>> {
        if self.unlinked.borrow().contains(shop) {
            return Ok(None);
        }
        if let Some(held) = self.held(shop) {
            return Ok(Some(held));
        }
        let turn = self.turn(shop);
        let _mine = turn.lock().await;
        // Another call may have renewed it while this one waited.
        match self.held(shop) {
            Some(held) => Ok(Some(held)),
            None => self.refreshed(shop).await,
        }
    }

    fn turn(&self, shop: &ShopDomain) -> Rc<Mutex<()>> {
        self.turns.borrow_mut().entry(shop.clone()).or_default().clone()
    }

    /// The shop refused the access token: another one; false if there is none.
    pub(crate) async fn renew(&self, shop: &ShopDomain) -> Result<bool> {
        if self.unlinked.borrow().contains(shop) {
            return Ok(false);
        }
        let refused = self.held(shop);
        let turn = self.turn(shop);
        let _mine = turn.lock().await;
        let same = |now: &SecretString| {
            refused.as_ref().is_some_and(|refused| refused.expose_secret() == now.expose_secret())
        };
        // Another call may have renewed it while this one waited.
        if self.held(shop).as_ref().is_some_and(|now| !same(now)) {
            return Ok(true);
        }
        self.access.borrow_mut().remove(shop);
        Ok(self.refreshed(shop).await?.is_some())
    }

    /// The access token in memory, while it is good.
    fn held(&self, shop: &ShopDomain) -> Option<SecretString> {
        let now = self.ports.clock.monotonic_ms();
        let access = self.access.borrow();
        access
            .get(shop)
            .filter(|access| access.ends_ms > now.saturating_add(MARGIN_MS))
            .map(|access| access.token.clone())
    }

    async fn refreshed(&self, shop: &ShopDomain) -> Result<Option<SecretString>> {
        let name = shop.to_string();
        let row = self.ports.db.ledger.call(move |db| store::get(db, &name)).await?;
        let Some(row) = row else {
            self.unlinked.borrow_mut().insert(shop.clone());
            return Ok(None);
        };
        let Some(secret) = self.open(shop, &row.sealed)? else { return self.lost(row).await };
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", secret.refresh_token.as_str()),
            ("client_id", &secret.client_id),
        ];
        // Of the request that the token is for nothing has left, whatever became of this one.
        let tokens = match self.post_for_tokens(&secret.token_endpoint, &form).await {
            Err(Error::Refused { code, .. }) if code == INVALID_GRANT => return self.lost(row).await,
            other => other.map_err(before_the_call)?,
        };
        let scopes = scopes_of(&tokens, row.scopes);
        let secret = Secret {
            refresh_token: tokens
                .refresh_token
                .as_ref()
                .map_or(secret.refresh_token, |token| token.expose_secret().to_owned()),
            ..secret
        };
        // Written down before the access token is used: the old refresh token may be dead already.
        self.keep(shop, &secret, scopes, row.linked_ms).await?;
        Ok(Some(self.hold(shop, tokens)))
    }

    /// The shop, or the device's key store, does not know the link any more: the shopper is a guest there again.
    async fn lost(&self, row: Row) -> Result<Option<SecretString>> {
        self.unlinked.borrow_mut().insert(ShopDomain::new(row.shop.as_str()));
        self.ports.db.ledger.write(move |tx| store::remove(tx, &row.shop, &row.sealed)).await?;
        Ok(None)
    }

    fn hold(&self, shop: &ShopDomain, tokens: Tokens) -> SecretString {
        let life = tokens.expires_in.map_or(DEFAULT_LIFE_MS, |seconds| seconds.saturating_mul(1_000));
        let ends_ms = self.ports.clock.monotonic_ms().saturating_add(life);
        let access = Access { token: tokens.access_token.clone(), ends_ms };
        self.access.borrow_mut().insert(shop.clone(), access);
        self.unlinked.borrow_mut().remove(shop);
        tokens.access_token
    }

    /// Keeps a sign-in until the browser comes back, also in another life of the app.
    pub(super) async fn begin(&self, pending: &Pending) -> Result<()> {
        let sealed = self.seal("sign-in", &pending.shop, pending)?;
        let (shop, made_ms) = (pending.shop.to_string(), pending.made_ms);
        self.ports
            .db
            .ledger
            .write(move |tx| {
                store::expire(tx, made_ms.saturating_sub(PENDING_MS))?;
                store::begin(tx, &shop, &sealed, made_ms)
            })
            .await
    }

    /// The browser came back: redeems the code, once. A sign-in is used up by the first answer that carries its state,
    /// good or bad.
    pub(super) async fn finish(&self, callback: &Callback) -> Result<ShopLink> {
        let all = self.ports.db.ledger.call(|db| store::pending(db)).await?;
        let key = self.key()?;
        let found = all.into_iter().find_map(|(shop, sealed)| {
            let plain = key.open(&format!("sign-in at {shop}"), &sealed)?;
            let pending: Pending = serde_json::from_slice(&plain).ok()?;
            (pending.state == callback.state).then_some((pending, sealed))
        });
        let (pending, sealed) = found
            .ok_or_else(|| not_genuine("no sign-in of this app waits for it, or it was used already"))?;
        let turn = self.turn(&pending.shop);
        let _mine = turn.lock().await;
        let name = pending.shop.to_string();
        if !self.ports.db.ledger.write(move |tx| store::take(tx, &name, &sealed)).await? {
            return Err(not_genuine("it was used already"));
        }
        let now_ms = self.ports.clock.wall_ms();
        let form = callback.redeem(&pending, now_ms)?;
        let tokens = self.post_for_tokens(&pending.token_endpoint, &form).await?;
        let mut asked = pending.granted.clone();
        asked.extend(pending.scopes.clone());
        let scopes = scopes_of(&tokens, asked);
        if let Some(refresh_token) = &tokens.refresh_token {
            let secret = Secret {
                refresh_token: refresh_token.expose_secret().to_owned(),
                client_id: pending.client_id.clone(),
                token_endpoint: pending.token_endpoint.clone(),
                revocation_endpoint: pending.revocation_endpoint.clone(),
            };
            self.keep(&pending.shop, &secret, scopes.clone(), now_ms).await?;
        }
        self.hold(&pending.shop, tokens);
        Ok(ShopLink { shop: pending.shop, scopes, linked_ms: now_ms })
    }

    /// Every link.
    pub(super) async fn links(&self) -> Result<Vec<ShopLink>> {
        let rows = self.ports.db.ledger.call(|db| store::all(db)).await?;
        let link =
            |row: Row| ShopLink { shop: row.shop.into(), scopes: row.scopes, linked_ms: row.linked_ms };
        Ok(rows.into_iter().map(link).collect())
    }

    /// Ends a link here at once, and at the shop as soon as it can be told.
    pub(super) async fn unlink(&self, shop: &ShopDomain) -> Result<()> {
        let turn = self.turn(shop);
        let mine = turn.lock().await;
        let name = shop.to_string();
        self.ports.db.ledger.write(move |tx| store::end(tx, &name)).await?;
        self.access.borrow_mut().remove(shop);
        self.unlinked.borrow_mut().insert(shop.clone());
        drop(mine);
        if let Err(error) = self.tell_ended().await {
            tracing::info!(code = error.code(), "a shop has yet to be told that it is unlinked");
        }
        Ok(())
    }

    /// Tells shops of links that were ended (RFC 7009): the refresh token is revoked, and with it what came from it.
    pub(crate) async fn tell_ended(&self) -> Result<()> {
        for (place, shop, sealed) in self.ports.db.ledger.call(|db| store::ended(db)).await? {
            let secret = self.open(&ShopDomain::new(shop), &sealed)?;
            let endpoint = secret.as_ref().and_then(|secret| secret.revocation_endpoint.as_deref());
            if let (Some(secret), Some(endpoint)) = (&secret, endpoint) {
                let form = [
                    ("token", secret.refresh_token.as_str()),
                    ("token_type_hint", "refresh_token"),
                    ("client_id", &secret.client_id),
                ];
                let answer = self.post(endpoint, &form).await?;
                if answer.status == 429 || answer.status >= 500 {
                    return Err(Error::Server { who: endpoint.to_owned(), status: answer.status });
                }
            }
            self.ports.db.ledger.write(move |tx| store::told(tx, place)).await?;
        }
        Ok(())
    }

    async fn keep(
        &self,
        shop: &ShopDomain,
        secret: &Secret,
        scopes: Vec<String>,
        linked_ms: i64,
    ) -> Result<()> {
        let sealed = self.seal("link", shop, secret)?;
        let row = Row { shop: shop.to_string(), sealed, scopes, linked_ms };
        self.ports.db.ledger.write(move |tx| store::put(tx, &row)).await
    }

    fn key(&self) -> Result<SealingKey> {
        let key = self.host.secrets.sealing_key()?;
        SealingKey::new(&key).ok_or_else(|| sealing_failed("a key has 32 bytes"))
    }

    fn seal(&self, what: &str, shop: &ShopDomain, value: &impl Serialize) -> Result<Vec<u8>> {
        let plain = crate::api::to_json(value);
        let sealed = self.key()?.seal(&*self.ports.entropy, &format!("{what} at {shop}"), plain.as_bytes());
        sealed.ok_or_else(|| sealing_failed("it did not seal"))
    }

    /// What was sealed; none if that was under another key.
    fn open(&self, shop: &ShopDomain, sealed: &[u8]) -> Result<Option<Secret>> {
        let plain = self.key()?.open(&format!("link at {shop}"), sealed);
        Ok(plain.and_then(|plain| serde_json::from_slice(&plain).ok()))
    }

    async fn post_for_tokens(&self, endpoint: &str, form: &[(&str, &str)]) -> Result<Tokens> {
        let answer = self.post(endpoint, form).await?;
        let who = origin::endpoint(endpoint)?.authority().to_owned();
        if answer.status != 200 {
            return Err(match serde_json::from_slice::<TokenError>(&answer.body) {
                Ok(said) if (400..500).contains(&answer.status) => {
                    Error::Refused { code: said.error, content: said.error_description, continue_url: None }
                }
                _ => Error::Server { who, status: answer.status },
            });
        }
        // Its own words could show a token.
        let tokens: Tokens = serde_json::from_slice(&answer.body)
            .map_err(|_| Error::malformed("token answer", "it is not of the shape of RFC 6749, 5.1"))?;
        if !tokens.token_type.eq_ignore_ascii_case("bearer") {
            return Err(Error::malformed("token answer", "its tokens are not of the Bearer type"));
        }
        Ok(tokens)
    }

    /// Posts a form; again only while none of its bytes left, since a code or token may be good for one use.
    async fn post(&self, endpoint: &str, form: &[(&str, &str)]) -> Result<HttpResponse> {
        let url = origin::endpoint(endpoint)?;
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let mut attempt = 1;
        loop {
            match self.ports.http.send(request(Method::Post, url.clone(), Some(body.clone()))).await {
                Err(error) if error.is_not_sent() && error.is_retryable() && attempt < TRIES => {
                    let random = self.ports.entropy.next_u64();
                    self.ports.clock.sleep(Backoff::INTERACTIVE.wait_ms(attempt, random, None)).await;
                    attempt += 1;
                }
                Ok(answer) if answer.body.len() > MAX_ANSWER => {
                    return Err(Error::malformed("token answer", format!("longer than {MAX_ANSWER} bytes")));
                }
                other => return other,
            }
        }
    }
}

/// A request to an authorization server: no `UCP-Agent`, no token.
pub(super) fn request(method: Method, url: Url, form: Option<String>) -> HttpRequest {
    let mut request = HttpRequest::new(method, url);
    request.timeout_ms = TIMEOUT_MS;
    request.headers = vec![("accept", "application/json".to_owned())];
    if let Some(form) = form {
        request.headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
        request.body = Some(form.into_bytes());
    }
    request
}

/// What was granted: what the server says, or what was asked for (RFC 6749, 5.1).
fn scopes_of(tokens: &Tokens, asked: Vec<String>) -> Vec<String> {
    match &tokens.scope {
        Some(scope) => scope.split_ascii_whitespace().map(str::to_owned).collect(),
        None => asked,
    }
}

/// An error of getting a token, as one of the call that it was for: of that nothing has left.
fn before_the_call(error: Error) -> Error {
    match error {
        Error::NoAnswer { who, reason } => Error::Unreachable { who, reason },
        Error::Server { who, status } => Error::Unreachable {
            who,
            reason: format!("its authorization server failed with status {status}"),
        },
        other => other,
    }
}

fn sealing_failed(reason: &str) -> Error {
    Error::Host { provider: "secret store".to_owned(), reason: reason.to_owned() }
}

pub(super) fn random_secret(ports: &Ports) -> String {
    let mut bytes = [0; policy::SECRET_BYTES];
    ports.entropy.fill(&mut bytes);
    policy::secret(&bytes)
}
