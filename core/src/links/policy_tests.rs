use super::*;
use proptest::prelude::*;

const ISSUER: &str = "https://pearls.example";
const REDIRECT: &str = "app.nightmarket:/linked";

fn pending() -> Pending {
    Pending {
        shop: "pearls.example".into(),
        issuer: ISSUER.to_owned(),
        client_id: "nightmarket".to_owned(),
        redirect_uri: REDIRECT.to_owned(),
        token_endpoint: "https://pearls.example/token".to_owned(),
        revocation_endpoint: None,
        scopes: vec!["dev.ucp.shopping.order:read".to_owned()],
        granted: vec![],
        state: "s".to_owned(),
        // RFC 7636, appendix B.
        verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned(),
        made_ms: 1_000,
    }
}

fn code(callback: &str, pending: &Pending, now_ms: i64) -> String {
    let redeemed = Callback::read(callback).and_then(|callback| {
        let form = callback.redeem(pending, now_ms)?;
        Ok(form.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"))
    });
    redeemed.unwrap_or_else(|error| match error {
        Error::Refused { code, .. } => code,
        other => other.code().to_owned(),
    })
}

#[test]
fn the_request_holds_the_challenge_of_rfc_7636_and_not_its_verifier() {
    let pending = pending();
    let url = authorization_url("https://pearls.example/authorize?tenant=1", &pending).unwrap();
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let get = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert_eq!(get("code_challenge"), Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
    assert_eq!((get("code_challenge_method"), get("response_type")), (Some("S256"), Some("code")));
    assert_eq!((get("redirect_uri"), get("tenant")), (Some(REDIRECT), Some("1")));
    assert_eq!(get("scope"), Some("dev.ucp.shopping.order:read"));
    assert!(!url.as_str().contains(&pending.verifier) && !format!("{pending:?}").contains("dBjf"));
    let none = Pending { scopes: vec![], ..pending };
    assert!(!authorization_url("https://pearls.example/a", &none).unwrap().as_str().contains("scope"));
}

#[test]
fn only_the_answer_to_this_sign_in_redeems_its_code() {
    let good = "app.nightmarket:/linked?code=c&state=s&iss=https%3A%2F%2Fpearls.example";
    assert_eq!(
        code(good, &pending(), 2_000),
        "grant_type=authorization_code&code=c&redirect_uri=app.nightmarket:/linked&client_id=nightmarket&\
         code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    );
    for (callback, wanted) in [
        // RFC 9207: missing, another, or alike but not the same.
        ("app.nightmarket:/linked?code=c&state=s", "not_genuine"),
        ("app.nightmarket:/linked?code=c&state=s&iss=https://evil.example", "not_genuine"),
        ("app.nightmarket:/linked?code=c&state=s&iss=https://pearls.example/", "not_genuine"),
        ("app.nightmarket:/linked?code=c&state=s&iss=HTTPS://pearls.example", "not_genuine"),
        // An error is believed from the right issuer only.
        ("app.nightmarket:/linked?error=access_denied&state=s&iss=https://pearls.example", "access_denied"),
        ("app.nightmarket:/linked?error=access_denied&state=s", "not_genuine"),
        ("app.nightmarket:/linked?state=s&iss=https://pearls.example", "malformed"),
        ("app.nightmarket:/other?code=c&state=s&iss=https://pearls.example", "not_genuine"),
        ("evil:/linked?code=c&state=s&iss=https://pearls.example", "not_genuine"),
        ("app.nightmarket:/linked?code=c&code=d&state=s&iss=https://pearls.example", "bad_input"),
        ("app.nightmarket:/linked?code=c&iss=https://pearls.example", "bad_input"),
        ("no address", "bad_input"),
    ] {
        assert_eq!(code(callback, &pending(), 2_000), wanted, "{callback}");
    }
    for (now, over) in
        [(1_000, false), (1_000 + PENDING_MS - 1, false), (1_000 + PENDING_MS, true), (999, true)]
    {
        assert_eq!(code(good, &pending(), now) == "not_genuine", over, "{now}");
    }
}

#[test]
fn on_loopback_the_port_is_the_systems() {
    let pending = Pending { redirect_uri: "http://127.0.0.1/linked".to_owned(), ..pending() };
    let tail = "linked?code=c&state=s&iss=https://pearls.example";
    assert!(code(&format!("http://127.0.0.1:51234/{tail}"), &pending, 2_000).starts_with("grant_type"));
    assert_eq!(code(&format!("http://127.0.0.2:51234/{tail}"), &pending, 2_000), "not_genuine");
    let https = Pending { redirect_uri: "https://app.example/linked".to_owned(), ..pending };
    assert_eq!(code(&format!("https://app.example:444/{tail}"), &https, 2_000), "not_genuine");
}

fn offers(scopes: &[&str]) -> Vec<LinkScope> {
    scopes.iter().map(|scope| LinkScope { scope: (*scope).to_owned(), description: None }).collect()
}

fn strings(all: &[&str]) -> Vec<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

#[test]
fn only_what_is_derived_is_asked_for_and_never_twice() {
    let offered = offers(&["a.b:read", "a.b:manage"]);
    let challenge = |realm: &str, scopes: &[&str]| Bearer {
        realm: Some(realm.to_owned()),
        error: None,
        scopes: strings(scopes),
    };
    let ask = |wished: &[&str], challenge: Option<&Bearer>, granted: &[&str]| {
        wanted(&offered, &strings(wished), challenge, ISSUER, &strings(granted)).map_err(|error| error.code())
    };
    assert_eq!(ask(&[], None, &[]), Ok(strings(&["a.b:read", "a.b:manage"])));
    assert_eq!(ask(&["a.b:read"], None, &[]), Ok(strings(&["a.b:read"])));
    assert_eq!(ask(&["a.b:write"], None, &[]), Err("bad_input"));
    let full = challenge(ISSUER, &["a.b:read", "a.b:manage"]);
    assert_eq!(ask(&[], Some(&full), &["a.b:read"]), Ok(strings(&["a.b:manage"])), "incremental");
    let elsewhere = challenge("https://evil.example", &["x.y:all"]);
    assert_eq!(ask(&["a.b:read"], Some(&elsewhere), &[]), Ok(strings(&["a.b:read"])), "another realm");
}

#[test]
fn scopes_of_capabilities_not_in_common_are_ignored() {
    let mut negotiated = Negotiated::default();
    negotiated
        .active
        .insert("dev.ucp.shopping.order".to_owned(), nightmarket_ucp::profile::Capability::default());
    let config: super::super::wire::LinkingConfig = serde_json::from_value(serde_json::json!({
        "providers": {"com.example": {"type": "wallet"}},
        "scopes": {
            "dev.ucp.shopping.order:read": {"min_acr": "x", "description": {"plain": "See your orders", "html": "<b>"}},
            "dev.ucp.shopping.order:manage": {},
            "dev.ucp.shopping.order:Bad": {},
            "dev.ucp.shopping.order": {},
            "com.example.loyalty:points": {}
        }
    }))
    .unwrap();
    let found = derived(&config.scopes, &negotiated);
    let found: Vec<_> = found.iter().map(|one| (one.scope.as_str(), one.description.as_deref())).collect();
    assert_eq!(
        found,
        [("dev.ucp.shopping.order:manage", None), ("dev.ucp.shopping.order:read", Some("See your orders"))]
    );
}

#[test]
fn metadata_is_the_shops_own_and_lets_a_public_client_in() {
    let base = serde_json::json!({
        "issuer": ISSUER, "authorization_endpoint": "https://pearls.example/a",
        "token_endpoint": "https://pearls.example/t", "scopes_supported": ["a.b:read"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"]
    });
    let check = |change: &str, value: serde_json::Value| {
        let mut json = base.clone();
        json[change] = value;
        let metadata: Metadata = serde_json::from_value(json).unwrap();
        check_metadata(&metadata, ISSUER, &strings(&["a.b:read"]))
            .map_or_else(|error| error.code(), |()| "good")
    };
    for (change, value, wanted) in [
        ("service_documentation", "x".into(), "good"),
        ("issuer", "https://pearls.example/".into(), "not_genuine"),
        ("issuer", "https://evil.example".into(), "not_genuine"),
        ("token_endpoint", "http://pearls.example/t".into(), "bad_address"),
        ("authorization_endpoint", "javascript:alert(1)".into(), "bad_address"),
        ("revocation_endpoint", "http://pearls.example/r".into(), "bad_address"),
        ("code_challenge_methods_supported", serde_json::json!(["plain"]), "not_offered"),
        ("token_endpoint_auth_methods_supported", serde_json::json!(["client_secret_basic"]), "not_offered"),
        ("scopes_supported", serde_json::json!(["a.b:manage"]), "not_offered"),
    ] {
        assert_eq!(check(change, value.clone()), wanted, "{change} {value}");
    }
}

proptest! {
    #[test]
    fn any_address_is_read_or_refused(text in "\\PC{0,60}") {
        if let Ok(callback) = Callback::read(&text) {
            prop_assert!(!callback.state.is_empty());
        }
    }
}
