//! What the app gives the core: sign-in, payment, addresses, device authentication, secrets, notifications.
//!
//! All are called on the core's thread or await the app's own; none may block. What they throw is a typed error.

use async_trait::async_trait;
use std::sync::{Arc, Mutex, PoisonError};

use nightmarket::host::OAuthClient;
use nightmarket::host::{self, SecretString};
pub use nightmarket::host::{Address, Audience, Buyer, CredentialRequest, DeclaredAge};
use nightmarket::ids::{DropId, RoomId, ShopDomain};
use nightmarket::{Error, Money};

use crate::error::{HostError, Result};

/// Whose token is asked for.
#[uniffi::remote(Enum)]
pub enum Audience {
    /// The venue.
    Venue,
    /// One shop (UCP identity linking: OAuth with PKCE, per shop).
    Shop(ShopDomain),
}

/// What a payment handler needs to mint a credential.
#[uniffi::remote(Record)]
pub struct CredentialRequest {
    /// The shop that will be paid.
    pub shop: ShopDomain,
    /// Id of the handler in the shop's answer.
    pub handler_id: String,
    /// The handler's reverse-domain name.
    pub handler_name: String,
    /// The handler's configuration as the shop sent it, JSON text.
    pub config: String,
    /// The exact total of the quote.
    pub amount: Money,
    /// The checkout session.
    pub checkout_id: String,
}

/// What the app declares of the shopper's age, in whole years: a band, as platforms' age signals give it; an exact age is
/// one of a single year.
#[uniffi::remote(Record)]
pub struct DeclaredAge {
    /// At least so old.
    pub at_least: u32,
    /// Younger than this, if that is known.
    pub under: Option<u32>,
    /// A guardian consents to what a minor may buy only then.
    pub guardian_consents: bool,
}

/// Where things are sent, in UCP's postal address fields.
#[uniffi::remote(Record)]
pub struct Address {
    /// The host app's own id for it, so that "used before" can be told.
    pub id: String,
    /// UCP `postal_address`, JSON text.
    pub json: String,
}

/// Who buys: UCP `buyer`, and the address to deliver to.
#[uniffi::remote(Record)]
pub struct Buyer {
    /// UCP `buyer` object, JSON text.
    pub json: Option<String>,
    /// The delivery address, if one is chosen.
    pub address: Option<Address>,
}

/// An instrument as the core and the screens know it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct InstrumentInfo {
    /// Stable id of this instrument on this device (never a card number).
    pub id: String,
    /// Names of the payment handlers it works with.
    pub handlers: Vec<String>,
    /// UCP instrument type: "card", "wallet".
    pub kind: String,
    /// What the screen shows: "Visa •• 42".
    pub label: String,
    /// Whether a credential comes without a sheet of its own; a wallet with a sheet is no one-tap instrument.
    pub silent: bool,
}

/// Gives access tokens. The core keeps them in memory only.
#[uniffi::export(callback_interface)]
#[async_trait]
pub trait TokenProvider: Send + Sync {
    /// A token for `audience` with these scopes; none for a guest. `challenge` is the `WWW-Authenticate` of the answer
    /// that said the last one is no good.
    async fn token(
        &self,
        audience: Audience,
        scopes: Vec<String>,
        challenge: Option<String>,
    ) -> Result<Option<String>, HostError>;
}

/// A way to pay that the app offers.
#[uniffi::export(callback_interface)]
#[async_trait]
pub trait Instrument: Send + Sync {
    /// Mints a credential for one checkout session: the JSON object that goes into
    /// `payment.instruments[].credential`. Opaque to the core.
    async fn credential(&self, request: CredentialRequest) -> Result<String, HostError>;
}

/// Gives the buyer and the address for a shop.
#[uniffi::export(callback_interface)]
#[async_trait]
pub trait BuyerProvider: Send + Sync {
    /// Who buys at this shop, and where to.
    async fn buyer(&self, shop: ShopDomain) -> Result<Buyer, HostError>;
}

/// Asks the person in front of the device to prove who they are (Face ID, `BiometricPrompt`).
#[uniffi::export(callback_interface)]
#[async_trait]
pub trait DeviceAuthentication: Send + Sync {
    /// True only if they did, now. `reason` is shown.
    async fn authenticate(&self, reason: String) -> Result<bool, HostError>;
}

/// Signs requests in the app's name (RFC 9421, ES256), for shops that tell platforms by their signature. The key stays
/// with the app; its public half is in `signing_keys` of the platform profile.
#[uniffi::export(callback_interface)]
#[async_trait]
pub trait RequestSigner: Send + Sync {
    /// The signature over these bytes: ECDSA with SHA-256 on P-256 as `r` and `s` of 32 bytes each, never DER.
    async fn sign(&self, base: Vec<u8>) -> Result<Vec<u8>, HostError>;
}

/// A key in Keystore or Keychain, under which secrets on disk are sealed.
#[uniffi::export(callback_interface)]
pub trait SecretStore: Send + Sync {
    /// The 32-byte sealing key, made on first use; an error if the store is locked or was wiped.
    fn sealing_key(&self) -> Result<Vec<u8>, HostError>;
}

/// Shows local notifications at a time.
#[uniffi::export(callback_interface)]
pub trait Notifier: Send + Sync {
    /// Shows a reminder of a drop at this wall time (milliseconds), replacing an earlier one for the same drop.
    fn schedule(&self, drop: DropId, at_ms: i64, title: String) -> Result<(), HostError>;
    /// Takes it back.
    fn cancel(&self, drop: DropId) -> Result<(), HostError>;
}

/// Translates what people write, on the device or by a service of the app's own.
#[uniffi::export(callback_interface)]
#[async_trait]
pub trait Translator: Send + Sync {
    /// The same in `language` (BCP 47); none if it is in that language already, or cannot be translated.
    async fn translate(&self, text: String, language: String) -> Result<Option<String>, HostError>;
}

/// Warms the player for a room that may come next. Told a few things only, never waited for.
#[uniffi::export(callback_interface)]
pub trait Preloader: Send + Sync {
    /// The shopper may land in this room next: a player may open its playlist, muted and without a picture.
    fn warm(&self, room: RoomId, hls_url: String) -> Result<(), HostError>;
    /// Not next any more: let go of it.
    fn cool(&self, room: RoomId) -> Result<(), HostError>;
}

/// Everything the app gives. What it does not give: a guest without instruments, address or reminders.
#[derive(uniffi::Object, Default)]
pub struct HostApp {
    host: Mutex<nightmarket::Host>,
}

#[uniffi::export]
impl HostApp {
    /// A guest without instruments.
    #[uniffi::constructor]
    pub fn new() -> Self {
        Self::default()
    }

    /// Signs the shopper in.
    pub fn set_tokens(&self, tokens: Box<dyn TokenProvider>) {
        self.set(|host| host.tokens = Arc::new(Tokens(tokens)));
    }

    /// One more way to pay, after those added before: the shopper's order of preference.
    pub fn add_instrument(&self, info: InstrumentInfo, instrument: Box<dyn Instrument>) {
        self.set(|host| host.instruments.push(Arc::new(Pays { info, instrument })));
    }

    /// Buyer and address.
    pub fn set_buyer(&self, buyer: Box<dyn BuyerProvider>) {
        self.set(|host| host.buyer = Arc::new(Buys(buyer)));
    }

    /// Device authentication.
    pub fn set_device(&self, device: Box<dyn DeviceAuthentication>) {
        self.set(|host| host.device = Arc::new(Device(device)));
    }

    /// The sealing key.
    pub fn set_secrets(&self, secrets: Box<dyn SecretStore>) {
        self.set(|host| host.secrets = Arc::new(Secrets(secrets)));
    }

    /// How shops' authorization servers know this app, as a public client (RFC 8252): its client id, and where a browser
    /// leads back to, exactly as it is registered. Without it the core links no account.
    pub fn set_oauth(&self, client_id: String, redirect_uri: String) {
        self.set(|host| host.oauth = Some(OAuthClient { client_id, redirect_uri, at_shops: Vec::new() }));
    }

    /// The client id that one shop gave this app instead; after `set_oauth`.
    pub fn set_oauth_at(&self, shop: ShopDomain, client_id: String) {
        self.set(|host| {
            if let Some(client) = &mut host.oauth {
                client.at_shops.push((shop, client_id));
            }
        });
    }

    /// Address of the app's platform profile as UCP 2026-01-11 writes it, for shops that speak only that and refuse a newer
    /// platform.
    pub fn set_older_profile(&self, url: String) {
        self.set(|host| host.older_profile = Some(url));
    }

    /// Signs every request with the key of this `kid` in the platform profile.
    pub fn set_signer(&self, key_id: String, signer: Box<dyn RequestSigner>) {
        self.set(|host| host.signer = Some(Arc::new(Signs { key_id, signer })));
    }

    /// Local notifications.
    pub fn set_notifier(&self, notifier: Box<dyn Notifier>) {
        self.set(|host| host.notifier = Arc::new(Notifies(notifier)));
    }

    /// Translation of chat.
    pub fn set_translator(&self, translator: Box<dyn Translator>) {
        self.set(|host| host.translator = Arc::new(Translates(translator)));
    }

    /// Warming of the next stream.
    pub fn set_preloader(&self, preloader: Box<dyn Preloader>) {
        self.set(|host| host.preloader = Arc::new(Preloads(preloader)));
    }
}

impl HostApp {
    fn set(&self, change: impl FnOnce(&mut nightmarket::Host)) {
        change(&mut self.host.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// As it is now; what is set later is for the next Shopper.
    pub(crate) fn host(&self) -> nightmarket::Host {
        self.host.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

struct Tokens(Box<dyn TokenProvider>);

#[async_trait]
impl host::TokenProvider for Tokens {
    async fn token(
        &self,
        audience: &Audience,
        scopes: &[String],
        challenge: Option<&str>,
    ) -> nightmarket::Result<Option<SecretString>> {
        let token = self.0.token(audience.clone(), scopes.to_vec(), challenge.map(str::to_owned)).await;
        Ok(token.map_err(|error| error.of("token provider"))?.map(SecretString::from))
    }
}

struct Pays {
    info: InstrumentInfo,
    instrument: Box<dyn Instrument>,
}

#[async_trait]
impl host::Instrument for Pays {
    fn id(&self) -> String {
        self.info.id.clone()
    }

    fn handlers(&self) -> Vec<String> {
        self.info.handlers.clone()
    }

    fn kind(&self) -> String {
        self.info.kind.clone()
    }

    fn label(&self) -> String {
        self.info.label.clone()
    }

    fn silent(&self) -> bool {
        self.info.silent
    }

    async fn credential(&self, request: CredentialRequest) -> nightmarket::Result<host::Credential> {
        let json = self.instrument.credential(request).await.map_err(|error| error.of("instrument"))?;
        Ok(host::Credential::new(json))
    }
}

struct Buys(Box<dyn BuyerProvider>);

#[async_trait]
impl host::BuyerProvider for Buys {
    async fn buyer(&self, shop: &ShopDomain) -> nightmarket::Result<Buyer> {
        self.0.buyer(shop.clone()).await.map_err(|error| error.of("buyer provider"))
    }
}

struct Device(Box<dyn DeviceAuthentication>);

#[async_trait]
impl host::DeviceAuthentication for Device {
    async fn authenticate(&self, reason: &str) -> nightmarket::Result<bool> {
        self.0.authenticate(reason.to_owned()).await.map_err(|error| error.of("device authentication"))
    }
}

struct Secrets(Box<dyn SecretStore>);

impl host::SecretStore for Secrets {
    fn sealing_key(&self) -> nightmarket::Result<[u8; 32]> {
        let provider = "secret store";
        let key = self.0.sealing_key().map_err(|error| error.of(provider))?;
        key.try_into().map_err(|_| Error::Host {
            provider: provider.to_owned(),
            reason: "the sealing key is not 32 bytes".to_owned(),
        })
    }
}

struct Signs {
    key_id: String,
    signer: Box<dyn RequestSigner>,
}

#[async_trait]
impl host::RequestSigner for Signs {
    fn key_id(&self) -> String {
        self.key_id.clone()
    }

    async fn sign(&self, base: &[u8]) -> nightmarket::Result<Vec<u8>> {
        self.signer.sign(base.to_vec()).await.map_err(|error| error.of("request signer"))
    }
}

struct Notifies(Box<dyn Notifier>);

impl host::Notifier for Notifies {
    fn schedule(&self, drop: &DropId, at_ms: i64, title: &str) {
        if let Err(error) = self.0.schedule(drop.clone(), at_ms, title.to_owned()) {
            tracing::warn!(%error, "a reminder was not scheduled");
        }
    }

    fn cancel(&self, drop: &DropId) {
        if let Err(error) = self.0.cancel(drop.clone()) {
            tracing::warn!(%error, "a reminder was not taken back");
        }
    }
}

struct Translates(Box<dyn Translator>);

#[async_trait]
impl host::Translator for Translates {
    async fn translate(&self, text: &str, language: &str) -> nightmarket::Result<Option<String>> {
        let words = self.0.translate(text.to_owned(), language.to_owned()).await;
        words.map_err(|error| error.of("translator"))
    }
}

struct Preloads(Box<dyn Preloader>);

impl host::Preloader for Preloads {
    fn warm(&self, room: &RoomId, hls_url: &str) {
        if let Err(error) = self.0.warm(room.clone(), hls_url.to_owned()) {
            tracing::warn!(%error, "a stream was not warmed");
        }
    }

    fn cool(&self, room: &RoomId) {
        if let Err(error) = self.0.cool(room.clone()) {
            tracing::warn!(%error, "a warm stream was not let go");
        }
    }
}
