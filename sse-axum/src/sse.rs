//! A stream as a response.

use std::sync::Arc;

use axum_core::{
    body::Body,
    response::{IntoResponse, Response},
};
use futures_core::Stream;
use sse_core::{
    Config, Receiver, Sender,
    adapter::{BodyItem, Scope},
    http,
};

/// Any stream of [`Event`](crate::Event)s as a response.
///
/// Headers, keep-alive, reconnection time and shutdown are as its server's [`Config`] says; a header that
/// you set yourself, in a tuple around it, wins.
#[derive(Debug)]
#[must_use]
pub struct Sse<S>(http::Sse<S>);

impl<S> Sse<S> {
    /// Answers with a stream.
    pub fn new(stream: S) -> Self {
        Self(http::Sse::new(stream))
    }

    /// Sets how this response behaves, on top of its server's [`Config`].
    pub fn config(self, config: impl Into<Arc<Config>>) -> Self {
        Self(self.0.config(config))
    }
}

impl<T> Sse<Receiver<T>> {
    /// Answers with what a sender sends, of which `capacity` events may be on their way: see [`Sender`].
    pub fn channel(capacity: usize) -> (Sender<T>, Self) {
        let (sender, sse) = http::Sse::channel(capacity);
        (sender, Self(sse))
    }
}

impl<S> IntoResponse for Sse<S>
where
    S: Stream<Item: BodyItem> + Send + 'static,
{
    fn into_response(self) -> Response {
        self.0.into_response(Scope::current().as_ref()).map(Body::new)
    }
}
