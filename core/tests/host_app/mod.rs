//! What the tests that buy have for an app around the core: a person with an address and a card that pays in silence.

use async_trait::async_trait;
use nightmarket::host::{
    Address, Audience, Buyer, BuyerProvider, Credential, CredentialRequest, DeviceAuthentication, Instrument,
    SecretStore, SecretString, TokenProvider,
};
use nightmarket::ids::ShopDomain;
use nightmarket::ports::TlsSettings;
use nightmarket::purchase::{BuyRequest, Purchases, Quote, Rendered, TapResult};
use nightmarket::{Host, Result, Settings, Shopper};
use serde_json::json;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a quote is on the screen before it is tapped, milliseconds: just long enough.
const SHOWN_MS: u64 = 510;

const SPRINGFIELD: &str = r#"{"street_address":"1 Harbour Road","address_locality":"Springfield","address_region":"IL","postal_code":"62701","address_country":"US"}"#;
const JINGDEZHEN: &str = r#"{"street_address":"8 Kiln Lane","address_locality":"Jingdezhen","address_region":"Jiangxi","postal_code":"333000","address_country":"CN"}"#;

/// A person of Springfield, and the app around the core.
pub struct HostApp {
    /// What the card's next credential is.
    pub token: Mutex<&'static str>,
    /// What may be shown of the card.
    pub display: Option<&'static str>,
    /// What the shops are told of the buyer beside the address.
    pub buyer: Option<&'static str>,
    /// Who is signed in, everywhere; none is a guest.
    pub bearer: Option<&'static str>,
    /// The shop that sends to Jingdezhen instead.
    pub abroad: Option<ShopDomain>,
}

impl Default for HostApp {
    fn default() -> Self {
        Self {
            token: Mutex::new("tok_success"),
            display: None,
            buyer: None,
            bearer: Some("token:ada"),
            abroad: None,
        }
    }
}

#[async_trait]
impl Instrument for HostApp {
    fn id(&self) -> String {
        "card_1".to_owned()
    }
    fn handlers(&self) -> Vec<String> {
        vec!["app.nightmarket.pay.tokenizer".to_owned()]
    }
    fn kind(&self) -> String {
        "card".to_owned()
    }
    fn label(&self) -> String {
        "Card".to_owned()
    }
    fn silent(&self) -> bool {
        true
    }
    async fn credential(&self, _: CredentialRequest) -> Result<Credential> {
        let json = json!({ "type": "token", "token": *self.token.lock().unwrap() }).to_string();
        Ok(Credential { display: self.display.map(str::to_owned), ..Credential::new(json) })
    }
}

#[async_trait]
impl BuyerProvider for HostApp {
    async fn buyer(&self, shop: &ShopDomain) -> Result<Buyer> {
        let address = if self.abroad.as_ref() == Some(shop) { JINGDEZHEN } else { SPRINGFIELD };
        let address = Address { id: "home".to_owned(), json: address.to_owned() };
        Ok(Buyer { json: self.buyer.map(str::to_owned), address: Some(address) })
    }
}

#[async_trait]
impl DeviceAuthentication for HostApp {
    async fn authenticate(&self, _: &str) -> Result<bool> {
        Ok(true)
    }
}

#[async_trait]
impl TokenProvider for HostApp {
    async fn token(&self, _: &Audience, _: &[String], _: Option<&str>) -> Result<Option<SecretString>> {
        Ok(self.bearer.map(SecretString::from))
    }
}

impl SecretStore for HostApp {
    fn sealing_key(&self) -> Result<[u8; 32]> {
        Ok([9; 32])
    }
}

/// Opens the core with this app around it; `older_profile` is what shops of UCP 2026-01-11 are told of it.
pub async fn open(
    venue: &str,
    directory: &Path,
    app: &Arc<HostApp>,
    older_profile: Option<String>,
) -> Shopper {
    let settings = Settings {
        venue: venue.to_owned(),
        directory: directory.to_owned(),
        platform_profile: "https://app.example/profile".to_owned(),
        language: "en".to_owned(),
        tls: TlsSettings::default(),
    };
    let host = Host {
        instruments: vec![app.clone()],
        tokens: app.clone(),
        buyer: app.clone(),
        device: app.clone(),
        secrets: app.clone(),
        older_profile,
        ..Host::default()
    };
    Shopper::open(settings, host).await.unwrap()
}

/// Quotes, shows and trusts what is wanted, long enough for a tap.
pub async fn shown(purchases: &Purchases, request: BuyRequest) -> Arc<Quote> {
    let quote = purchases.quote(request).await.unwrap().quote;
    purchases.rendered(quote.key.clone(), quote.digest.clone(), Rendered::all_of(&quote)).await.unwrap();
    purchases.trust(quote.key.clone()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(SHOWN_MS)).await;
    quote
}

/// Taps a quote that is on the screen.
pub async fn tap_on(purchases: &Purchases, quote: &Quote) -> TapResult {
    purchases.tap(quote.key.clone(), quote.digest.clone(), SHOWN_MS).await.unwrap()
}
