//! What a user of the client notices.
#![allow(clippy::unwrap_used)] // a test's helpers may, as its functions may

mod connector;
mod dead;
mod decode;
mod hub;
mod posts;
mod responses;
mod script;
mod states;
