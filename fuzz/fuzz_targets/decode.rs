//! Fuzzes the decoder with streams of arbitrary bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|stream: &[u8]| fuzz::decode(stream));
