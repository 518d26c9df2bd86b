//! The core as an app runs it: a thread of its own, real files, a real socket; only its clocks can be put forward.

use async_trait::async_trait;
use nightmarket::host::{
    ANY_HANDLER, Address, Buyer, BuyerProvider, Credential, CredentialRequest, DeviceAuthentication,
    Instrument, SecretStore,
};
use nightmarket::ids::{ItemId, ShopDomain};
use nightmarket::ports::{Ports, TlsSettings};
use nightmarket::purchase::{BuyRequest, Decision, Purchases, Quoted, Rendered, TapResult};
use nightmarket::{Host, Settings, Shopper};
use rusqlite::Connection;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use super::clock::{Ahead, Offset};
use super::shop::Arrived;

/// Bought again and again.
const ITEM: &str = "tasting_tin";
/// Between two purchases, milliseconds: the same item within a minute would be asked about.
const BETWEEN_MS: u64 = 90_000;
const SHOWN_MS: u64 = 1_000;

/// A core with its journal, and the caller's side of it.
pub struct Ours {
    directory: PathBuf,
    address: SocketAddr,
    clock: Offset,
    caller: Runtime,
    purchases: Purchases,
    /// Ends the core when dropped.
    _alive: oneshot::Sender<()>,
}

impl Ours {
    /// Opens a core for the shop; everything it will use counts as used before, and the threshold is far away.
    pub fn open(directory: &Path, address: SocketAddr, clock: &Offset) -> Self {
        let (opened, purchases) = mpsc::channel();
        let (alive, ended) = oneshot::channel::<()>();
        let (folder, ahead) = (directory.to_owned(), Ahead(clock.clone()));
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, async {
                let ports = Ports::real(&folder, &TlsSettings::default()).expect("files and a client");
                let ports = Ports { clock: Rc::new(ahead), ..ports };
                let shopper = Shopper::open_here(ports, settings(&folder, address), host()).await;
                let shopper = shopper.expect("the shop opens");
                opened.send(shopper.purchase()).expect("the caller waits");
                // An error is the sign to end.
                let _ = ended.await;
            });
        });
        let purchases = purchases.recv().expect("the core opens");
        let caller = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let ours = Self {
            directory: directory.to_owned(),
            address,
            clock: clock.clone(),
            caller,
            purchases,
            _alive: alive,
        };
        ours.caller.block_on(async {
            ours.purchases.set_threshold("1000USD".parse().expect("an amount")).await.expect("it is set");
            let quoted = ours.shown().await;
            let decision = ours.purchases.trust(quoted.quote.key.clone()).await.expect("it is trusted");
            assert_eq!(decision, Decision::OneTap);
        });
        ours
    }

    /// A quote that has been on the screen for a second.
    pub async fn shown(&self) -> Quoted {
        self.clock.forward(BETWEEN_MS);
        let shop = ShopDomain::from(self.address.to_string().as_str());
        let wanted = BuyRequest::of(shop, ItemId::new(ITEM), 1);
        let quoted = self.purchases.quote(wanted).await.expect("the shop prices it");
        let quote = &quoted.quote;
        let rendered = Rendered::all_of(quote);
        self.purchases
            .rendered(quote.key.clone(), quote.digest.clone(), rendered)
            .await
            .expect("it is armed");
        self.clock.forward(SHOWN_MS);
        quoted
    }

    /// As [`Ours::shown`], for callers outside a runtime.
    pub fn quoted(&self) -> Quoted {
        self.caller.block_on(self.shown())
    }

    /// From the tap to the moment at which the shop has read the completion; and the completion.
    pub fn tap(&self, arrived: &mpsc::Receiver<Arrived>) -> (Duration, Arrived) {
        let quote = self.quoted().quote;
        let before = Instant::now();
        let tapped = self.purchases.tap(quote.key.clone(), quote.digest.clone(), SHOWN_MS);
        let tapped = self.caller.block_on(tapped).expect("the journal can be written");
        let completion = arrived.recv_timeout(Duration::from_secs(10)).expect("one tap is one completion");
        let took = completion.at - before;
        let TapResult::Started(id) = tapped else { panic!("it was not bought: {tapped:?}") };
        self.caller.block_on(async {
            let view = self.purchases.outcome(id.clone()).await.expect("it has an outcome");
            assert_eq!(view.state.code(), "placed");
            self.purchases.acknowledge(id).await.expect("it is settled");
        });
        (took, completion)
    }

    /// A connection of its own to the journal.
    pub fn ledger(&self) -> Connection {
        Connection::open(self.directory.join("ledger.db")).expect("the journal is a file")
    }
}

fn settings(directory: &Path, address: SocketAddr) -> Settings {
    Settings {
        venue: format!("http://{address}"),
        directory: directory.to_owned(),
        platform_profile: "https://app.example/profile".to_owned(),
        language: "en".to_owned(),
        tls: TlsSettings::default(),
    }
}

fn host() -> Host {
    let app = Arc::new(App);
    Host {
        instruments: vec![app.clone()],
        buyer: app.clone(),
        device: app.clone(),
        secrets: app,
        ..Host::default()
    }
}

struct App;

#[async_trait]
impl Instrument for App {
    fn id(&self) -> String {
        "card_1".to_owned()
    }

    fn handlers(&self) -> Vec<String> {
        vec![ANY_HANDLER.to_owned()]
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

    async fn credential(&self, _: CredentialRequest) -> nightmarket::Result<Credential> {
        Ok(Credential::new(r#"{"type":"token","token":"tok_success"}"#))
    }
}

#[async_trait]
impl BuyerProvider for App {
    async fn buyer(&self, _: &ShopDomain) -> nightmarket::Result<Buyer> {
        let address = r#"{"street_address":"1 Harbour Road","address_locality":"Springfield","address_region":"IL","postal_code":"62701","address_country":"US"}"#;
        Ok(Buyer {
            json: Some(r#"{"email":"shopper@example.com"}"#.to_owned()),
            address: Some(Address { id: "home".to_owned(), json: address.to_owned() }),
        })
    }
}

#[async_trait]
impl DeviceAuthentication for App {
    async fn authenticate(&self, _: &str) -> nightmarket::Result<bool> {
        Ok(true)
    }
}

impl SecretStore for App {
    fn sealing_key(&self) -> nightmarket::Result<[u8; 32]> {
        Ok([7; 32])
    }
}
