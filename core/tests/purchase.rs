//! A purchase over real sockets and real files, at the sandbox's shop, with the core on its own thread: one tap, a lost
//! answer, and an app that ends before it could ask again.

#![expect(clippy::disallowed_methods, reason = "over real sockets the test waits in real time")]

use async_trait::async_trait;
use nightmarket::host::{
    Address, Buyer, BuyerProvider, Credential, CredentialRequest, DeviceAuthentication, Instrument,
    SecretStore,
};
use nightmarket::ids::{ItemId, PurchaseId, ShopDomain};
use nightmarket::ports::TlsSettings;
use nightmarket::purchase::{BuyRequest, Decision, PurchaseView, Purchases, Rendered, TapResult};
use nightmarket::{Host, Result, Settings, Shopper};
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use secrecy::SecretString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

struct Me;

#[async_trait]
impl Instrument for Me {
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
        Ok(Credential { json: SecretString::from(r#"{"type":"token","token":"tok_success"}"#) })
    }
}

#[async_trait]
impl BuyerProvider for Me {
    async fn buyer(&self, _: &ShopDomain) -> Result<Buyer> {
        let address = r#"{"street_address":"1 Harbour Road","address_locality":"Springfield","address_region":"IL","postal_code":"62701","address_country":"US"}"#;
        Ok(Buyer { json: None, address: Some(Address { id: "home".to_owned(), json: address.to_owned() }) })
    }
}

#[async_trait]
impl DeviceAuthentication for Me {
    async fn authenticate(&self, _: &str) -> Result<bool> {
        Ok(true)
    }
}

impl SecretStore for Me {
    fn sealing_key(&self) -> Result<[u8; 32]> {
        Ok([9; 32])
    }
}

async fn open(sandbox: &Sandbox, directory: &Path) -> Shopper {
    let settings = Settings {
        venue: sandbox.venue_url.clone(),
        directory: directory.to_owned(),
        platform_profile: "https://app.example/profile".to_owned(),
        language: "en".to_owned(),
        tls: TlsSettings::default(),
    };
    let me = Arc::new(Me);
    let host = Host {
        instruments: vec![me.clone()],
        buyer: me.clone(),
        device: me.clone(),
        secrets: me,
        ..Host::default()
    };
    Shopper::open(settings, host).await.unwrap()
}

/// Shows a tasting tin for as long as it takes, and taps.
async fn tap(purchases: &Purchases, sandbox: &Sandbox, item: &str) -> PurchaseId {
    let request = BuyRequest::of(sandbox.domains().1[1].into(), ItemId::new(item), 1);
    let quote = purchases.quote(request).await.unwrap().quote;
    purchases.rendered(quote.key.clone(), quote.digest.clone(), Rendered::all_of(&quote)).await.unwrap();
    assert_eq!(purchases.trust(quote.key.clone()).await.unwrap(), Decision::OneTap);
    tokio::time::sleep(Duration::from_millis(510)).await;
    match purchases.tap(quote.key.clone(), quote.digest.clone(), 510).await.unwrap() {
        TapResult::Started(id) => id,
        other => panic!("{other:?}"),
    }
}

fn charges(sandbox: &Sandbox) -> usize {
    sandbox.control(|world| world.shops()[1].books().charges.len())
}

#[tokio::test]
async fn a_purchase_over_sockets_and_files_survives_the_app() {
    let directory = tempfile::tempdir().unwrap();
    let config = SandboxConfig { seed: Some(3), ambience: false, ..SandboxConfig::default() };
    let sandbox = Sandbox::start(config).await.unwrap();
    let shopper = open(&sandbox, directory.path()).await;
    let purchases = shopper.purchase();
    purchases.set_threshold("60USD".parse().unwrap()).await.unwrap();

    let id = tap(&purchases, &sandbox, "tasting_tin").await;
    let placed = purchases.outcome(id).await.unwrap();
    assert_eq!((placed.state.code(), charges(&sandbox)), ("placed", 1));

    // The shop does it, the answer is lost, and nothing else gets through until the app is gone.
    let lose = |kind: &str, prefix: &str, times: u32| {
        let order = serde_json::json!({
            "target": "shop:1", "kind": kind, "path_prefix": prefix, "times": times,
        });
        sandbox.control(|world| world.switch_fault(&order)).unwrap();
    };
    let request = BuyRequest::of(sandbox.domains().1[1].into(), ItemId::new("mochi"), 1);
    let quote = purchases.quote(request).await.unwrap().quote;
    purchases.rendered(quote.key.clone(), quote.digest.clone(), Rendered::all_of(&quote)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(510)).await;
    lose("drop_after", "/ucp", 1);
    lose("drop_before", "/ucp", 1_000);
    let tapped = purchases.tap(quote.key.clone(), quote.digest.clone(), 510).await.unwrap();
    let TapResult::Started(id) = tapped else { panic!("{tapped:?}") };
    let mut watch = purchases.watch(id.clone()).await.unwrap();
    let unknown = |view: &PurchaseView| matches!(view.state.code(), "unknown" | "reconciling");
    tokio::time::timeout(Duration::from_secs(20), watch.wait_for(unknown)).await.unwrap().unwrap();
    shopper.close().await;

    sandbox.control(|world| {
        let request = nightmarket_sandbox::http::Request {
            method: "DELETE".to_owned(),
            path: "/_control/faults".to_owned(),
            ..Default::default()
        };
        assert_eq!(nightmarket_sandbox::control::handle(world, &request).status, 200);
    });
    let shopper = open(&sandbox, directory.path()).await;
    let unseen = shopper.purchase().unacknowledged().await.unwrap();
    assert!(unseen.iter().any(|view| view.id == id));
    let mut watch = shopper.purchase().watch(id).await.unwrap();
    let settled = watch.wait_for(|view| view.state.is_settled());
    let settled = tokio::time::timeout(Duration::from_mins(1), settled).await.unwrap().unwrap().clone();
    assert_eq!((settled.state.code(), charges(&sandbox)), ("placed", 2));
    shopper.close().await;
    sandbox.stop().await;
}
