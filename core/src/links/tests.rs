use super::*;
use crate::api::Call;
use crate::host::{Audience, Host, OAuthClient, SecretStore};
use crate::ports::{DbExt as _, Ports};
use crate::testing::{self, RoutedHttp};
use crate::venue::Venue;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

const SHOP: &str = "pearls.example";
const METADATA: &str = "GET pearls.example/.well-known/oauth-authorization-server";
const OPENID: &str = "GET pearls.example/.well-known/openid-configuration";
const TOKEN: &str = "POST pearls.example/token";
const REVOKE: &str = "POST pearls.example/revoke";
const GATED: &str = "GET pearls.example/nm/orders";

struct Key(Option<u8>);

impl SecretStore for Key {
    fn sealing_key(&self) -> Result<[u8; 32]> {
        let locked = Error::Host { provider: "secret store".to_owned(), reason: "locked".to_owned() };
        self.0.map(|byte| [byte; 32]).ok_or(locked)
    }
}

fn metadata() -> Value {
    json!({
        "issuer": "https://pearls.example",
        "authorization_endpoint": "https://pearls.example/authorize",
        "token_endpoint": "https://pearls.example/token",
        "revocation_endpoint": "https://pearls.example/revoke",
        "scopes_supported": ["app.nightmarket.shopping.orders:read", "dev.ucp.shopping.order:read"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
    })
}

fn tokens(number: u32) -> Value {
    json!({"access_token": format!("access-{number}"), "token_type": "bearer", "expires_in": 3_600,
        "refresh_token": format!("refresh-{number}"), "scope": "app.nightmarket.shopping.orders:read"})
}

fn market() -> Rc<RoutedHttp> {
    let http = testing::market();
    let mut profile = testing::shop_profile();
    profile["ucp"]["capabilities"][name::IDENTITY_LINKING] = json!([{
        "version": "2026-04-08",
        "config": {"scopes": {"app.nightmarket.shopping.orders:read": {}, "com.example.loyalty:points": {}}},
    }]);
    http.stand("GET pearls.example/.well-known/ucp", 200, &profile);
    http.stand(METADATA, 200, &metadata());
    http.stand(TOKEN, 200, &tokens(1));
    http.stand(REVOKE, 200, &json!({}));
    http.stand(GATED, 200, &json!({}));
    http
}

/// The core of an app over these ports; another one over the same is the app after a restart.
async fn app(ports: &Ports, key: Option<u8>) -> Rc<Service> {
    let client = OAuthClient {
        client_id: "nightmarket".to_owned(),
        redirect_uri: "app.nightmarket:/linked".to_owned(),
        at_shops: vec![("gems.example".into(), "gems-app".to_owned())],
    };
    let host = Host { oauth: Some(client), secrets: Arc::new(Key(key)), ..Host::default() };
    let context = testing::context_of(ports.clone(), host, "https://venue.example");
    let shops = Shops::new(Venue::open(context.clone()).await.unwrap());
    Service::new(context, shops)
}

async fn begin(app: &Service) -> Result<Url> {
    Ok(Url::parse(&app.link(&SHOP.into(), &[], None).await?).unwrap())
}

/// Where the browser leads to once the shopper has allowed it.
fn came_back(url: &Url, iss: &str) -> String {
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    format!("app.nightmarket:/linked?code=c1&state={state}&iss={iss}")
}

async fn linked(app: &Service) -> ShopLink {
    let url = begin(app).await.unwrap();
    app.linked(&came_back(&url, "https://pearls.example")).await.unwrap()
}

/// A call at the shop, and the `Authorization` that it went with.
async fn ask(http: &RoutedHttp, app: &Service) -> Result<Option<String>> {
    let call =
        Call::get(Audience::Shop(SHOP.into()), Url::parse("https://pearls.example/nm/orders").unwrap());
    app.context.api.call(call).await?;
    let asked = http.asked(GATED);
    let sent = asked.last().unwrap().headers.iter().find(|(name, _)| *name == "authorization");
    Ok(sent.map(|(_, value)| value.clone()))
}

fn form(http: &RoutedHttp, route: &str) -> String {
    let asked = http.asked(route);
    String::from_utf8(asked.last().unwrap().body.clone().unwrap()).unwrap()
}

#[test]
fn only_404_leads_on_to_openid_and_nothing_else_is_followed() {
    testing::run(async {
        for (status, body, openid, wanted) in [
            (200, metadata(), 0, "good"),
            (404, json!({}), 1, "good"),
            (500, json!({}), 0, "server"),
            (302, json!({}), 0, "server"),
            (403, metadata(), 0, "server"),
            (200, json!({"issuer": "https://pearls.example"}), 0, "malformed"),
            (200, json!({"padding": "x".repeat(70_000)}), 0, "malformed"),
        ] {
            let http = market();
            http.stand(METADATA, status, &body);
            http.stand(OPENID, 200, &metadata());
            let app = app(&testing::ports(http.clone()), Some(1)).await;
            let code = begin(&app).await.map_or_else(|error| error.code(), |_| "good");
            assert_eq!((code, http.asked(OPENID).len()), (wanted, openid), "{status}");
        }
        let http = market();
        http.once(METADATA, Err(Error::NoAnswer { who: SHOP.to_owned(), reason: "cut".to_owned() }));
        let app = app(&testing::ports(http.clone()), Some(1)).await;
        assert_eq!(begin(&app).await.unwrap_err().code(), "no_answer");
        assert!(http.asked(OPENID).is_empty());
    });
}

#[test]
fn a_sign_in_survives_the_app_and_is_used_once() {
    testing::run(async {
        let http = market();
        let ports = testing::ports(http.clone());
        let url = begin(&*app(&ports, Some(1)).await).await.unwrap();
        let query: std::collections::BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(query["scope"], "app.nightmarket.shopping.orders:read", "not what we cannot use");

        let app = app(&ports, Some(1)).await;
        let wrong = app.linked("app.nightmarket:/linked?code=c&state=guess&iss=https://pearls.example").await;
        assert_eq!(wrong.unwrap_err().code(), "not_genuine");
        let callback = came_back(&url, "https://pearls.example");
        let link = app.linked(&callback).await.unwrap();
        assert_eq!(link.scopes, ["app.nightmarket.shopping.orders:read"]);
        assert_eq!(app.linked(&callback).await.unwrap_err().code(), "not_genuine", "used");
        assert_eq!(http.asked(TOKEN).len(), 1);
        let sent = form(&http, TOKEN);
        let verifier = sent.split('&').find_map(|pair| pair.strip_prefix("code_verifier=")).unwrap();
        assert!(verifier.len() == 43 && !url.as_str().contains(verifier) && !sent.contains("client_secret"));
        assert_eq!(ask(&http, &app).await.unwrap().as_deref(), Some("Bearer access-1"));
    });
}

#[test]
fn an_answer_of_another_server_uses_the_sign_in_up_and_redeems_nothing() {
    testing::run(async {
        let http = market();
        let app = app(&testing::ports(http.clone()), Some(1)).await;
        let url = begin(&app).await.unwrap();
        for iss in ["https://evil.example", "https://pearls.example"] {
            let error = app.linked(&came_back(&url, iss)).await.unwrap_err();
            assert_eq!(error.code(), "not_genuine", "{iss}");
        }
        let url = begin(&app).await.unwrap();
        tokio::time::sleep(Duration::from_mins(31)).await;
        let late = app.linked(&came_back(&url, "https://pearls.example")).await.unwrap_err();
        assert_eq!((late.code(), http.asked(TOKEN).len()), ("not_genuine", 0));
        // The newest sign-in at a shop is the only one.
        let (old, new) = (begin(&app).await.unwrap(), begin(&app).await.unwrap());
        assert!(app.linked(&came_back(&old, "https://pearls.example")).await.is_err());
        app.linked(&came_back(&new, "https://pearls.example")).await.unwrap();
    });
}

#[test]
fn an_access_token_is_renewed_before_it_ends_by_one_call_for_all() {
    testing::run(async {
        let http = market();
        let ports = testing::ports(http.clone());
        let first = app(&ports, Some(1)).await;
        linked(&first).await;
        http.stand(TOKEN, 200, &tokens(2));
        tokio::time::sleep(Duration::from_secs(3_571)).await;
        let (one, two) = tokio::join!(ask(&http, &first), ask(&http, &first));
        assert_eq!(
            (one.unwrap(), two.unwrap()),
            (Some("Bearer access-2".into()), Some("Bearer access-2".into()))
        );
        assert_eq!(
            (http.asked(TOKEN).len(), form(&http, TOKEN).contains("refresh_token=refresh-1")),
            (2, true)
        );

        // What was rotated is used in the app's next life; nothing of a token is on disk.
        http.stand(TOKEN, 200, &tokens(3));
        let second = app(&ports, Some(1)).await;
        assert_eq!(ask(&http, &second).await.unwrap().as_deref(), Some("Bearer access-3"));
        assert!(form(&http, TOKEN).contains("refresh_token=refresh-2"));
        let sealed: Vec<Vec<u8>> = ports
            .db
            .ledger
            .call(|db| {
                let mut all =
                    db.prepare("select sealed from links union all select sealed from link_pending")?;
                all.query_map([], |row| row.get(0))?.collect()
            })
            .await
            .unwrap();
        assert_eq!(sealed.len(), 1);
        let clear = |bytes: &[u8]| bytes.windows(7).any(|part| part == b"refresh" || part == b"access-");
        assert!(!clear(&sealed[0]));
    });
}

#[test]
fn a_token_that_the_shop_refuses_is_renewed_once_and_a_dead_link_is_a_guest() {
    testing::run(async {
        let http = market();
        let app = app(&testing::ports(http.clone()), Some(1)).await;
        linked(&app).await;
        http.stand(TOKEN, 200, &tokens(2));
        http.once(GATED, Ok((401, json!({"code": "token_expired"}))));
        assert_eq!(ask(&http, &app).await.unwrap().as_deref(), Some("Bearer access-2"));

        // Its server does not answer: nothing of the call was sent, and the link stays.
        http.once(GATED, Ok((401, json!({}))));
        http.once(TOKEN, Err(Error::NoAnswer { who: SHOP.to_owned(), reason: "cut".to_owned() }));
        assert_eq!(ask(&http, &app).await.unwrap_err().code(), "unreachable");
        assert_eq!(app.context.api.links().links().await.unwrap().len(), 1);

        http.once(TOKEN, Ok((400, json!({"error": "invalid_grant"}))));
        http.stand(GATED, 401, &json!({}));
        assert_eq!(ask(&http, &app).await.unwrap_err().code(), "sign_in_needed");
        assert!(app.context.api.links().links().await.unwrap().is_empty());
        http.stand(GATED, 200, &json!({}));
        assert_eq!(ask(&http, &app).await.unwrap(), None);
    });
}

#[test]
fn an_unlinking_is_told_to_the_shop_as_soon_as_it_can_be() {
    testing::run(async {
        let http = market();
        let ports = testing::ports(http.clone());
        let first = app(&ports, Some(1)).await;
        linked(&first).await;
        for _ in 0..3 {
            http.once(REVOKE, Err(Error::Unreachable { who: SHOP.to_owned(), reason: "offline".to_owned() }));
        }
        first.context.api.links().unlink(&SHOP.into()).await.unwrap();
        assert_eq!(ask(&http, &first).await.unwrap(), None, "here it is over at once");
        assert!(first.context.api.links().links().await.unwrap().is_empty());
        // Linked anew in between: the old token is revoked all the same.
        http.stand(TOKEN, 200, &tokens(2));
        linked(&first).await;
        let tried = http.asked(REVOKE).len();
        app(&ports, Some(1)).await.context.api.links().tell_ended().await.unwrap();
        assert_eq!(http.asked(REVOKE).len(), tried + 1);
        assert!(
            form(&http, REVOKE)
                .contains("token=refresh-1&token_type_hint=refresh_token&client_id=nightmarket")
        );
        app(&ports, Some(1)).await.context.api.links().tell_ended().await.unwrap();
        assert_eq!(http.asked(REVOKE).len(), tried + 1, "told once");
        assert_eq!(ask(&http, &first).await.unwrap().as_deref(), Some("Bearer access-2"));
    });
}

#[test]
fn without_the_key_nothing_is_begun_and_under_another_one_the_link_is_gone() {
    testing::run(async {
        let http = market();
        let ports = testing::ports(http.clone());
        assert_eq!(begin(&*app(&ports, None).await).await.unwrap_err().code(), "host");
        linked(&*app(&ports, Some(1)).await).await;
        assert_eq!(
            ask(&http, &*app(&ports, None).await).await.unwrap_err().code(),
            "host",
            "locked, not lost"
        );
        assert_eq!(ask(&http, &*app(&ports, Some(2)).await).await.unwrap(), None, "wiped: a guest again");
        assert_eq!(ask(&http, &*app(&ports, Some(1)).await).await.unwrap(), None);
    });
}

#[test]
fn a_shop_that_is_slow_keeps_no_other_one_waiting() {
    testing::run(async {
        let http = market();
        let ports = testing::ports(http.clone());
        let app = app(&ports, Some(1)).await;
        linked(&app).await;
        let links = app.context.api.links();
        links.forget_tokens();
        for _ in 0..2 {
            http.once(TOKEN, Err(Error::Unreachable { who: SHOP.to_owned(), reason: "offline".to_owned() }));
        }
        let begun = ports.clock.monotonic_ms();
        let (pearls, gems) = ("pearls.example".into(), "gems.example".into());
        let elsewhere = async {
            let token = links.token(&gems).await.unwrap();
            (token.is_none(), ports.clock.monotonic_ms())
        };
        let (renewed, elsewhere) = tokio::join!(biased; links.token(&pearls), elsewhere);
        assert!(renewed.unwrap().is_some() && ports.clock.monotonic_ms() > begun, "it took its time");
        assert_eq!(elsewhere, (true, begun));
    });
}
