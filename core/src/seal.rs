//! Sealing of what is secret on disk: ChaCha20-Poly1305 (RFC 8439) under the host app's key.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::ports::Entropy;

/// A key for one use.
pub(crate) struct SealingKey(LessSafeKey);

impl SealingKey {
    pub(crate) fn new(key: &[u8; 32]) -> Option<Self> {
        UnboundKey::new(&CHACHA20_POLY1305, key).ok().map(|key| Self(LessSafeKey::new(key)))
    }

    /// Nonce and sealed bytes. `about` is not secret, and has to be the same to open them again.
    pub(crate) fn seal(&self, entropy: &dyn Entropy, about: &str, plain: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut sealed = plain.to_vec();
        let aad = Aad::from(about.as_bytes());
        self.0.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed).ok()?;
        Some([&nonce[..], &sealed].concat())
    }

    /// The bytes, if this key sealed exactly them about this.
    pub(crate) fn open(&self, about: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = sealed.to_vec();
        let length = self.0.open_in_place(nonce, Aad::from(about.as_bytes()), &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::sim::SeededEntropy;

    #[test]
    fn opens_only_with_the_key_and_for_what_it_was_sealed() {
        let (key, other) = (SealingKey::new(&[1; 32]).unwrap(), SealingKey::new(&[2; 32]).unwrap());
        let entropy = SeededEntropy::new(7);
        let sealed = key.seal(&entropy, "attempt 1", b"a token").unwrap();
        assert_eq!(key.open("attempt 1", &sealed).as_deref(), Some(&b"a token"[..]));
        assert_eq!(key.open("attempt 2", &sealed), None);
        assert_eq!(other.open("attempt 1", &sealed), None);
        assert!(!sealed.windows(7).any(|window| window == b"a token"));
        assert_ne!(key.seal(&entropy, "attempt 1", b"a token").unwrap(), sealed);
        for length in 0..sealed.len() {
            assert_eq!(key.open("attempt 1", &sealed[..length]), None, "{length}");
        }
        let mut bent = sealed.clone();
        bent[NONCE_LEN] ^= 1;
        assert_eq!(key.open("attempt 1", &bent), None);
    }
}
