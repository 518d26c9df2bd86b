//! What the host app gives the core: sign-in, payment, addresses, device authentication, secrets, notifications.
//!
//! All are asked on the core thread, which never blocks on one. What needs a person may take as long as a person does;
//! what needs none answers within [`SILENT_MS`], or the call that needs it fails.

use async_trait::async_trait;
pub use secrecy::SecretString;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::ids::{DropId, RoomId, ShopDomain};
use crate::money::Money;
use crate::ports::Clock;

/// Longest wait for what needs no person (a token, the buyer, a silent instrument's credential), milliseconds.
pub const SILENT_MS: u64 = 30_000;

/// Waits for the host app, but not for ever: one that hangs must not hang every call with it.
pub(crate) async fn in_time<T>(
    clock: &dyn Clock,
    provider: &str,
    answer: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::select! {
        biased;
        answer = answer => answer,
        () = clock.sleep(SILENT_MS) => {
            Err(Error::Host { provider: provider.to_owned(), reason: format!("no answer in {SILENT_MS} ms") })
        }
    }
}

/// Whose token is asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// The venue.
    Venue,
    /// One shop (UCP identity linking: OAuth with PKCE, per shop).
    Shop(ShopDomain),
}

/// Gives access tokens, without asking a person: where one has to sign in first, there is none, and the app shows its
/// own sign-in. The core keeps them in memory only.
#[async_trait]
pub trait TokenProvider: Send + Sync {
    /// A token for `audience` with these scopes; none for a guest. `challenge` is the `WWW-Authenticate` of the answer
    /// that said the last one is no good.
    async fn token(
        &self,
        audience: &Audience,
        scopes: &[String],
        challenge: Option<&str>,
    ) -> Result<Option<SecretString>>;
}

/// How this app is known to the shops' authorization servers: a public client of OAuth 2.0 (RFC 8252), without a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthClient {
    /// The client id that shops know it by.
    pub client_id: String,
    /// Where a browser leads back to: a claimed https address or an own scheme, exactly as it is registered.
    pub redirect_uri: String,
    /// Shops that gave an id of their own, each with that id.
    pub at_shops: Vec<(ShopDomain, String)>,
}

impl OAuthClient {
    /// The id at a shop.
    pub(crate) fn id_at(&self, shop: &ShopDomain) -> &str {
        let own = self.at_shops.iter().find(|(domain, _)| domain == shop);
        own.map_or(&self.client_id, |(_, id)| id)
    }
}

/// What a payment handler needs to mint a credential.
#[derive(Debug, Clone)]
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

/// An opaque credential: the core passes it on, seals it while an outcome is unknown, and never looks into it.
#[derive(Clone)]
pub struct Credential {
    /// The JSON object that goes into `payment.instruments[].credential`.
    pub json: SecretString,
    /// What may be shown of the instrument, JSON text of UCP's `display`, such as `brand` and `last_digits`; shops of
    /// UCP 2026-01-11 require these two of a card (its `card_payment_instrument`).
    pub display: Option<String>,
}

impl Credential {
    /// A credential of which nothing is shown.
    pub fn new(json: impl Into<SecretString>) -> Self {
        Self { json: json.into(), display: None }
    }
}

/// In [`Instrument::handlers`]: it works with any handler that takes its type. For tokens that somebody else minted.
pub const ANY_HANDLER: &str = "*";

/// A way to pay that the host app offers.
#[async_trait]
pub trait Instrument: Send + Sync {
    /// Stable id of this instrument on this device (never a card number).
    fn id(&self) -> String;
    /// Names of the payment handlers it works with.
    fn handlers(&self) -> Vec<String>;
    /// UCP instrument type: "card", "wallet".
    fn kind(&self) -> String;
    /// What the screen shows: "Visa •• 42".
    fn label(&self) -> String;
    /// Whether a credential comes without a sheet of its own; a wallet with a sheet is no one-tap instrument.
    fn silent(&self) -> bool;
    /// Mints a credential for one checkout session.
    async fn credential(&self, request: CredentialRequest) -> Result<Credential>;
}

/// What the host app declares of the shopper's age, in whole years: a band, as platforms' age signals give it; an exact
/// age is one of a single year. The core takes the app's word, keeps it in memory only, and never sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclaredAge {
    /// At least so old.
    pub at_least: u32,
    /// Younger than this, if that is known.
    pub under: Option<u32>,
    /// A guardian consents to what a minor may buy only then.
    pub guardian_consents: bool,
}

impl DeclaredAge {
    /// An age that is known to the year, without a guardian's consent.
    pub fn years(age: u32) -> Self {
        Self { at_least: age, under: age.checked_add(1), guardian_consents: false }
    }

    /// Whether anybody can be of this age.
    pub(crate) fn is_band(self) -> bool {
        self.under.is_none_or(|under| self.at_least < under)
    }
}

/// Where things are sent, in UCP's postal address fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The host app's own id for it, so that "used before" can be told.
    pub id: String,
    /// UCP `postal_address`, JSON text.
    pub json: String,
}

/// Who buys: UCP `buyer`, and the address to deliver to.
#[derive(Clone, Default)]
pub struct Buyer {
    /// UCP `buyer` object, JSON text.
    pub json: Option<String>,
    /// The delivery address, if one is chosen.
    pub address: Option<Address>,
}

impl std::fmt::Debug for Buyer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Buyer(…)")
    }
}

/// Gives the buyer and the address for a shop.
#[async_trait]
pub trait BuyerProvider: Send + Sync {
    /// Who buys at this shop, and where to.
    async fn buyer(&self, shop: &ShopDomain) -> Result<Buyer>;
}

/// Asks the person in front of the device to prove who they are (Face ID, `BiometricPrompt`).
#[async_trait]
pub trait DeviceAuthentication: Send + Sync {
    /// True only if they did, now. `reason` is shown.
    async fn authenticate(&self, reason: &str) -> Result<bool>;
}

/// Signs requests in the partner's name (UCP "Message Signatures": RFC 9421, ES256), for venues and shops that tell
/// platforms by their signature. The private key stays where the partner keeps it; its public half is in `signing_keys`
/// of the platform profile. No person is asked.
#[async_trait]
pub trait RequestSigner: Send + Sync {
    /// The key's `kid` in the platform profile.
    fn key_id(&self) -> String;
    /// The signature over these bytes: ECDSA with SHA-256 on P-256 (or SHA-384 on P-384) as `r‖s` of fixed width, never
    /// DER. Asked once for each request, also for a repeated one.
    async fn sign(&self, base: &[u8]) -> Result<Vec<u8>>;
}

/// A key in Keystore or Keychain, under which secrets on disk are sealed.
pub trait SecretStore: Send + Sync {
    /// The 32-byte sealing key, made on first use; an error if the store is locked or was wiped.
    fn sealing_key(&self) -> Result<[u8; 32]>;
}

/// Shows local notifications at a time.
pub trait Notifier: Send + Sync {
    /// Shows a reminder of a drop at this wall time (milliseconds), replacing an earlier one for the same drop.
    fn schedule(&self, drop: &DropId, at_ms: i64, title: &str);
    /// Takes it back.
    fn cancel(&self, drop: &DropId);
}

/// Translates what people write, on the device or by a service of the app's own.
#[async_trait]
pub trait Translator: Send + Sync {
    /// The same in `language` (BCP 47); none if it is in that language already, or cannot be translated.
    async fn translate(&self, text: &str, language: &str) -> Result<Option<String>>;
}

/// Warms the player for a room that may come next. Told a few things only, never waited for.
pub trait Preloader: Send + Sync {
    /// The shopper may land in this room next: a player may open its playlist, muted and without a picture.
    fn warm(&self, room: &RoomId, hls_url: &str);
    /// Not next any more: let go of it.
    fn cool(&self, room: &RoomId);
}

/// Everything the host app gives; what it does not give is answered by [`Host::default`]: a guest without instruments.
#[derive(Clone)]
pub struct Host {
    /// Sign-in. Where it has no token for a shop, the link that [`crate::links`] keeps is used.
    pub tokens: Arc<dyn TokenProvider>,
    /// The app as shops' authorization servers know it; none: the core links no account.
    pub oauth: Option<OAuthClient>,
    /// Payment, in the shopper's order of preference.
    pub instruments: Vec<Arc<dyn Instrument>>,
    /// Buyer and address.
    pub buyer: Arc<dyn BuyerProvider>,
    /// Device authentication.
    pub device: Arc<dyn DeviceAuthentication>,
    /// The sealing key.
    pub secrets: Arc<dyn SecretStore>,
    /// Address of the platform profile as UCP 2026-01-11 writes it, named to shops that speak only that: they refuse a
    /// platform of a newer version (its "Version Negotiation"). None: the one of `Settings` is named there too.
    pub older_profile: Option<String>,
    /// Signs requests; none: they are not signed.
    pub signer: Option<Arc<dyn RequestSigner>>,
    /// Local notifications.
    pub notifier: Arc<dyn Notifier>,
    /// Translation of chat.
    pub translator: Arc<dyn Translator>,
    /// Warming of the next stream.
    pub preloader: Arc<dyn Preloader>,
}

struct Nothing;

#[async_trait]
impl TokenProvider for Nothing {
    async fn token(&self, _: &Audience, _: &[String], _: Option<&str>) -> Result<Option<SecretString>> {
        Ok(None)
    }
}

#[async_trait]
impl BuyerProvider for Nothing {
    async fn buyer(&self, _: &ShopDomain) -> Result<Buyer> {
        Ok(Buyer::default())
    }
}

#[async_trait]
impl DeviceAuthentication for Nothing {
    async fn authenticate(&self, _: &str) -> Result<bool> {
        Ok(false)
    }
}

impl SecretStore for Nothing {
    fn sealing_key(&self) -> Result<[u8; 32]> {
        Err(Error::Host { provider: "secret store".to_owned(), reason: "none was given".to_owned() })
    }
}

impl Notifier for Nothing {
    fn schedule(&self, _: &DropId, _: i64, _: &str) {}
    fn cancel(&self, _: &DropId) {}
}

#[async_trait]
impl Translator for Nothing {
    async fn translate(&self, _: &str, _: &str) -> Result<Option<String>> {
        Ok(None)
    }
}

impl Preloader for Nothing {
    fn warm(&self, _: &RoomId, _: &str) {}
    fn cool(&self, _: &RoomId) {}
}

impl Default for Host {
    fn default() -> Self {
        let nothing = Arc::new(Nothing);
        Self {
            tokens: nothing.clone(),
            oauth: None,
            instruments: Vec::new(),
            buyer: nothing.clone(),
            device: nothing.clone(),
            secrets: nothing.clone(),
            older_profile: None,
            signer: None,
            notifier: nothing.clone(),
            translator: nothing.clone(),
            preloader: nothing,
        }
    }
}
