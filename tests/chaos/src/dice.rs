//! Chance from a seed (`SplitMix64`): what the simulation itself decides by.

use std::cell::Cell;

/// The same seed gives the same throws.
pub struct Dice(Cell<u64>);

impl Dice {
    /// Dice of one seed for one purpose: throws for one purpose do not shift those for another.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let salt = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        Self(Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ salt))
    }

    /// The next 64 bits.
    pub fn bits(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From zero to below `end`; zero if that is zero.
    pub fn below(&self, end: u64) -> u64 {
        self.bits() % end.max(1)
    }

    /// From `low` to `high`, both possible.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// One of them; none of an empty slice.
    pub fn pick<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        of.get(usize::try_from(self.below(of.len() as u64)).ok()?)
    }
}
