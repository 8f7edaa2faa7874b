//! Fuzzes the reading of a reconnecting client's request.
#![no_main]

libfuzzer_sys::fuzz_target!(|request: &[u8]| fuzz::last_event_id(request));
