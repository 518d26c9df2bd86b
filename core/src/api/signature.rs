//! Signing of requests (RFC 9421, HTTP Message Signatures; RFC 9530, `Content-Digest`) as UCP's "Message Signatures" has
//! it. What is signed is worked out here; the key stays with the partner ([`RequestSigner`]). Pure but for asking it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use std::fmt::Write as _;
use url::{Position, Url};

use crate::error::{Error, Result};
use crate::host::RequestSigner;
use crate::ports::Method;

/// Field and value of a header.
type Header = (&'static str, String);

/// Header fields that are covered wherever a request has them. UCP asks for them in every such request.
const COVERED: [&str; 4] = ["ucp-agent", "idempotency-key", "content-digest", "content-type"];
/// Lengths of an ECDSA signature as `r‖s`: P-256 and P-384.
const LENGTHS: [usize; 2] = [64, 96];

/// The headers with `Content-Digest`, `Signature-Input` and `Signature` added.
pub(super) async fn sign(
    signer: &dyn RequestSigner,
    method: Method,
    url: &Url,
    headers: &mut Vec<Header>,
    body: Option<&[u8]>,
) -> Result<()> {
    if let Some(body) = body {
        headers.push(("content-digest", content_digest(body)));
    }
    let key_id = signer.key_id();
    let input = parameters(&components(url, headers), &key_id).ok_or_else(|| {
        failed("its key id is empty or not printable ASCII, and no structured field can name it")
    })?;
    let signature = signer.sign(base(method, url, headers, &input).as_bytes()).await?;
    if !LENGTHS.contains(&signature.len()) {
        // Many libraries give DER, which UCP forbids: better told here than refused by every shop.
        return Err(failed("a signature has to be r and s of fixed width, 64 or 96 bytes, not DER"));
    }
    headers.push(("signature-input", format!("sig1={input}")));
    headers.push(("signature", format!("sig1=:{}:", STANDARD.encode(signature))));
    Ok(())
}

fn failed(reason: &str) -> Error {
    Error::Host { provider: "request signer".to_owned(), reason: reason.to_owned() }
}

/// `Content-Digest` of a body's raw bytes.
fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest(&SHA256, body)))
}

/// What of a request is covered, in the order of UCP's table.
fn components(url: &Url, headers: &[Header]) -> Vec<&'static str> {
    let query = url.query().map(|_| "@query");
    let fields = COVERED.into_iter().filter(|field| headers.iter().any(|(name, _)| name == field));
    ["@method", "@authority", "@path"].into_iter().chain(query).chain(fields).collect()
}

/// The signature's parameters: its components and its key. None if the id cannot be a structured string (RFC 8941).
fn parameters(components: &[&str], key_id: &str) -> Option<String> {
    let printable = !key_id.is_empty() && key_id.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let quoted: Vec<String> = components.iter().map(|component| format!("\"{component}\"")).collect();
    let key_id = key_id.replace('\\', "\\\\").replace('"', "\\\"");
    printable.then(|| format!("({});keyid=\"{key_id}\"", quoted.join(" ")))
}

/// The signature base (RFC 9421, 2.5) of the components that `parameters` begins with.
fn base(method: Method, url: &Url, headers: &[Header], parameters: &str) -> String {
    let mut base = String::new();
    let list = parameters.split_once(')').map_or("", |(list, _)| list.trim_start_matches('('));
    for component in list.split(' ').map(|quoted| quoted.trim_matches('"')) {
        let value = match component {
            "@method" => method.as_str().to_owned(),
            // Lower case and without the scheme's own port (RFC 9421, 2.2.3), as `Url` keeps it.
            "@authority" => url[Position::BeforeHost..Position::AfterPort].to_owned(),
            "@path" => url.path().to_owned(),
            "@query" => format!("?{}", url.query().unwrap_or_default()),
            field => headers
                .iter()
                .find(|(name, _)| *name == field)
                .map(|(_, value)| value.trim().to_owned())
                .unwrap_or_default(),
        };
        // Writing to a string does not fail.
        let _ = writeln!(base, "\"{component}\": {value}");
    }
    let _ = write!(base, "\"@signature-params\": {parameters}");
    base
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
