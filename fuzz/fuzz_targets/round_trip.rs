//! Fuzzes encoder and decoder with events of arbitrary fields.
#![no_main]

libfuzzer_sys::fuzz_target!(|fields: fuzz::Fields| fuzz::round_trip(fields));
