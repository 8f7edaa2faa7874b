//! Servers that other packages implement, checked by [`check`](crate::check): the table in `docs/sse-check.md`.
//!
//! Each serves `/events`, a number every 50 ms, and `/quiet`, with the defaults of its package. Their sources are in
//! `conformance/third-party/`.

mod known;
mod server;

pub use self::{
    known::SERVERS,
    server::{Installed, Runner, Server},
};
