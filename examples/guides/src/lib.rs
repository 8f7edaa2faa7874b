//! The guides without a framework: state, rules and streams of events, one file per guide.
//!
//! `examples/axum`, `actix`, `warp` and `rocket` add the routes. Every function that may refuse returns
//! a [`Refusal`](sse_core::Refusal), which `?` turns into the framework's own in a handler.
#![allow(
    missing_docs,
    missing_debug_implementations,
    reason = "an application's code, which is read from top to bottom"
)]

pub mod account;
pub mod cluster;
pub mod fragments;
pub mod gateway;
pub mod generation;
pub mod inspector;
pub mod progress;
pub mod relay;
pub mod ticker;
pub mod tokens;
