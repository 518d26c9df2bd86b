//! Signed requests over real sockets, at two shops that turn away all others: the core builds what is signed, the app's
//! hook signs it, and the sandbox checks it with its own code.

#![expect(clippy::disallowed_methods, reason = "an app around the core may do what the core may not")]

use async_trait::async_trait;
use nightmarket::host::RequestSigner;
use nightmarket::ids::{ItemId, ShopDomain};
use nightmarket::ports::TlsSettings;
use nightmarket::purchase::BuyRequest;
use nightmarket::{Error, Host, Result, Settings, Shopper};
use nightmarket_sandbox::jws::SigningKey;
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

struct Key {
    pair: SigningKey,
    named: &'static str,
    asked: AtomicUsize,
}

impl Key {
    fn new(kid: &'static str) -> Arc<Self> {
        Arc::new(Self { pair: SigningKey::generate(kid), named: kid, asked: AtomicUsize::new(0) })
    }
}

#[async_trait]
impl RequestSigner for Key {
    fn key_id(&self) -> String {
        self.named.to_owned()
    }
    async fn sign(&self, base: &[u8]) -> Result<Vec<u8>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Ok(self.pair.sign_bytes(base))
    }
}

async fn open(sandbox: &Sandbox, directory: &Path, signer: Option<Arc<Key>>) -> Shopper {
    let settings = Settings {
        venue: sandbox.venue_url.clone(),
        directory: directory.to_owned(),
        platform_profile: format!("{}/platform/profile.json", sandbox.venue_url),
        language: "en".to_owned(),
        tls: TlsSettings::default(),
    };
    let signer = signer.map(|key| key as Arc<dyn RequestSigner>);
    Shopper::open(settings, Host { signer, ..Host::default() }).await.unwrap()
}

fn wishes(sandbox: &Sandbox) -> [BuyRequest; 2] {
    let [first, second] = sandbox.domains().1;
    [(first, "tea_cup"), (second, "tasting_tin")]
        .map(|(shop, item)| BuyRequest::of(ShopDomain::new(shop), ItemId::new(item), 1))
}

#[tokio::test]
async fn only_what_the_partners_key_signed_is_answered() {
    let config = SandboxConfig { seed: Some(5), ambience: false, ..SandboxConfig::default() };
    let sandbox = Sandbox::start(config).await.unwrap();
    let key = Key::new("platform-2026");
    sandbox.control(|world| world.require_signatures(vec![key.pair.jwk()]));
    let codes = [
        (Some(key.clone()), None),
        (None, Some("signature_missing")),
        (Some(Key::new("platform-2026")), Some("signature_invalid")),
        (Some(Key::new("platform-2025")), Some("key_not_found")),
    ];
    for (signer, refused) in codes {
        let directory = tempfile::tempdir().unwrap();
        let shopper = open(&sandbox, directory.path(), signer).await;
        for wish in wishes(&sandbox) {
            let shop = wish.shop.clone();
            let quoted = shopper.purchase().quote(wish).await.map(drop);
            match (quoted, refused) {
                (Ok(()), None) => {
                    // A read with a body but no key, and one with neither.
                    shopper.search(shop, "tea".to_owned()).await.unwrap();
                }
                (Err(Error::Refused { code, .. }), Some(wanted)) => assert_eq!(code, wanted),
                (other, wanted) => panic!("{other:?} where {wanted:?} was due"),
            }
        }
        shopper.close().await;
    }
    assert!(key.asked.load(Ordering::Relaxed) >= 4);
    sandbox.stop().await;
}

/// A repeated request has the same body and key, and a signature of its own.
#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_a_new_signature() {
    let config = SandboxConfig { seed: Some(6), ambience: false, ..SandboxConfig::default() };
    let sandbox = Sandbox::start(config).await.unwrap();
    let key = Key::new("platform-2026");
    sandbox.control(|world| world.require_signatures(vec![key.pair.jwk()]));
    let directory = tempfile::tempdir().unwrap();
    let shopper = open(&sandbox, directory.path(), Some(key.clone())).await;
    for (at, wish) in wishes(&sandbox).into_iter().enumerate() {
        shopper.search(wish.shop.clone(), "tea".to_owned()).await.unwrap();
        let before = key.asked.load(Ordering::Relaxed);
        let fault = serde_json::json!({ "target": format!("shop:{at}"), "kind": "drop_after",
            "path_prefix": "/ucp/checkout-sessions", "times": 1 });
        sandbox.control(|world| world.switch_fault(&fault)).unwrap();
        shopper.purchase().quote(wish).await.unwrap();
        assert!(key.asked.load(Ordering::Relaxed) >= before + 2);
        let made =
            sandbox.control(|world| world.books()["shops"][at]["creates"].as_array().map_or(0, Vec::len));
        assert_eq!(made, 1, "the repetition was known by its key");
    }
    shopper.close().await;
    sandbox.stop().await;
}
