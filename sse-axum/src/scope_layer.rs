//! Makes the responses of a service belong to a server.

use std::task::{Context, Poll};

use sse_core::adapter::{Scope, Scoped};
use tower_layer::Layer;
use tower_service::Service;

/// Makes the responses of a service belong to a server's [`Scope`].
///
/// `serve` does this for the servers that it starts. For any other server, wrap the whole service in this
/// layer: see [`Serve::new`](crate::Serve::new).
///
/// # Example
/// ```
/// use axum::Router;
/// use sse_axum::{Running, ScopeLayer, Serve};
///
/// # fn start(listener: tokio::net::TcpListener, app: Router) -> Serve {
/// Serve::new(move |Running { scope, drained, .. }| async move {
///     let app = app.layer(ScopeLayer::new(scope));
///     axum::serve(listener, app).with_graceful_shutdown(drained).await
/// })
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ScopeLayer(Scope);

impl ScopeLayer {
    /// Makes a layer for the services of one server.
    pub fn new(scope: Scope) -> Self {
        Self(scope)
    }
}

impl<S> Layer<S> for ScopeLayer {
    type Service = InScope<S>;

    fn layer(&self, service: S) -> InScope<S> {
        InScope { service, scope: self.0.clone() }
    }
}

/// A service whose responses belong to a [`Scope`].
#[derive(Clone, Debug)]
pub struct InScope<S> {
    service: S,
    scope: Scope,
}

impl<S: Service<R>, R> Service<R> for InScope<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Scoped<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        self.scope.clone().run(self.service.call(request))
    }
}
