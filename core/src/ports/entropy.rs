//! Bytes nobody has seen before: ids, idempotency keys, seeds, jitter.

use uuid::Builder;

/// A source of randomness.
pub trait Entropy {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// What the core draws from an [`Entropy`].
pub trait EntropyExt: Entropy {
    /// 64 random bits.
    fn next_u64(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// A `UUIDv4` (122 random bits) in its usual form.
    fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        Builder::from_random_bytes(bytes).into_uuid().to_string()
    }
}

impl<E: Entropy + ?Sized> EntropyExt for E {}

/// The system's randomness.
#[derive(Debug)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        // A device without randomness can make no idempotency key: going on would risk a double purchase.
        getrandom::fill(buffer).expect("the system gives randomness");
    }
}
