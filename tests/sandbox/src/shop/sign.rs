//! HTTP message signatures (RFC 9421) with digests (RFC 9530), as UCP's signatures page has them: on answers where the
//! shop is told to sign, and checked on requests that carry one, or on all where the shop wants that.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as B64, URL_SAFE_NO_PAD as B64_URL};
use ring::digest::{SHA256, digest};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::Value;

use super::Shop;
use crate::http::{Request, Response};

/// What every signature of a request has to cover.
const COVERED: [&str; 3] = ["@method", "@authority", "@path"];
/// What it has to cover of a request that has it.
const COVERED_IF_THERE: [&str; 3] = ["ucp-agent", "idempotency-key", "content-type"];

/// Why a signed request is turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Missing,
    Invalid,
    KeyNotFound,
    Digest,
    Algorithm,
}

impl Wrong {
    fn answer(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::Missing => (401, "signature_missing", "Signature or Signature-Input is missing"),
            Self::Invalid => (401, "signature_invalid", "the signature does not fit the request"),
            Self::KeyNotFound => (401, "key_not_found", "the platform's profile has no such key"),
            Self::Digest => (400, "digest_mismatch", "the body is not what Content-Digest says"),
            Self::Algorithm => (400, "algorithm_unsupported", "only ES256 is taken here"),
        }
    }
}

/// One member of `Signature-Input`.
struct Input<'a> {
    label: &'a str,
    /// The member's value, as it goes into the base.
    raw: &'a str,
    components: Vec<&'a str>,
    key: &'a str,
}

impl Shop {
    /// The answer with its digest and signature.
    pub(super) fn signed(&self, answer: Response, now_ms: i64) -> Response {
        let content_type =
            answer.headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value);
        let content_type = content_type.cloned().unwrap_or_default();
        let content_digest = digest_of(&answer.body);
        let parameters = format!(
            "(\"@status\" \"content-digest\" \"content-type\");created={};keyid=\"{}\"",
            now_ms / 1_000,
            self.key.kid()
        );
        let base = format!(
            "\"@status\": {}\n\"content-digest\": {content_digest}\n\"content-type\": {content_type}\n\
             \"@signature-params\": {parameters}",
            answer.status
        );
        let signature = B64.encode(self.key.sign_bytes(base.as_bytes()));
        answer
            .with_header("content-digest", &content_digest)
            .with_header("signature-input", &format!("sig1={parameters}"))
            .with_header("signature", &format!("sig1=:{signature}:"))
    }

    /// Checks a request's signature against the platform's keys; a request without one is let through, unless this shop
    /// wants all signed.
    pub(super) fn check_signature(&self, request: &Request, keys: &[Value]) -> Result<(), Response> {
        check(request, keys, self.config.terms.signed_requests).map_err(|wrong| {
            let (status, code, said) = wrong.answer();
            self.refuse(status, code, said)
        })
    }
}

fn check(request: &Request, keys: &[Value], required: bool) -> Result<(), Wrong> {
    let (input, signature) = match (request.header("signature-input"), request.header("signature")) {
        (None, None) if !required => return Ok(()),
        (Some(input), Some(signature)) => (input, signature),
        _ => return Err(Wrong::Missing),
    };
    let input = read_input(input).ok_or(Wrong::Invalid)?;
    let key = keys.iter().find(|key| key["kid"] == input.key).ok_or(Wrong::KeyNotFound)?;
    if key["kty"] != "EC" || key["crv"] != "P-256" {
        return Err(Wrong::Algorithm);
    }
    if !request.body.is_empty() {
        let said = request.header("content-digest");
        if !input.components.contains(&"content-digest") || said != Some(digest_of(&request.body).as_str()) {
            return Err(Wrong::Digest);
        }
    }
    let has = |name: &&str| {
        request.header(name).is_some_and(|_| *name != "content-type" || !request.body.is_empty())
    };
    let query = Some("@query").filter(|_| !request.query.is_empty());
    let needed = COVERED.into_iter().chain(COVERED_IF_THERE.into_iter().filter(has)).chain(query);
    if needed.into_iter().any(|needed| !input.components.contains(&needed)) {
        return Err(Wrong::Invalid);
    }
    let base = base_of(request, &input).ok_or(Wrong::Invalid)?;
    let signature = signature
        .strip_prefix(input.label)
        .and_then(|rest| rest.strip_prefix("=:")?.strip_suffix(':'))
        .and_then(|text| B64.decode(text).ok())
        .ok_or(Wrong::Invalid)?;
    let mut point = vec![4];
    for axis in ["x", "y"] {
        let coordinate =
            key[axis].as_str().and_then(|text| B64_URL.decode(text).ok()).ok_or(Wrong::KeyNotFound)?;
        point.extend(coordinate);
    }
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(base.as_bytes(), &signature)
        .map_err(|_| Wrong::Invalid)
}

fn digest_of(body: &[u8]) -> String {
    format!("sha-256=:{}:", B64.encode(digest(&SHA256, body)))
}

/// The first member; components with parameters of their own are not read.
fn read_input(header: &str) -> Option<Input<'_>> {
    let (label, rest) = header.split_once('=')?;
    let inner = rest.strip_prefix('(')?;
    let (list, parameters) = inner.split_once(')')?;
    let components = list
        .split_whitespace()
        .map(|each| each.strip_prefix('"')?.strip_suffix('"'))
        .collect::<Option<Vec<_>>>()?;
    let key = parameters.split(';').find_map(|each| each.strip_prefix("keyid=\"")?.strip_suffix('"'))?;
    Some(Input { label: label.trim(), raw: rest, components, key })
}

fn base_of(request: &Request, input: &Input) -> Option<String> {
    let mut out = String::new();
    for component in &input.components {
        let value = match *component {
            "@method" => request.method.clone(),
            "@authority" => request.header("host")?.to_lowercase(),
            "@path" => request.path.clone(),
            "@query" => format!("?{}", request.query),
            derived if derived.starts_with('@') => return None,
            name => request.header(name)?.trim().to_owned(),
        };
        out.extend(["\"", component, "\": ", &value, "\n"]);
    }
    out.extend(["\"@signature-params\": ", input.raw]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jws::SigningKey;

    fn request(body: &str) -> Request {
        let headers = [("host", "127.0.0.1:4001"), ("content-digest", &digest_of(body.as_bytes()))];
        Request {
            method: "POST".into(),
            path: "/ucp/carts".into(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
            ..Request::default()
        }
    }

    #[test]
    fn a_signature_holds_for_this_request_and_this_key_only() {
        let key = SigningKey::generate("p1");
        let mut signed = request("{}");
        let parameters = "(\"@method\" \"@authority\" \"@path\" \"content-digest\");keyid=\"p1\"";
        let base =
            base_of(&signed, &read_input(&format!("sig1={parameters}")).expect("readable")).expect("a base");
        let signature = B64.encode(key.sign_bytes(base.as_bytes()));
        signed.headers.push(("signature-input".into(), format!("sig1={parameters}")));
        assert_eq!(check(&signed, &[key.jwk()], false), Err(Wrong::Missing));
        signed.headers.push(("signature".into(), format!("sig1=:{signature}:")));
        assert_eq!(check(&signed, &[key.jwk()], false), Ok(()));
        assert_eq!(check(&signed, &[SigningKey::generate("p1").jwk()], false), Err(Wrong::Invalid));
        assert_eq!(check(&signed, &[SigningKey::generate("p2").jwk()], false), Err(Wrong::KeyNotFound));
        let moved = Request { path: "/ucp/checkout-sessions".into(), ..signed.clone() };
        assert_eq!(check(&moved, &[key.jwk()], false), Err(Wrong::Invalid));
        let other = Request { body: b"[]".to_vec(), ..signed };
        assert_eq!(check(&other, &[key.jwk()], false), Err(Wrong::Digest));
        assert_eq!(check(&request("{}"), &[], false), Ok(()), "unsigned is let through");
        assert_eq!(
            check(&request("{}"), &[], true),
            Err(Wrong::Missing),
            "but not where all are to be signed"
        );
    }

    #[test]
    fn what_a_request_has_must_be_covered() {
        let key = SigningKey::generate("p1");
        let try_with = |header: (&str, &str), query: &str| {
            let mut signed = request("{}");
            signed.headers.push((header.0.to_owned(), header.1.to_owned()));
            query.clone_into(&mut signed.query);
            let parameters = "(\"@method\" \"@authority\" \"@path\" \"content-digest\");keyid=\"p1\"";
            let input = format!("sig1={parameters}");
            let base = base_of(&signed, &read_input(&input).expect("readable")).expect("a base");
            let signature = B64.encode(key.sign_bytes(base.as_bytes()));
            signed.headers.push(("signature-input".into(), input));
            signed.headers.push(("signature".into(), format!("sig1=:{signature}:")));
            check(&signed, &[key.jwk()], true)
        };
        assert_eq!(try_with(("request-id", "r"), ""), Ok(()));
        for uncovered in ["ucp-agent", "idempotency-key", "content-type"] {
            assert_eq!(try_with((uncovered, "x"), ""), Err(Wrong::Invalid), "{uncovered}");
        }
        assert_eq!(try_with(("request-id", "r"), "a=b"), Err(Wrong::Invalid));
    }
}
