//! The checks of the fuzz targets, which compare sse-core with a slow, obvious model of the standard.
//!
//! Each target in `fuzz_targets` only calls a function of this crate, so that `cargo test` can run the same
//! checks on any toolchain, with the committed seeds and random changes of them.
#![forbid(unsafe_code)]

mod decode;
mod last_event_id;
mod model;
mod round_trip;
mod transcript;

pub use decode::decode;
pub use last_event_id::last_event_id;
pub use round_trip::{Fields, round_trip};

#[cfg(test)]
mod tests;
