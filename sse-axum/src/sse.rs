//! A stream as a response.

use std::sync::Arc;

use axum_core::{
    body::Body as ResponseBody,
    response::{IntoResponse, Response},
};
use futures_core::Stream;
use sse_core::{
    Config, Receiver, Sender,
    adapter::{Body, BodyItem, Scope},
};

use crate::refusal::respond;

/// Any stream of [`Event`](crate::Event)s as a response.
///
/// Headers, keep-alive, reconnection time and shutdown are as its server's [`Config`] says; a header that
/// you set yourself, in a tuple around it, wins.
#[derive(Debug)]
#[must_use]
pub struct Sse<S>(Body<S>);

impl<S> Sse<S> {
    /// Answers with a stream.
    pub fn new(stream: S) -> Self {
        Self(Body::new(stream))
    }

    /// Sets how this response behaves, on top of its server's [`Config`].
    pub fn config(self, config: impl Into<Arc<Config>>) -> Self {
        Self(self.0.config(config))
    }
}

impl<T> Sse<Receiver<T>> {
    /// Answers with what a sender sends, of which `capacity` events may be on their way: see [`Sender`].
    pub fn channel(capacity: usize) -> (Sender<T>, Self) {
        let (sender, receiver) = sse_core::channel(capacity);
        (sender, Self::new(receiver))
    }
}

impl<S> IntoResponse for Sse<S>
where
    S: Stream<Item: BodyItem> + Send + 'static,
{
    fn into_response(self) -> Response {
        let (head, body) = self.0.scope(Scope::current().as_ref()).into_parts();
        respond(head, ResponseBody::from_stream(body))
    }
}
