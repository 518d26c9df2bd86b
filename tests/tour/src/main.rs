//! The binary `nightmarket`.
fn main() {}
