//! Verifying a digital draw: the bytes that the commitment ties together, and the outcome that two seeds give
//! (contract, README, "Digital draw"). Pure.

use ring::digest::{SHA256, digest};
use ring::hmac;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Sums of weights are powers of ten in this range, and so fit the stream's words.
const MAX_SUM: u64 = 1_000_000_000;
/// A finite set has at most so many pieces left.
const MAX_UNITS: u64 = 65_535;
/// Values a word of the stream can have.
const WORDS: u64 = 1 << 32;

/// 32 bytes, 64 lower-case hex digits on the wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bytes32(pub(crate) [u8; 32]);

impl fmt::Display for Bytes32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Bytes32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Bytes32 {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let text = text.as_bytes();
        if text.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(bytes))
    }
}

impl Serialize for Bytes32 {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Bytes32 {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not 64 lower-case hex digits"))
    }
}

/// What a server seed is tied to (contract: `draw_binding.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Binding {
    pub(crate) v: u32,
    pub(crate) shop: String,
    pub(crate) box_id: String,
    pub(crate) draw_id: String,
    pub(crate) order_id: String,
    pub(crate) series: String,
    pub(crate) nonce: u64,
    pub(crate) odds: Vec<BoundWeight>,
    #[serde(default)]
    pub(crate) pity: Option<BoundPity>,
    pub(crate) pity_counter: u32,
    #[serde(default)]
    pub(crate) stock: Option<BoundStock>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BoundWeight {
    pub(crate) content: String,
    pub(crate) weight: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BoundPity {
    pub(crate) after: u32,
    pub(crate) content: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BoundStock {
    pub(crate) snapshot_id: String,
    pub(crate) remaining: Vec<BoundCount>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BoundCount {
    pub(crate) content: String,
    pub(crate) count: u32,
}

/// Why a binding is none: it has no bytes, or no outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadBinding(pub(crate) &'static str);

/// The sum of weights, if it is a power of ten as the contract wants it.
pub(crate) fn sum_of_weights(weights: impl IntoIterator<Item = u32>) -> Result<u64, BadBinding> {
    let sum = weights.into_iter().map(u64::from).fold(0, u64::saturating_add);
    let powers = std::iter::successors(Some(10_u64), |power| power.checked_mul(10));
    if powers.take_while(|power| *power <= MAX_SUM).any(|power| power == sum) {
        Ok(sum)
    } else {
        Err(BadBinding("the weights do not sum to a power of ten"))
    }
}

impl Binding {
    /// The bytes that are hashed after the server's seed.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, BadBinding> {
        if self.v != 1 {
            return Err(BadBinding("a layout of another version"));
        }
        let mut out = b"NMD1".to_vec();
        for text in [&self.shop, &self.box_id, &self.draw_id, &self.order_id, &self.series] {
            put_str(&mut out, text)?;
        }
        out.extend(self.nonce.to_be_bytes());
        put_count(&mut out, self.odds.len())?;
        for odds in &self.odds {
            put_str(&mut out, &odds.content)?;
            out.extend(odds.weight.to_be_bytes());
        }
        out.push(u8::from(self.pity.is_some()));
        if let Some(pity) = &self.pity {
            out.extend(pity.after.to_be_bytes());
            put_str(&mut out, &pity.content)?;
        }
        out.extend(self.pity_counter.to_be_bytes());
        out.push(u8::from(self.stock.is_some()));
        if let Some(stock) = &self.stock {
            put_str(&mut out, &stock.snapshot_id)?;
            put_count(&mut out, stock.remaining.len())?;
            for row in &stock.remaining {
                put_str(&mut out, &row.content)?;
                out.extend(row.count.to_be_bytes());
            }
        }
        Ok(out)
    }

    /// What the shop publishes before the client makes its seed.
    pub(crate) fn commitment(&self, server_seed: &Bytes32) -> Result<Bytes32, BadBinding> {
        let input = [&server_seed.0[..], &self.bytes()?].concat();
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, &input).as_ref());
        Ok(Bytes32(hash))
    }

    /// The content that comes out of these two seeds.
    pub(crate) fn outcome(&self, server_seed: &Bytes32, client_seed: &Bytes32) -> Result<&str, BadBinding> {
        if let Some(pity) = &self.pity
            && self.pity_counter >= pity.after
            && self.stock.as_ref().is_none_or(|stock| stock.has(&pity.content))
        {
            return Ok(&pity.content);
        }
        let mut stream = Stream::new(server_seed, client_seed, self.nonce);
        match &self.stock {
            Some(stock) => stock.first(&mut stream),
            None => self.by_odds(&mut stream),
        }
    }

    fn by_odds(&self, stream: &mut Stream) -> Result<&str, BadBinding> {
        let point = stream.uniform(sum_of_weights(self.odds.iter().map(|odds| odds.weight))?);
        let mut running = 0;
        let hit = self.odds.iter().find(|odds| {
            running += u64::from(odds.weight);
            running > point
        });
        hit.map(|odds| odds.content.as_str()).ok_or(BadBinding("no content at this point"))
    }
}

impl BoundStock {
    fn has(&self, content: &str) -> bool {
        self.remaining.iter().any(|row| row.content == content && row.count > 0)
    }

    /// The first piece after the shuffle.
    fn first(&self, stream: &mut Stream) -> Result<&str, BadBinding> {
        let units: u64 = self.remaining.iter().map(|row| u64::from(row.count)).sum();
        if units > MAX_UNITS {
            return Err(BadBinding("the finite set is too large"));
        }
        let units = u32::try_from(units).unwrap_or_default();
        let mut order: Vec<u32> = (0..units).collect();
        for at in (1..order.len()).rev() {
            let other = stream.uniform(at as u64 + 1);
            order.swap(at, usize::try_from(other).unwrap_or_default());
        }
        let mut first = order.first().copied().ok_or(BadBinding("the finite set is empty"))?;
        for row in &self.remaining {
            match first.checked_sub(row.count) {
                None => return Ok(&row.content),
                Some(rest) => first = rest,
            }
        }
        Err(BadBinding("the finite set is empty"))
    }
}

fn put_str(out: &mut Vec<u8>, text: &str) -> Result<(), BadBinding> {
    put_count(out, text.len())?;
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

fn put_count(out: &mut Vec<u8>, count: usize) -> Result<(), BadBinding> {
    let count = u16::try_from(count).map_err(|_| BadBinding("longer than its width allows"))?;
    out.extend(count.to_be_bytes());
    Ok(())
}

/// Words of 32 bits out of HMAC-SHA256 blocks.
struct Stream {
    key: hmac::Key,
    message: Vec<u8>,
    words: std::vec::IntoIter<u64>,
    next_block: u32,
}

impl Stream {
    fn new(server_seed: &Bytes32, client_seed: &Bytes32, nonce: u64) -> Self {
        let message = [&client_seed.0[..], &nonce.to_be_bytes()].concat();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &server_seed.0);
        Self { key, message, words: Vec::new().into_iter(), next_block: 0 }
    }

    fn word(&mut self) -> u64 {
        loop {
            if let Some(word) = self.words.next() {
                return word;
            }
            let mut message = self.message.clone();
            if self.next_block > 0 {
                message.extend(self.next_block.to_be_bytes());
            }
            // Reaching 2^32 blocks would take hours of rejected words, each less likely than a coin's toss.
            self.next_block = self.next_block.wrapping_add(1);
            let block = hmac::sign(&self.key, &message);
            let word = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
            self.words = block.as_ref().chunks_exact(4).map(word).collect::<Vec<_>>().into_iter();
        }
    }

    /// Evenly one of `0..n`, `1 <= n <= 2^32`.
    fn uniform(&mut self, n: u64) -> u64 {
        let n = n.max(1);
        loop {
            let word = self.word();
            if word < WORDS - WORDS % n {
                return word % n;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Deserialize)]
    struct Vectors {
        vectors: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        binding: Binding,
        binding_bytes: String,
        server_seed: Bytes32,
        client_seed: Bytes32,
        commitment: Bytes32,
        block_0: Bytes32,
        outcome: String,
        how: How,
        rejected: u64,
    }

    /// An outcome hides which word gave it: the point tells.
    #[derive(Deserialize)]
    struct How {
        #[serde(default)]
        point: Option<u64>,
    }

    fn vectors() -> Vec<Vector> {
        let text = include_str!("../../contract/vectors/draw.json");
        serde_json::from_str::<Vectors>(text).unwrap().vectors
    }

    #[test]
    fn the_contracts_vectors_hold() {
        let vectors = vectors();
        assert!(vectors.len() > 50, "{}", vectors.len());
        for vector in &vectors {
            let Vector { name, binding, server_seed, client_seed, .. } = vector;
            let digits = vector.binding_bytes.as_bytes().chunks(2);
            let expected =
                digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
            assert!(binding.bytes().unwrap().into_iter().eq(expected), "{name}");
            assert_eq!(binding.commitment(server_seed).unwrap(), vector.commitment, "{name}");
            let mut stream = Stream::new(server_seed, client_seed, binding.nonce);
            let mut block = [0; 32];
            for word in block.chunks_exact_mut(4) {
                word.copy_from_slice(&u32::try_from(stream.word()).unwrap().to_be_bytes());
            }
            assert_eq!(Bytes32(block), vector.block_0, "{name}");
            assert_eq!(binding.outcome(server_seed, client_seed).unwrap(), vector.outcome, "{name}");
            if let Some(point) = vector.how.point {
                let sum = sum_of_weights(binding.odds.iter().map(|odds| odds.weight)).unwrap();
                let mut stream = Stream::new(server_seed, client_seed, binding.nonce);
                assert_eq!(stream.uniform(sum), point, "{name}");
            }
        }
        assert!(vectors.iter().any(|vector| vector.rejected > 2));
    }

    #[test]
    fn weights_sum_to_a_power_of_ten_or_are_refused() {
        assert_eq!(sum_of_weights([7, 3]).unwrap(), 10);
        assert_eq!(sum_of_weights([999_999_999, 1]).unwrap(), 1_000_000_000);
        for bad in [&[][..], &[1], &[7, 2], &[50], &[u32::MAX, u32::MAX], &[1_000_000_000, 0, 1]] {
            assert!(sum_of_weights(bad.iter().copied()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_has_no_bytes_or_no_outcome_is_an_error_and_no_panic() {
        let vector = vectors().remove(0);
        let (seed, other) = (vector.server_seed, vector.client_seed);
        let broken = |change: fn(&mut Binding)| {
            let mut binding = vector.binding.clone();
            change(&mut binding);
            binding
        };
        assert!(broken(|binding| binding.v = 2).bytes().is_err());
        assert!(broken(|binding| binding.shop = "x".repeat(65_536)).commitment(&seed).is_err());
        assert!(broken(|binding| binding.odds[0].weight = 1).outcome(&seed, &other).is_err());
        let stock = |count| BoundStock {
            snapshot_id: "s".into(),
            remaining: vec![BoundCount { content: "a".into(), count }],
        };
        for count in [0, u32::MAX] {
            let binding = Binding { stock: Some(stock(count)), ..vector.binding.clone() };
            assert!(binding.outcome(&seed, &other).is_err());
        }
        assert_eq!(Bytes32::parse(&"F".repeat(64)), None, "upper case");
        assert_eq!(Bytes32::parse(&"é".repeat(32)), None, "not hex");
    }

    proptest! {
        #[test]
        fn any_changed_input_changes_the_commitment(which in 0_usize..8, by in 1_u32..1_000, seed: [u8; 32]) {
            let binding = vectors().into_iter().find(|vector| vector.name == "pity_due_and_in_stock").unwrap().binding;
            let mut other = binding.clone();
            match which {
                0 => other.nonce += u64::from(by),
                1 => other.pity_counter += by,
                2 => other.odds[0].weight += by,
                3 => other.stock.as_mut().unwrap().remaining[0].count += by,
                4 => other.order_id.push('x'),
                5 => other.pity.as_mut().unwrap().after += by,
                6 => other.stock = None,
                _ => {
                    // Bytes moved over the border of two strings.
                    let moved = other.box_id.pop().unwrap();
                    other.draw_id.insert(0, moved);
                }
            }
            let seed = Bytes32(seed);
            prop_assert_ne!(binding.commitment(&seed).unwrap(), other.commitment(&seed).unwrap());
        }

        #[test]
        fn a_finite_set_gives_only_what_is_left(counts in prop::collection::vec(0_u32..5, 1..6), server: [u8; 32], client: [u8; 32]) {
            let mut binding = vectors().remove(0).binding;
            let rows = counts.iter().enumerate();
            binding.stock = Some(BoundStock {
                snapshot_id: "s".into(),
                remaining: rows.map(|(at, count)| BoundCount { content: at.to_string(), count: *count }).collect(),
            });
            match binding.outcome(&Bytes32(server), &Bytes32(client)) {
                Ok(content) => prop_assert!(counts[content.parse::<usize>().unwrap()] > 0),
                Err(_) => prop_assert!(counts.iter().all(|count| *count == 0)),
            }
        }

        #[test]
        fn no_content_of_weight_nothing_is_ever_drawn(server: [u8; 32], client: [u8; 32]) {
            let mut binding = vectors().remove(0).binding;
            binding.odds = [("no", 0), ("yes", 10), ("never", 0)]
                .map(|(content, weight)| BoundWeight { content: content.into(), weight }).to_vec();
            prop_assert_eq!(binding.outcome(&Bytes32(server), &Bytes32(client)).unwrap(), "yes");
        }
    }
}
