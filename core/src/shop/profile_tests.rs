use super::*;
use crate::testing::{self, ScriptedHttp};
use serde_json::{Value, json};

fn origin() -> Origin {
    Origin::parse("https://pearls.example").unwrap()
}

fn profile(version: &str) -> Value {
    json!({"ucp": {
        "version": version,
        "services": {"dev.ucp.shopping": [{
            "version": version, "transport": "rest", "endpoint": "https://pearls.example/ucp",
            "spec": "https://ucp.dev/2026-04-08/specification/overview",
            "schema": "https://ucp.dev/2026-04-08/services/shopping/rest.openapi.json"
        }]},
        "capabilities": {"dev.ucp.shopping.checkout": [{
            "version": version,
            "spec": "https://ucp.dev/2026-04-08/specification/checkout",
            "schema": "https://ucp.dev/2026-04-08/schemas/shopping/checkout.json"
        }]},
        "payment_handlers": {}
    }})
}

async fn discovered(answer: impl FnOnce(&ScriptedHttp)) -> Result<Discovered> {
    let http = Rc::new(ScriptedHttp::default());
    answer(&http);
    discover(&testing::context(&http, "https://pearls.example"), &origin()).await
}

#[test]
fn what_is_no_profile_is_told_apart() {
    testing::run(async {
        for (status, body, code) in [
            (200, "<html>", "not_ucp"),
            (200, "{}", "not_ucp"),
            (200, "{\"ucp\":{\"version\":", "not_ucp"),
            (301, "", "not_ucp"),
            (404, "", "not_ucp"),
            (500, "", "server"),
        ] {
            let error = discovered(|http| http.answer(status, &[], body)).await.map(drop).unwrap_err();
            assert_eq!(error.code(), code, "{status} {body}");
        }
        let long = "x".repeat(MAX_PROFILE + 1);
        assert_eq!(
            discovered(|http| http.answer(200, &[], &long)).await.map(drop).unwrap_err().code(),
            "not_ucp"
        );
        assert_eq!(discovered(|_| {}).await.map(drop).unwrap_err().code(), "unreachable");
    });
}

#[test]
fn an_unknown_version_says_what_is_offered_and_what_is_spoken() {
    testing::run(async {
        let body = profile("2031-01-01").to_string();
        let error = discovered(|http| http.answer(200, &[], &body)).await.map(drop).unwrap_err();
        assert!(
            matches!(&error, Error::UnsupportedVersion { offered, .. } if offered == "2031-01-01"),
            "{error}"
        );
        assert_eq!(error.remedy(), crate::Remedy::UpdateApp);
    });
}

#[test]
fn a_version_of_ours_beside_the_newest_is_fetched_where_the_profile_says() {
    testing::run(async {
        let mut newest = profile("2031-01-01");
        newest["ucp"]["supported_versions"] = json!({"2026-04-08": "https://pearls.example/ucp-2026-04-08"});
        let found = discovered(|http| {
            http.answer(200, &[], &newest.to_string());
            http.answer(200, &[], &profile("2026-04-08").to_string());
        });
        assert!(found.await.unwrap().offers(name::CHECKOUT));
    });
}

#[test]
fn a_profile_is_kept_as_long_as_it_says_and_a_stale_one_opens_offline() {
    testing::run(async {
        let http = Rc::new(ScriptedHttp::default());
        let context = testing::context(&http, "https://pearls.example");
        http.answer(200, &[("cache-control", "public, max-age=300")], &profile("2026-04-08").to_string());
        for _ in 0..2 {
            discover(&context, &origin()).await.unwrap();
        }
        assert_eq!(http.asked.borrow().len(), 1);
        tokio::time::sleep(std::time::Duration::from_secs(301)).await;
        let stale = discover(&context, &origin()).await.unwrap();
        assert_eq!((http.asked.borrow().len(), stale.offers(name::CHECKOUT)), (2, true));
    });
}
