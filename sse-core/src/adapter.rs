//! What an adapter is made of.
//!
//! An adapter turns a [`Body`] into its framework's response and says how the framework starts and stops:
//!
//! 1. Its `Sse<S>` holds a `Body<S>`. When the framework asks for the response, it sets the
//!    [`Scope`] that the response belongs to, splits the body [into its parts](Body::into_parts), writes
//!    the [`Head`], and passes the body on as a stream of bytes.
//! 2. Its `serve` returns a [`Serve`](crate::Serve): a closure that starts the server with the scope, and
//!    stops it when its streams have ended.
//!
//! The framework has to tell the response which server it belongs to: by the request (as actix-web and
//! Rocket do), by the handler's future ([`Scope::run`], as for axum), or afterwards ([`LateScope`], as for
//! warp).

pub use crate::{
    body::{Body, BodyItem, Cut},
    head::Head,
    scope::{LateScope, Scope, Scoped},
};
