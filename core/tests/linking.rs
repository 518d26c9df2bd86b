//! Linking accounts over real sockets, at two shops with authorization servers of their own: what wants an account says
//! so, the shopper signs in in a browser, the app may be killed meanwhile, and what is linked at one shop is nothing at
//! the other.

#![allow(clippy::disallowed_methods, reason = "an app around the core may do what the core may not")]

use nightmarket::host::{OAuthClient, SecretStore};
use nightmarket::ids::{ItemId, OrderId, ShopDomain};
use nightmarket::ports::TlsSettings;
use nightmarket::purchase::BuyRequest;
use nightmarket::{Error, Host, Result, Settings, Shopper};
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use nightmarket_sandbox::shop::accept_sign_in;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const CHECKOUT: &str = "dev.ucp.shopping.checkout:manage";
const ORDER: &str = "dev.ucp.shopping.order:read";
const ITEMS: [&str; 2] = ["tea_cup", "tasting_tin"];

struct Key;

impl SecretStore for Key {
    fn sealing_key(&self) -> Result<[u8; 32]> {
        Ok([3; 32])
    }
}

async fn start(seed: u64) -> Sandbox {
    let config = SandboxConfig { seed: Some(seed), ambience: false, ..SandboxConfig::default() };
    let sandbox = Sandbox::start(config).await.unwrap();
    for shop in 0..2 {
        sandbox.control(|world| world.terms(shop).gated = vec![CHECKOUT]);
    }
    sandbox
}

async fn open(sandbox: &Sandbox, directory: &Path) -> Shopper {
    let settings = Settings {
        venue: sandbox.venue_url.clone(),
        directory: directory.to_owned(),
        platform_profile: format!("{}/platform/profile.json", sandbox.venue_url),
        language: "en".to_owned(),
        tls: TlsSettings::default(),
    };
    let client = OAuthClient {
        client_id: "nightmarket".to_owned(),
        redirect_uri: "app.nightmarket:/linked".to_owned(),
        at_shops: vec![],
    };
    let host = Host { oauth: Some(client), secrets: Arc::new(Key), ..Host::default() };
    Shopper::open(settings, host).await.unwrap()
}

/// One request as a browser sends it: status, and where it is led.
async fn browse(method: &str, url: &str, form: &str) -> (u16, Option<String>) {
    let rest = url.strip_prefix("http://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(authority).await.unwrap();
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let location = answer.lines().find_map(|line| line.strip_prefix("location: "));
    (status, location.map(str::to_owned))
}

/// The shopper looks at the page, signs in as `name`, and allows all but these scopes. Gives where the browser is led.
async fn sign_in(url: &str, name: &str, without: &[&str]) -> String {
    assert_eq!(browse("GET", url, "").await.0, 200);
    let page = url.split('?').next().unwrap();
    let (status, location) = browse("POST", page, &accept_sign_in(url, name, without)).await;
    assert_eq!(status, 302);
    location.unwrap()
}

fn shops(sandbox: &Sandbox) -> [ShopDomain; 2] {
    sandbox.domains().1.map(ShopDomain::new)
}

async fn quote(shopper: &Shopper, shop: &ShopDomain, at: usize) -> Result<()> {
    let wish = BuyRequest::of(shop.clone(), ItemId::new(ITEMS[at]), 1);
    shopper.purchase().quote(wish).await.map(drop)
}

#[track_caller]
fn challenge_of(result: Result<()>) -> String {
    match result {
        Err(Error::SignInNeeded { challenge: Some(challenge), .. }) => challenge,
        other => panic!("{other:?} where signing in was due"),
    }
}

fn grants(sandbox: &Sandbox, shop: usize) -> Vec<(String, String, Vec<String>)> {
    sandbox.control(|world| world.shops()[shop].linked())
}

#[tokio::test]
async fn each_shop_is_linked_by_itself_and_the_app_may_die_in_between() {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = start(11).await;
    let mut shopper = open(&sandbox, directory.path()).await;
    for (at, shop) in shops(&sandbox).into_iter().enumerate() {
        let challenge = challenge_of(quote(&shopper, &shop, at).await);
        assert!(challenge.contains("resource_metadata"), "{challenge}");
        let offered = shopper.links().offered(shop.clone()).await.unwrap();
        assert!(offered.iter().any(|one| one.scope == CHECKOUT && one.description.is_some()));
        let wish = vec![CHECKOUT.to_owned()];
        let url = shopper.links().link(shop.clone(), wish, Some(challenge)).await.unwrap();
        shopper.close().await;

        let callback = sign_in(&url, "ada", &[]).await;
        shopper = open(&sandbox, directory.path()).await;
        let link = shopper.links().linked(callback.clone()).await.unwrap();
        assert_eq!((link.shop, link.scopes), (shop.clone(), vec![CHECKOUT.to_owned()]));
        assert_eq!(shopper.links().linked(callback).await.unwrap_err().code(), "not_genuine");
        quote(&shopper, &shop, at).await.unwrap();
        let who = sandbox.control(|world| world.shops()[at].books().creates.last().unwrap().shopper.clone());
        assert_eq!(who.as_deref(), Some("ada"));
        assert_eq!((grants(&sandbox, at).len(), grants(&sandbox, 1).len()), (1, at));
    }
    // Past the life of an access token, and in another life of the app.
    sandbox.control(|world| world.move_clock(61 * 60_000));
    quote(&shopper, &shops(&sandbox)[0], 0).await.unwrap();
    shopper.close().await;
    let shopper = open(&sandbox, directory.path()).await;
    quote(&shopper, &shops(&sandbox)[1], 1).await.unwrap();
    assert_eq!(shopper.links().list().await.unwrap().len(), 2);

    let [first, second] = shops(&sandbox);
    shopper.links().unlink(first.clone()).await.unwrap();
    assert_eq!((grants(&sandbox, 0).len(), grants(&sandbox, 1).len()), (0, 1), "the shop was told");
    challenge_of(quote(&shopper, &first, 0).await);
    quote(&shopper, &second, 1).await.unwrap();
    shopper.close().await;
    sandbox.stop().await;
}

#[tokio::test]
async fn a_scope_that_is_missing_is_asked_for_alone() {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = start(12).await;
    let shopper = open(&sandbox, directory.path()).await;
    for (at, shop) in shops(&sandbox).into_iter().enumerate() {
        sandbox.control(|world| world.terms(at).gated = vec![CHECKOUT, ORDER]);
        let both = vec![CHECKOUT.to_owned(), ORDER.to_owned()];
        let url = shopper.links().link(shop.clone(), both, None).await.unwrap();
        // The shopper leaves one out.
        let link = shopper.links().linked(sign_in(&url, "ada", &[ORDER]).await).await.unwrap();
        assert_eq!(link.scopes, [CHECKOUT]);
        quote(&shopper, &shop, at).await.unwrap();
        let read = shopper.orders().read(shop.clone(), OrderId::new("none")).await.map(drop);
        let challenge = challenge_of(read);
        assert!(challenge.contains("insufficient_scope"), "{challenge}");
        let url = shopper.links().link(shop.clone(), vec![], Some(challenge)).await.unwrap();
        assert!(url.contains("order%3Aread") && !url.contains("checkout%3Amanage"), "{url}");
        let link = shopper.links().linked(sign_in(&url, "ada", &[]).await).await.unwrap();
        assert_eq!(link.scopes, [CHECKOUT, ORDER]);
        let read = shopper.orders().read(shop.clone(), OrderId::new("none")).await.map(drop);
        assert!(matches!(read, Err(Error::Refused { code, .. }) if code == "not_found"));
        assert_eq!(grants(&sandbox, at).len(), 1, "one grant, grown");
    }
    shopper.close().await;
    sandbox.stop().await;
}

#[tokio::test]
async fn what_the_shopper_or_somebody_else_spoils_links_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = start(13).await;
    let shopper = open(&sandbox, directory.path()).await;
    let links = shopper.links();
    let [first, second] = shops(&sandbox);
    for (at, shop, other) in [(0, &first, &second), (1, &second, &first)] {
        let begin = || links.link(shop.clone(), vec![], None);
        // Said no.
        let url = begin().await.unwrap();
        let (page, query) = url.split_once('?').unwrap();
        let (_, location) = browse("POST", page, &format!("{query}&shopper=ada&decision=deny")).await;
        let error = links.linked(location.unwrap()).await.unwrap_err();
        assert!(matches!(error, Error::Refused { code, .. } if code == "access_denied"));
        // The other shop's answer, as if it were this one's (RFC 9207).
        let url = begin().await.unwrap();
        let callback = sign_in(&url, "ada", &[]).await;
        let mixed = callback.replace(&shop.to_string().replace(':', "%3A"), &other.to_string());
        assert_ne!(mixed, callback);
        assert_eq!(links.linked(mixed).await.unwrap_err().code(), "not_genuine");
        assert_eq!(links.linked(callback).await.unwrap_err().code(), "not_genuine");
        // A code that came from somebody else's sign-in: the verifier does not fit.
        let stolen = sign_in(&begin().await.unwrap(), "mallory", &[]).await;
        let url = begin().await.unwrap();
        let own = sign_in(&url, "ada", &[]).await;
        let part = |callback: &str, name: &str| {
            let query = callback.split_once('?').unwrap().1.to_owned();
            query.split('&').find(|pair| pair.starts_with(name)).unwrap().to_owned()
        };
        let injected = own.replace(&part(&own, "code="), &part(&stolen, "code="));
        let error = links.linked(injected).await.unwrap_err();
        assert!(matches!(error, Error::Refused { code, .. } if code == "invalid_grant"));
        // A code that is too old.
        let url = begin().await.unwrap();
        let callback = sign_in(&url, "ada", &[]).await;
        sandbox.control(|world| world.move_clock(61_000));
        let error = links.linked(callback).await.unwrap_err();
        assert!(matches!(error, Error::Refused { code, .. } if code == "invalid_grant"));
        assert!(grants(&sandbox, at).is_empty() && links.list().await.unwrap().is_empty());
        challenge_of(quote(&shopper, shop, at).await);
    }
    shopper.close().await;
    sandbox.stop().await;
}
