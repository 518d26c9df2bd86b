//! What an authorization server must never give out.

use serde_json::Value;

use super::{START, Stall, text};
use crate::env::Env;
use crate::http::{Request, Response};
use crate::shop::accept_sign_in;

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const ASKED: &str = "response_type=code&client_id=nightmarket&redirect_uri=app.nightmarket%3A%2Flinked&state=s&\
    code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&\
    scope=dev.ucp.shopping.order%3Aread";

fn call(stall: &mut Stall, method: &str, path: &str, query: &str, form: &str) -> Response {
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
        body: form.as_bytes().to_vec(),
    };
    let mut env = Env { now_ms: stall.now_ms, ids: &mut stall.ids };
    stall.shop.handle(&mut env, &request)
}

fn location(answer: &Response) -> &str {
    answer.headers.iter().find(|(name, _)| name == "location").map_or("", |(_, value)| value)
}

fn code(stall: &mut Stall) -> String {
    code_for(stall, ASKED)
}

fn code_for(stall: &mut Stall, asked: &str) -> String {
    let form = accept_sign_in(&format!("https://s/a?{asked}"), "ada", &[]);
    let answer = call(stall, "POST", "/oauth2/authorize", "", &form);
    let query = location(&answer).split_once('?').expect("led back").1;
    query.split('&').find_map(|pair| pair.strip_prefix("code=")).expect("a code").to_owned()
}

fn redeem(stall: &mut Stall, change: (&str, &str), code: &str) -> Value {
    let mut form = format!(
        "grant_type=authorization_code&client_id=nightmarket&redirect_uri=app.nightmarket%3A%2Flinked&code={code}&\
         code_verifier={VERIFIER}"
    );
    if !change.0.is_empty() {
        form = form.replace(change.0, change.1);
    }
    call(stall, "POST", "/oauth2/token", "", &form).body_json()
}

#[test]
fn a_request_that_is_not_whole_reaches_no_shopper() {
    let mut stall = Stall::snacks();
    assert_eq!(call(&mut stall, "GET", "/oauth2/authorize", ASKED, "").status, 200);
    for (from, to, led) in [
        // Led nowhere: the way back is not known.
        ("client_id=nightmarket", "client_id=other", None),
        ("%2Flinked", "%2Flinked2", None),
        ("app.nightmarket%3A", "http%3A%2F%2F127.0.0.1.evil", None),
        ("state=s", "state=s&state=t", None),
        // Led back, with an error.
        ("response_type=code", "response_type=token", Some("unsupported_response_type")),
        ("code_challenge_method=S256", "code_challenge_method=plain", Some("invalid_request")),
        ("code_challenge=E9", "other=E9", Some("invalid_request")),
        ("order%3Aread", "order%3Aall", Some("invalid_scope")),
    ] {
        let answer = call(&mut stall, "GET", "/oauth2/authorize", &ASKED.replace(from, to), "");
        let wanted = led.map(|error| {
            format!("app.nightmarket:/linked?error={error}&state=s&iss=http%3A%2F%2F127.0.0.1%3A4001")
        });
        assert_eq!(
            (answer.status == 400, location(&answer)),
            (led.is_none(), wanted.as_deref().unwrap_or("")),
            "{to}"
        );
    }
    let loopback = ASKED.replace("app.nightmarket%3A%2Flinked", "http%3A%2F%2F127.0.0.1%3A51004%2Flinked");
    assert_eq!(call(&mut stall, "GET", "/oauth2/authorize", &loopback, "").status, 200);
    let script = ASKED.replace("state=s", "state=%22%3E%3Cscript%3E");
    let page =
        String::from_utf8(call(&mut stall, "GET", "/oauth2/authorize", &script, "").body).expect("text");
    assert!(!page.contains("<script"));
}

#[test]
fn a_code_is_for_its_client_its_address_its_verifier_and_one_use() {
    let mut stall = Stall::snacks();
    for (change, wanted) in [
        ((VERIFIER, "wrong"), "invalid_grant"),
        (("&code_verifier=", "&other="), "invalid_grant"),
        (("%2Flinked", "%2Fother"), "invalid_grant"),
        (("client_id=nightmarket", "client_id=other"), "invalid_client"),
        (("authorization_code", "password"), "unsupported_grant_type"),
    ] {
        let code = code(&mut stall);
        assert_eq!(redeem(&mut stall, change, &code)["error"], wanted, "{change:?}");
    }
    let late = code(&mut stall);
    stall.now_ms += 60_000;
    assert_eq!(redeem(&mut stall, ("", ""), &late)["error"], "invalid_grant");
    assert!(stall.shop.linked().is_empty());

    let code = code(&mut stall);
    let given = redeem(&mut stall, ("", ""), &code);
    assert_eq!(
        (&given["token_type"], &given["scope"]),
        (&"Bearer".into(), &"dev.ucp.shopping.order:read".into())
    );
    assert_eq!(stall.shop.linked().len(), 1);
    assert_eq!(redeem(&mut stall, ("", ""), &code)["error"], "invalid_grant");
    assert!(stall.shop.linked().is_empty(), "used twice, so somebody has a copy");
}

#[test]
fn tokens_end_with_their_time_their_grant_or_a_second_use() {
    let mut stall = Stall::snacks();
    stall.shop.terms().gated = vec!["dev.ucp.shopping.order:read"];
    assert!(stall.now_ms == START);
    let code = code(&mut stall);
    let given = redeem(&mut stall, ("", ""), &code);
    let challenge = |stall: &mut Stall, bearer: Option<String>, path: &str| {
        stall.bearer = bearer;
        let answer = stall.send("GET", path, &Value::Null, None);
        let said = answer.headers.iter().find(|(name, _)| name == "www-authenticate");
        (answer.status, said.map(|(_, value)| value.clone()).unwrap_or_default())
    };
    let access = Some(text(&given["access_token"]));
    assert_eq!(challenge(&mut stall, access.clone(), "/ucp/orders/x").0, 200);
    let (status, said) = challenge(&mut stall, None, "/ucp/orders/x");
    assert!(
        status == 401
            && said.starts_with("Bearer realm=\"http://127.0.0.1:4001\"")
            && !said.contains("error")
    );
    let (status, said) = challenge(&mut stall, Some("at_guessed".to_owned()), "/ucp/orders/x");
    assert!(status == 401 && said.contains("error=\"invalid_token\""));
    let refresh = |stall: &mut Stall, token: &Value| {
        let form = format!("grant_type=refresh_token&client_id=nightmarket&refresh_token={}", text(token));
        call(stall, "POST", "/oauth2/token", "", &form).body_json()
    };
    stall.now_ms += 60 * super::MINUTE;
    assert_eq!(challenge(&mut stall, access, "/ucp/orders/x").0, 401);
    let second = refresh(&mut stall, &given["refresh_token"]);
    let access = Some(text(&second["access_token"]));
    assert_eq!(challenge(&mut stall, access.clone(), "/ucp/orders/x").0, 200);
    assert_eq!(refresh(&mut stall, &given["refresh_token"])["error"], "invalid_grant", "used twice");
    assert_eq!(challenge(&mut stall, access, "/ucp/orders/x").0, 401);
    assert_eq!(refresh(&mut stall, &second["refresh_token"])["error"], "invalid_grant");

    let code = self::code(&mut stall);
    let given = redeem(&mut stall, ("", ""), &code);
    let form = format!("client_id=nightmarket&token={}", text(&given["refresh_token"]));
    assert_eq!(call(&mut stall, "POST", "/oauth2/revoke", "", &form).status, 200);
    assert_eq!(challenge(&mut stall, Some(text(&given["access_token"])), "/ucp/orders/x").0, 401);
}

#[test]
fn an_app_on_loopback_may_come_back_at_another_port() {
    let mut stall = Stall::snacks();
    let at = |port: &str, path: &str| format!("http%3A%2F%2F127.0.0.1%3A{port}%2F{path}");
    for (path, error) in [("linked", Value::Null), ("other", "invalid_grant".into())] {
        let asked = ASKED.replace("app.nightmarket%3A%2Flinked", &at("51004", "linked"));
        let code = code_for(&mut stall, &asked);
        let said = redeem(&mut stall, ("app.nightmarket%3A%2Flinked", &at("51007", path)), &code);
        assert_eq!(said["error"], error, "{path}");
    }
}
