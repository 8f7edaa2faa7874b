//! A stream as a reply.

use std::sync::Arc;

use futures_core::Stream;
use sse_core::{Body, BodyItem, Config};
use sync_wrapper::SyncStream;
use warp::reply::{Reply, Response};

use crate::stop::with_head;

/// Any stream of [`Event`](crate::Event)s as a reply.
///
/// Headers, keep-alive, reconnection time and shutdown are as the installed
/// [`Config`] says; a header that you set yourself, by [`warp::reply::with_header`] around it, wins.
///
/// The stream need not be `Sync`, other than for [`warp::reply::stream`]. Do not wrap the route in
/// `warp::filters::compression`, which compresses whatever passes, event streams too.
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

impl<S> Reply for Sse<S>
where
    S: Stream<Item: BodyItem> + Send + 'static,
{
    fn into_response(self) -> Response {
        let (head, body) = self.0.into_parts();
        let stream = SyncStream::new(body);
        with_head(warp::reply::stream(stream).into_response(), head)
    }
}
