//! HTTP message signatures on answers (RFC 9421, RFC 9530), as UCP's signatures page asks of those who sign.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as B64;
use ring::digest::{SHA256, digest};

use super::Shop;
use crate::http::Response;

impl Shop {
    /// The answer with its digest and signature.
    pub(super) fn signed(&self, answer: Response, now_ms: i64) -> Response {
        let content_type =
            answer.headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value);
        let content_type = content_type.cloned().unwrap_or_default();
        let content_digest = format!("sha-256=:{}:", B64.encode(digest(&SHA256, &answer.body)));
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
}
