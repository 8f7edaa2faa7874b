//! The parts from which an adapter is built.
//!
//! An adapter turns a [`Body`] into its framework's response, and starts and stops the framework's server:
//!
//! 1. Its `Sse<S>` holds a `Body<S>`. When the framework asks for the response, it sets the
//!    [`Scope`] of the server, splits the body [into its parts](Body::into_parts), writes the
//!    [`Head`], and passes the body on as a stream of bytes.
//! 2. Its `serve` returns a [`Serve`](crate::Serve), made from a closure that starts the server with the
//!    scope, and stops it when its streams have ended.
//!
//! A response has to know which server it belongs to. An adapter finds this out from the request
//! (actix-web, Rocket), from the handler's future ([`Scope::run`]; axum), or after the response was
//! made ([`LateScope`]; warp).

pub use crate::{
    body::{Body, BodyItem, Cut},
    head::Head,
    scope::{LateScope, Scope, Scoped},
};
