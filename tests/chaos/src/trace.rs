//! What happened, in order, and its running hash.

use ring::digest::{Context, SHA256};
use std::cell::RefCell;
use std::fmt::Write as _;

use nightmarket::ports::Clock;

/// Everything that can differ between two runs of a seed leaves a line here. Keys and signatures do not: ECDSA draws
/// its own randomness.
pub struct Trace {
    hash: RefCell<Context>,
    lines: RefCell<Vec<String>>,
}

impl Default for Trace {
    fn default() -> Self {
        Self { hash: RefCell::new(Context::new(&SHA256)), lines: RefCell::default() }
    }
}

impl Trace {
    /// Adds a line with the virtual time since the start.
    pub fn note(&self, clock: &dyn Clock, line: &str) {
        let line = format!("{:>8} {line}", clock.monotonic_ms());
        let mut hash = self.hash.borrow_mut();
        hash.update(line.as_bytes());
        hash.update(b"\n");
        self.lines.borrow_mut().push(line);
    }

    /// The hash of all lines so far, hexadecimal.
    pub fn hash(&self) -> String {
        hex(self.hash.borrow().clone().finish().as_ref())
    }

    /// All lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }
}

/// A short name for bytes that would fill a line.
pub(crate) fn short_hash(bytes: &[u8]) -> String {
    hex(&ring::digest::digest(&SHA256, bytes).as_ref()[..6])
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
