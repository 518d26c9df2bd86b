//! Signatures of shops and venues: compact JWS with ES256 (RFC 7515, RFC 7518), verified with keys of a UCP profile.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use nightmarket_ucp::profile::Jwk;

use crate::error::{Error, Result};

/// A signature longer than this is not looked at, in bytes.
const MAX_LENGTH: usize = 16 * 1024;

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    typ: Option<String>,
    /// Extensions that must be understood (RFC 7515, 4.1.11): there are none here.
    crit: Option<serde::de::IgnoredAny>,
}

/// A JWS taken apart; nothing in it is to be believed before [`Unverified::verify`].
pub(crate) struct Unverified<'a> {
    what: &'static str,
    /// Id of the key that is said to have signed it.
    pub(crate) kid: String,
    signed: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// Takes a JWS apart. `typ` keeps one kind of signature from being used as another.
pub(crate) fn parse<'a>(jws: &'a str, typ: &str, what: &'static str) -> Result<Unverified<'a>> {
    let bad = |reason: &str| Error::NotGenuine { what: what.to_owned(), reason: reason.to_owned() };
    if jws.len() > MAX_LENGTH {
        return Err(bad("it is too long"));
    }
    let (signed, signature) = jws.rsplit_once('.').ok_or_else(|| bad("it is no JWS"))?;
    let (header, payload) = signed.split_once('.').ok_or_else(|| bad("it is no JWS"))?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| bad("it is not base64url"));
    let header: Header =
        serde_json::from_slice(&decode(header)?).map_err(|_| bad("its header is unreadable"))?;
    if header.alg != "ES256" || header.typ.as_deref() != Some(typ) || header.crit.is_some() {
        return Err(bad("it is of another kind"));
    }
    Ok(Unverified { what, kid: header.kid, signed, payload: decode(payload)?, signature: decode(signature)? })
}

impl Unverified<'_> {
    /// Whom it says it is by: only to find the key that shows whether that is so.
    pub(crate) fn issuer(&self) -> Result<String> {
        #[derive(Deserialize)]
        struct Issued {
            iss: String,
        }
        let issued: Issued =
            serde_json::from_slice(&self.payload).map_err(|error| Error::malformed(self.what, error))?;
        Ok(issued.iss)
    }

    /// The claims, if this key signed them.
    pub(crate) fn verify<T: DeserializeOwned>(&self, key: Option<&Jwk>) -> Result<T> {
        let bad = |reason: &str| Error::NotGenuine { what: self.what.to_owned(), reason: reason.to_owned() };
        let key = key.ok_or_else(|| bad("its key is not in the profile"))?;
        let point = point(key).ok_or_else(|| bad("its key is not a P-256 key"))?;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(self.signed.as_bytes(), &self.signature)
            .map_err(|_| bad("the signature does not hold"))?;
        serde_json::from_slice(&self.payload).map_err(|error| Error::malformed(self.what, error))
    }
}

/// The uncompressed point of a P-256 key.
fn point(key: &Jwk) -> Option<Vec<u8>> {
    if key.kty != "EC"
        || key.crv.as_deref() != Some("P-256")
        || key.use_.as_deref().is_some_and(|use_| use_ != "sig")
    {
        return None;
    }
    let decode = |part: &Option<String>| {
        URL_SAFE_NO_PAD.decode(part.as_deref()?).ok().filter(|bytes| bytes.len() == 32)
    };
    let (x, y) = (decode(&key.x)?, decode(&key.y)?);
    Some([&[4][..], &x, &y].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
    use serde_json::{Value, json};

    fn key() -> (EcdsaKeyPair, Jwk) {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let point = pair.public_key().as_ref();
        let part = |bytes: &[u8]| Some(URL_SAFE_NO_PAD.encode(bytes));
        let jwk = Jwk {
            kid: "k".into(),
            kty: "EC".into(),
            crv: Some("P-256".into()),
            x: part(&point[1..33]),
            y: part(&point[33..]),
            ..Jwk::default()
        };
        (pair, jwk)
    }

    fn sign(pair: &EcdsaKeyPair, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    #[test]
    fn holds_only_for_its_key_its_kind_and_its_bytes() {
        let (pair, jwk) = key();
        let header = json!({"alg": "ES256", "kid": "k", "typ": "nm-offer+jwt"});
        let jws = sign(&pair, &header, &json!({"price": 5}));
        let claims: Value = parse(&jws, "nm-offer+jwt", "offer").unwrap().verify(Some(&jwk)).unwrap();
        assert_eq!(claims["price"], 5);

        let genuine = |jws: &str, typ: &str, key: Option<&Jwk>| {
            parse(jws, typ, "offer").and_then(|parsed| parsed.verify::<Value>(key)).is_ok()
        };
        assert!(!genuine(&jws, "nm-proof+jwt", Some(&jwk)), "another kind");
        assert!(!genuine(&jws, "nm-offer+jwt", None), "an unknown key");
        assert!(!genuine(&jws, "nm-offer+jwt", Some(&key().1)), "another's key");
        let cheaper = sign(&pair, &header, &json!({"price": 1}));
        let (_, signature) = jws.rsplit_once('.').unwrap();
        let (signed, _) = cheaper.rsplit_once('.').unwrap();
        assert!(!genuine(&format!("{signed}.{signature}"), "nm-offer+jwt", Some(&jwk)), "another's bytes");
        for header in [
            json!({"alg": "none", "kid": "k", "typ": "nm-offer+jwt"}),
            json!({"alg": "HS256", "kid": "k", "typ": "nm-offer+jwt"}),
            json!({"alg": "ES256", "kid": "k", "typ": "nm-offer+jwt", "crit": ["x"]}),
        ] {
            assert!(!genuine(&sign(&pair, &header, &json!({})), "nm-offer+jwt", Some(&jwk)), "{header}");
        }
        for nonsense in ["", ".", "..", "a.b.c", "💎.💎.💎"] {
            assert!(!genuine(nonsense, "nm-offer+jwt", Some(&jwk)), "{nonsense}");
        }
    }
}
