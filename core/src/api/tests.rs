use super::*;
use crate::testing::{self, ScriptedHttp};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Gives "t1", "t2", … until `last`, then the same again.
struct Counting {
    given: AtomicU32,
    last: u32,
}

#[async_trait::async_trait]
impl crate::host::TokenProvider for Counting {
    async fn token(
        &self,
        _: &Audience,
        _: &[String],
        challenge: Option<&str>,
    ) -> Result<Option<SecretString>> {
        let given = self.given.fetch_add(1, Ordering::Relaxed) + 1;
        assert_eq!(challenge.is_some(), given > 1, "a challenge comes with every token but the first");
        Ok(Some(format!("t{}", given.min(self.last)).into()))
    }
}

fn api(http: &Rc<ScriptedHttp>, last: u32) -> Rc<Api> {
    let tokens = Arc::new(Counting { given: AtomicU32::new(0), last });
    let host = Host { tokens, ..Host::default() };
    Api::new(
        testing::ports(http.clone()),
        host,
        &Url::parse("https://app.example/profile").unwrap(),
        "zh-Hans",
    )
}

fn get() -> Call {
    Call::get(Audience::Venue, Url::parse("https://venue.example/feed").unwrap())
}

fn header(http: &ScriptedHttp, at: usize, name: &str) -> String {
    let asked = http.asked.borrow();
    let found = asked[at].headers.iter().find(|(key, _)| *key == name);
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

#[test]
fn every_request_says_who_asks_and_has_an_id_of_its_own() {
    testing::run(async {
        let http = Rc::new(ScriptedHttp::default());
        http.answer(503, &[], "");
        http.answer(200, &[], "{}");
        let mut call = get();
        call.method = Method::Post;
        call.body = Some("{}".to_owned());
        call.key = Some("k".to_owned());
        api(&http, 1).call(call).await.unwrap();
        assert_eq!(header(&http, 0, "ucp-agent"), "profile=\"https://app.example/profile\"");
        assert_eq!(
            (header(&http, 0, "idempotency-key"), header(&http, 1, "idempotency-key")),
            ("k".into(), "k".into())
        );
        assert_eq!(header(&http, 0, "accept-language"), "zh-Hans");
        assert_ne!(header(&http, 0, "request-id"), header(&http, 1, "request-id"));
        assert_eq!(http.asked.borrow()[0].body, http.asked.borrow()[1].body);
    });
}

#[test]
fn an_expired_token_is_renewed_once_and_the_request_sent_again() {
    testing::run(async {
        let http = Rc::new(ScriptedHttp::default());
        http.answer(
            401,
            &[("www-authenticate", "Bearer error=\"invalid_token\"")],
            r#"{"code":"token_expired"}"#,
        );
        http.answer(200, &[], "{}");
        api(&http, 2).call(get()).await.unwrap();
        assert_eq!(
            (header(&http, 0, "authorization"), header(&http, 1, "authorization")),
            ("Bearer t1".into(), "Bearer t2".into())
        );
    });
}

#[test]
fn a_provider_without_a_better_token_means_signing_in() {
    testing::run(async {
        let http = Rc::new(ScriptedHttp::default());
        http.answer(401, &[("www-authenticate", "Bearer")], "");
        let error = api(&http, 1).call(get()).await.unwrap_err();
        assert_eq!(
            error,
            Error::SignInNeeded { who: "venue.example".into(), challenge: Some("Bearer".into()) }
        );
        assert_eq!((error.remedy(), http.asked.borrow().len()), (crate::Remedy::SignIn, 1));
    });
}

struct Hanging;

#[async_trait::async_trait]
impl crate::host::TokenProvider for Hanging {
    async fn token(&self, _: &Audience, _: &[String], _: Option<&str>) -> Result<Option<SecretString>> {
        std::future::pending().await
    }
}

#[test]
fn a_token_provider_that_hangs_fails_the_call_and_sends_nothing() {
    testing::run(async {
        let http = Rc::new(ScriptedHttp::default());
        let host = Host { tokens: Arc::new(Hanging), ..Host::default() };
        let profile = Url::parse("https://app.example/profile").unwrap();
        let api = Api::new(testing::ports(http.clone()), host, &profile, "en");
        let start = tokio::time::Instant::now();
        let error = api.call(get()).await.unwrap_err();
        assert_eq!((error.code(), http.asked.borrow().len()), ("host", 0));
        assert_eq!(start.elapsed().as_millis(), u128::from(crate::host::SILENT_MS));
    });
}

#[test]
fn retry_after_is_obeyed() {
    testing::run(async {
        let http = Rc::new(ScriptedHttp::default());
        http.answer(429, &[("retry-after", "7")], "");
        http.answer(200, &[], "{}");
        let start = tokio::time::Instant::now();
        api(&http, 1).call(get()).await.unwrap();
        assert!(start.elapsed().as_millis() >= 7_000);
    });
}

#[test]
fn a_mutation_without_a_key_is_not_repeated() {
    testing::run(async {
        let http = Rc::new(ScriptedHttp::default());
        http.fail(Error::NoAnswer { who: "venue.example".into(), reason: "cut".into() });
        let call = Call { method: Method::Post, key: None, ..get() };
        assert!(matches!(api(&http, 1).call(call).await, Err(Error::NoAnswer { .. })));
        assert_eq!(http.asked.borrow().len(), 1);
    });
}

#[test]
fn answers_that_are_not_what_they_should_be_are_typed() {
    testing::run(async {
        for (status, body, code) in [
            (200, "not json", "malformed"),
            (200, "{\"a\":", "malformed"),
            (404, "<html>", "not_found"),
            (403, "", "forbidden"),
            (409, r#"{"code":"slot_taken","content":"taken"}"#, "refused"),
            (418, "", "server"),
            (408, r#"{"code":"request_timeout","content":"too slow"}"#, "server"),
            (425, r#"{"code":"too_early","content":"once more"}"#, "server"),
            (500, "", "server"),
        ] {
            let http = Rc::new(ScriptedHttp::default());
            (0..3).for_each(|_| http.answer(status, &[], body));
            let error = api(&http, 1).read::<serde_json::Value>(get(), "answer").await.unwrap_err();
            assert_eq!(error.code(), code, "{status} {body}");
        }
        let http = Rc::new(ScriptedHttp::default());
        http.answers.borrow_mut().push_back(Ok(HttpResponse {
            status: 200,
            headers: vec![],
            body: vec![0xff, b'{'],
        }));
        assert_eq!(
            api(&http, 1).read::<serde_json::Value>(get(), "answer").await.unwrap_err().code(),
            "malformed"
        );
    });
}
