//! A stream as a response.

use std::sync::Arc;

use axum_core::{
    body::Body as ResponseBody,
    response::{IntoResponse, Response},
};
use futures_core::Stream;
use sse_core::{Body, BodyItem, Config};

use crate::stop::respond;

/// Any stream of [`Event`](crate::Event)s as a response.
///
/// Headers, keep-alive, reconnection time and shutdown are as the installed
/// [`Config`] says; a header that you set yourself, in a tuple around it, wins.
#[derive(Debug)]
pub struct Sse<S>(Body<S>);

impl<S> Sse<S> {
    /// Answers with a stream, as the installed [`Config`] says.
    pub fn new(stream: S) -> Self {
        Self(Body::new(stream))
    }

    /// Uses another configuration.
    #[must_use]
    pub fn with(self, config: impl Into<Arc<Config>>) -> Self {
        Self(self.0.with(config))
    }

    /// Answers 503 while the server drains: see [`Body::refuse_when_draining`].
    #[must_use]
    pub fn refuse_when_draining(self) -> Self {
        Self(self.0.refuse_when_draining())
    }
}

impl<S> IntoResponse for Sse<S>
where
    S: Stream<Item: BodyItem> + Send + 'static,
{
    fn into_response(self) -> Response {
        let (head, body) = self.0.into_parts();
        respond(head, ResponseBody::from_stream(body))
    }
}
