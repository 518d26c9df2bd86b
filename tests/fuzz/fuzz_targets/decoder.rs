//! The decoder that `NIGHTMARKET_DECODER` names takes what libFuzzer thinks of. One binary for all of them: each has a
//! corpus of its own.
#![no_main]

use std::sync::LazyLock;

static NAME: LazyLock<String> =
    LazyLock::new(|| std::env::var("NIGHTMARKET_DECODER").expect("NIGHTMARKET_DECODER names a decoder"));

libfuzzer_sys::fuzz_target!(|data: &[u8]| nightmarket::decoders::run(&NAME, data));
