//! Tests of a whole process, each in a child process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // clippy allows it in tests, but not in their helpers

#[cfg(feature = "net")]
mod inherited;
#[cfg(feature = "signal")]
mod signals;
