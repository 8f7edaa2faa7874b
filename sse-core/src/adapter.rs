//! The parts from which an adapter is built.
#![doc = include_str!("adapter.md")]

pub use crate::{
    body::{Body, BodyItem, Cut},
    head::Head,
    metrics::count_rejection,
    scope::{LateScope, Scope, Scoped},
};
