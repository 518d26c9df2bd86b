//! Compact JWS with ES256: what shops sign offers and draws with, and the venue its proofs of membership.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use serde_json::{Value, json};

/// A P-256 key of a venue or shop. Key and signatures are the only system randomness in the sandbox.
pub struct SigningKey {
    kid: String,
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl SigningKey {
    /// A fresh key under the id it has in `signing_keys`.
    pub fn generate(kid: &str) -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
            .expect("the system has randomness");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random)
            .expect("a document that ring made reads back");
        Self { kid: kid.to_owned(), pair, random }
    }

    /// The id it has in `signing_keys`.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half as a JWK (RFC 7517), as UCP's `signing_keys` lists it.
    pub fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({
            "kid": self.kid, "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256",
            "x": B64.encode(&point[1..33]), "y": B64.encode(&point[33..65]),
        })
    }

    /// `claims` as a compact JWS with header `{"alg":"ES256","kid","typ"}`.
    pub fn sign(&self, typ: &str, claims: &Value) -> String {
        let header = json!({ "alg": "ES256", "kid": self.kid, "typ": typ });
        let input = format!("{}.{}", B64.encode(header.to_string()), B64.encode(claims.to_string()));
        format!("{input}.{}", B64.encode(self.sign_bytes(input.as_bytes())))
    }

    /// The signature over any bytes: R and S of 32 bytes each.
    pub fn sign_bytes(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(&self.random, message).expect("a P-256 key signs any message").as_ref().to_vec()
    }
}

/// Why a JWS is not to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Not three base64url parts with JSON in the first two.
    #[error("not a compact jws")]
    Malformed,
    /// Another algorithm, type or key than asked for.
    #[error("signed with another algorithm, type or key")]
    Unexpected,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    BadSignature,
}

/// The claims of `jws` if it is of type `typ` and one of `keys` (JWKs) signed it. Expiry is the caller's to judge.
pub fn verify(jws: &str, typ: &str, keys: &[Value]) -> Result<Value, JwsError> {
    let mut parts = jws.split('.');
    let (Some(head), Some(body), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(JwsError::Malformed);
    };
    let header = decode_json(head)?;
    if header["alg"] != "ES256" || header["typ"] != typ {
        return Err(JwsError::Unexpected);
    }
    let key = keys.iter().find(|key| key["kid"] == header["kid"]).ok_or(JwsError::Unexpected)?;
    let mut point = vec![4];
    for axis in ["x", "y"] {
        let text = key[axis].as_str().ok_or(JwsError::Unexpected)?;
        point.extend(B64.decode(text).map_err(|_| JwsError::Unexpected)?);
    }
    let signature = B64.decode(signature).map_err(|_| JwsError::Malformed)?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(format!("{head}.{body}").as_bytes(), &signature)
        .map_err(|_| JwsError::BadSignature)?;
    decode_json(body)
}

fn decode_json(part: &str) -> Result<Value, JwsError> {
    let bytes = B64.decode(part).map_err(|_| JwsError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| JwsError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_signed_verifies_and_nothing_else_does() {
        let key = SigningKey::generate("k1");
        let other = SigningKey::generate("k1");
        let jws = key.sign("nm-offer+jwt", &json!({ "price": 900 }));
        assert_eq!(verify(&jws, "nm-offer+jwt", &[key.jwk()]), Ok(json!({ "price": 900 })));
        assert_eq!(verify(&jws, "nm-proof+jwt", &[key.jwk()]), Err(JwsError::Unexpected));
        assert_eq!(verify(&jws, "nm-offer+jwt", &[other.jwk()]), Err(JwsError::BadSignature));
        let parts: Vec<&str> = jws.split('.').collect();
        let forged = format!("{}.{}.{}", parts[0], B64.encode(r#"{"price":1}"#), parts[2]);
        assert_eq!(verify(&forged, "nm-offer+jwt", &[key.jwk()]), Err(JwsError::BadSignature));
        assert_eq!(verify("a.b", "nm-offer+jwt", &[]), Err(JwsError::Malformed));
    }
}
