//! The parts from which an adapter is built.
#![doc = include_str!("adapter.md")]

pub use crate::{
    body::{Body, BodyItem, Cut},
    head::Head,
    scope::{LateScope, Scope, Scoped},
};
