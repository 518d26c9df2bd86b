//! The host app of the simulated shopper.

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nightmarket::host::{
    ANY_HANDLER, Address, Audience, Buyer, BuyerProvider, Credential, CredentialRequest,
    DeviceAuthentication, Instrument, SecretStore, TokenProvider,
};
use nightmarket::ids::ShopDomain;
use nightmarket::ports::{Ports, TlsSettings};
use nightmarket::{Error, Host, Result, Settings, Shopper};

use crate::shopping::SHOPS;

/// The street of the shopper's addresses.
pub const STREET: &str = "1 Harbour Road";

/// Of the two shops, one delivers in China and the other in the United States; so the shopper has an address in each.
struct App {
    in_china: ShopDomain,
}

#[async_trait]
impl TokenProvider for App {
    async fn token(&self, _: &Audience, _: &[String], _: Option<&str>) -> Result<Option<SecretString>> {
        Ok(Some(SecretString::from("token:ada")))
    }
}

#[async_trait]
impl BuyerProvider for App {
    async fn buyer(&self, shop: &ShopDomain) -> Result<Buyer> {
        let (id, locality, region, code, country) = if *shop == self.in_china {
            ("shanghai", "Shanghai", "SH", "200000", "CN")
        } else {
            ("home", "Springfield", "IL", "62701", "US")
        };
        let json = json!({
            "street_address": STREET, "address_locality": locality, "address_region": region,
            "postal_code": code, "address_country": country,
        });
        let address = Address { id: id.to_owned(), json: json.to_string() };
        Ok(Buyer { json: Some(r#"{"email":"shopper@example.com"}"#.to_owned()), address: Some(address) })
    }
}

#[async_trait]
impl DeviceAuthentication for App {
    async fn authenticate(&self, _: &str) -> Result<bool> {
        Ok(true)
    }
}

impl SecretStore for App {
    fn sealing_key(&self) -> Result<[u8; 32]> {
        Ok([7; 32])
    }
}

#[async_trait]
impl Instrument for App {
    fn id(&self) -> String {
        "card".to_owned()
    }
    fn handlers(&self) -> Vec<String> {
        vec![ANY_HANDLER.to_owned()]
    }
    fn kind(&self) -> String {
        "card".to_owned()
    }
    fn label(&self) -> String {
        "Test card".to_owned()
    }
    fn silent(&self) -> bool {
        true
    }
    /// What becomes of a payment, the sandbox reads off the token; here it hangs on the session's id.
    async fn credential(&self, request: CredentialRequest) -> Result<Credential> {
        let token = match request.checkout_id.bytes().last() {
            Some(b'0'..=b'3') => "tok_decline",
            Some(b'4'..=b'6') => "tok_slow",
            Some(b'7'..=b'9') => "tok_3ds",
            _ => "tok_success",
        };
        Ok(Credential::new(format!(r#"{{"type":"token","token":"{token}"}}"#)))
    }
}

/// What the app gives the core; `in_china` is the shop of the two that delivers there.
pub fn host(in_china: &str) -> Host {
    let app = Arc::new(App { in_china: ShopDomain::new(in_china) });
    Host {
        tokens: app.clone(),
        instruments: vec![app.clone()],
        buyer: app.clone(),
        device: app.clone(),
        secrets: app,
        ..Host::default()
    }
}

/// How the app opens the venue at this origin.
pub fn settings(venue: &str, directory: &Path) -> Settings {
    Settings {
        venue: venue.to_owned(),
        directory: directory.to_owned(),
        platform_profile: format!("{venue}/platform"),
        language: "en".to_owned(),
        tls: TlsSettings::default(),
    }
}

/// Opens the venue, however long it takes in this weather and with this disk.
///
/// # Errors
/// What trying again does not mend: a damaged ledger above all.
pub async fn open(ports: Ports) -> Result<Shopper> {
    let settings = settings("http://127.0.0.1:4000", Path::new("/nowhere"));
    loop {
        match Shopper::open_here(ports.clone(), settings.clone(), host(SHOPS[0])).await {
            Err(error) if error.is_retryable() || matches!(error, Error::Storage { .. }) => {
                tokio::time::sleep(Duration::from_secs(3)).await;
            }
            other => return other,
        }
    }
}
