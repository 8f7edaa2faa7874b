//! Starts and stops a server.

use std::{
    convert::Infallible,
    fmt::Debug,
    future::{Future, IntoFuture},
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{
    extract::Request,
    response::Response,
    serve::{IncomingStream, Listener},
};
use pin_project_lite::pin_project;
use sse_core::{Running, Serve};
use tower_layer::Layer;
use tower_service::Service;

use crate::scope_layer::{InScope, ScopeLayer};

/// Serves an app until Ctrl-C or SIGTERM, then ends its event streams and stops: see [`Serve`].
///
/// It takes everything that [`axum::serve()`] takes, and sets the socket options of `tune_listener` on a TCP
/// listener.
///
/// # Errors
/// None: axum waits and tries again when it cannot accept a connection.
///
/// # Example
/// ```no_run
/// # #[tokio::main] async fn main() -> std::io::Result<()> {
/// let app = axum::Router::new();
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// sse_axum::serve(listener, app).await
/// # }
/// ```
pub fn serve<L, M, S>(listener: L, make_service: M) -> Serve
where
    L: Listener<Addr: Debug>,
    M: for<'a> Service<IncomingStream<'a, L>, Error = Infallible, Response = S> + Send + 'static,
    for<'a> <M as Service<IncomingStream<'a, L>>>::Future: Send,
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    #[cfg(feature = "net")]
    if let Some(listener) =
        (&listener as &dyn std::any::Any).downcast_ref::<tokio::net::TcpListener>()
    {
        sse_core::tune_listener(listener);
    }
    Serve::new(move |Running { scope, drained, .. }| {
        let make_service = MakeInScope { make_service, layer: ScopeLayer::new(scope) };
        axum::serve(listener, make_service).with_graceful_shutdown(drained).into_future()
    })
}

/// Makes services whose responses belong to a scope.
struct MakeInScope<M> {
    make_service: M,
    layer: ScopeLayer,
}

impl<M: Service<T>, T> Service<T> for MakeInScope<M> {
    type Response = InScope<M::Response>;
    type Error = M::Error;
    type Future = Making<M::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), M::Error>> {
        self.make_service.poll_ready(cx)
    }

    fn call(&mut self, target: T) -> Self::Future {
        Making { service: self.make_service.call(target), layer: self.layer.clone() }
    }
}

pin_project! {
    struct Making<F> {
        #[pin]
        service: F,
        layer: ScopeLayer,
    }
}

impl<F, S, E> Future for Making<F>
where
    F: Future<Output = Result<S, E>>,
{
    type Output = Result<InScope<S>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let service = ready!(this.service.poll(cx))?;
        Poll::Ready(Ok(this.layer.layer(service)))
    }
}
