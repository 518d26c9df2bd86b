//! Speed as ratios.
fn main() {}
