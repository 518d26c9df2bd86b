//! What a handler may ask of the outside: the time, and bytes nobody has seen before.

/// The world as one call sees it.
pub struct Env<'a> {
    /// Wall time of this server, milliseconds since the Unix epoch. Moved by tests.
    pub now_ms: i64,
    /// Where ids, tokens and seeds come from.
    pub ids: &'a mut Ids,
}

impl Env<'_> {
    /// The time as the contract writes it: RFC 3339, UTC, milliseconds.
    pub fn now_rfc3339(&self) -> String {
        rfc3339(self.now_ms)
    }
}

/// Milliseconds since the Unix epoch as RFC 3339 in UTC with milliseconds.
pub fn rfc3339(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .map_or_else(|_| "1970-01-01T00:00:00.000Z".to_owned(), |at| format!("{at:.3}"))
}

/// A source of bytes that replays from a seed (`SplitMix64`), or starts from the system's randomness.
pub struct Ids {
    state: u64,
}

impl Ids {
    /// The same seed gives the same ids, so that a run can be replayed.
    pub fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Ids for a sandbox that people use.
    pub fn random() -> Self {
        let mut seed = [0; 8];
        getrandom::fill(&mut seed).expect("the system has randomness");
        Self::seeded(u64::from_le_bytes(seed))
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// `N` fresh bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        for chunk in out.chunks_mut(8) {
            let word = self.next_u64().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        out
    }

    /// A `UUIDv4` in its usual form.
    pub fn uuid(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid().to_string()
    }

    /// A short readable id: `prefix_` and 16 hex digits.
    pub fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}_{:016x}", self.next_u64())
    }
}
