use super::*;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

/// The request of RFC 9421, B.2 ("test-request").
fn test_request() -> (Url, Vec<Header>) {
    let url = Url::parse("https://Example.com:443/foo?param=Value&Pet=dog").unwrap();
    let headers = vec![
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT".to_owned()),
        ("content-type", "application/json".to_owned()),
        (
            "content-digest",
            "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
                .to_owned(),
        ),
        ("content-length", "18".to_owned()),
    ];
    (url, headers)
}

#[test]
fn the_base_is_that_of_rfc_9421_b_2_3() {
    let (url, headers) = test_request();
    let parameters = "(\"date\" \"@method\" \"@path\" \"@query\" \"@authority\" \"content-type\" \"content-digest\" \
        \"content-length\");created=1618884473;keyid=\"test-key-rsa-pss\"";
    assert_eq!(
        base(Method::Post, &url, &headers, parameters),
        "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\
         \"@method\": POST\n\
         \"@path\": /foo\n\
         \"@query\": ?param=Value&Pet=dog\n\
         \"@authority\": example.com\n\
         \"content-type\": application/json\n\
         \"content-digest\": sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:\n\
         \"content-length\": 18\n\
         \"@signature-params\": (\"date\" \"@method\" \"@path\" \"@query\" \"@authority\" \"content-type\" \
         \"content-digest\" \"content-length\");created=1618884473;keyid=\"test-key-rsa-pss\""
    );
}

/// RFC 9421, B.2.4: what a P-256 signature is over and how it is written, which is how ours is checked below.
#[test]
fn the_p_256_vector_of_rfc_9421_b_2_4_holds() {
    let base = "\"@status\": 200\n\
        \"content-type\": application/json\n\
        \"content-digest\": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:\n\
        \"content-length\": 23\n\
        \"@signature-params\": (\"@status\" \"content-type\" \"content-digest\" \"content-length\");created=1618884473;\
        keyid=\"test-key-ecc-p256\"";
    let signature =
        "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==";
    let (x, y) =
        ("qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA", "Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0");
    let url_safe = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let point = [vec![4], url_safe.decode(x).unwrap(), url_safe.decode(y).unwrap()].concat();
    let signature = STANDARD.decode(signature).unwrap();
    assert_eq!(signature.len(), LENGTHS[0]);
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(base.as_bytes(), &signature).unwrap();
}

/// RFC 9530, appendix D, and UCP's own example of a request.
#[test]
fn the_digest_is_that_of_rfc_9530() {
    let digest = content_digest(br#"{"hello": "world"}"#);
    assert_eq!(digest, "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");
}

/// The derived components of RFC 9421, 2.2.3 to 2.2.7.
#[test]
fn derived_components_are_normalised_as_the_rfc_says() {
    for (url, authority, path, query) in [
        ("https://WWW.Example.com/path?queryString", "www.example.com", "/path", "?queryString"),
        ("https://www.example.com", "www.example.com", "/", "?"),
        ("http://127.0.0.1:8080/a/%2F/b?", "127.0.0.1:8080", "/a/%2F/b", "?"),
        (
            "https://www.example.com:443/path?param=value&foo=bar&baz=bat%2Dman",
            "www.example.com",
            "/path",
            "?param=value&foo=bar&baz=bat%2Dman",
        ),
    ] {
        let url = Url::parse(url).unwrap();
        let made = base(Method::Get, &url, &[], "(\"@authority\" \"@path\" \"@query\")");
        let wanted = format!("\"@authority\": {authority}\n\"@path\": {path}\n\"@query\": {query}\n");
        assert!(made.starts_with(&wanted), "{made}");
    }
}

#[test]
fn what_a_request_has_is_covered_and_nothing_else() {
    let url = Url::parse("https://pearls.example/ucp/orders/1").unwrap();
    let mut headers = vec![("ucp-agent", "profile=\"https://a.example/p\"".to_owned())];
    assert_eq!(components(&url, &headers), ["@method", "@authority", "@path", "ucp-agent"]);
    headers.extend([
        ("request-id", "r".to_owned()),
        ("content-type", "application/json".to_owned()),
        ("idempotency-key", "k".to_owned()),
        ("authorization", "Bearer t".to_owned()),
        ("content-digest", "d".to_owned()),
    ]);
    let url = Url::parse("https://pearls.example/ucp/carts?a=b").unwrap();
    assert_eq!(
        components(&url, &headers),
        [
            "@method",
            "@authority",
            "@path",
            "@query",
            "ucp-agent",
            "idempotency-key",
            "content-digest",
            "content-type"
        ]
    );
}

struct Gives(&'static str, usize);

#[async_trait::async_trait]
impl RequestSigner for Gives {
    fn key_id(&self) -> String {
        self.0.to_owned()
    }
    async fn sign(&self, _: &[u8]) -> Result<Vec<u8>> {
        Ok(vec![7; self.1])
    }
}

#[test]
fn a_key_or_signature_that_no_shop_could_read_is_the_apps_mistake() {
    crate::testing::run(async {
        let url = Url::parse("https://pearls.example/ucp").unwrap();
        for (signer, good) in [
            (Gives("platform-2026", 64), true),
            (Gives("a \"quoted\" \\ id", 96), true),
            (Gives("", 64), false),
            (Gives("ключ", 64), false),
            (Gives("der", 71), false),
        ] {
            let mut headers = Vec::new();
            let signed = sign(&signer, Method::Get, &url, &mut headers, None).await;
            assert_eq!(signed.is_ok(), good, "{}", signer.0);
            assert_eq!(signed.err().map_or("host", |error| error.code()), "host");
        }
        let mut headers = Vec::new();
        sign(&Gives("a \"b\" \\", 64), Method::Get, &url, &mut headers, None).await.unwrap();
        assert_eq!(
            headers[0],
            ("signature-input", r#"sig1=("@method" "@authority" "@path");keyid="a \"b\" \\""#.to_owned())
        );
    });
}
