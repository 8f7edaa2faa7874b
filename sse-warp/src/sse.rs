//! A stream as a reply.

use std::sync::Arc;

use futures_core::Stream;
use sse_core::{
    Config, Receiver, Sender,
    adapter::{Body, BodyItem, Head, LateScope, Scope},
};
use sync_wrapper::SyncStream;
use warp::reply::{Reply, Response};

use crate::refusal::set_head;

/// Any stream of [`Event`](crate::Event)s as a reply.
///
/// Headers, keep-alive, reconnection time and shutdown are as its server's [`Config`] says; a header that
/// you set yourself, by [`warp::reply::with_header`] around it, wins.
///
/// Unlike [`warp::reply::stream`], it does not require the stream to be `Sync`. Do not wrap the route in
/// `warp::filters::compression`, which compresses whatever passes, event streams too.
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

impl<S> Reply for Sse<S>
where
    S: Stream<Item: BodyItem> + Send + 'static,
{
    fn into_response(self) -> Response {
        let (late, body) = self.0.late_scope();
        let (head, body) = body.into_parts();
        let mut response = warp::reply::stream(SyncStream::new(body)).into_response();
        set_head(&mut response, head);
        response.extensions_mut().insert(late);
        response
    }
}

/// Makes a reply belong to a server's [`Scope`].
///
/// `serve` does this for the servers that it starts. For any other, add it to the end of
/// all routes, `routes.map(move |reply| in_scope(&scope, reply))`: see
/// [`Serve::new`](crate::Serve::new).
pub fn in_scope(scope: &Scope, reply: impl Reply) -> Response {
    let mut response = reply.into_response();
    if let Some(late) = response.extensions_mut().remove::<LateScope>()
        && let Some(head) = late.set(scope)
    {
        *response.body_mut() = Response::default().into_body();
        for (name, _) in Head::STREAM.headers {
            response.headers_mut().remove(*name);
        }
        set_head(&mut response, head);
    }
    response
}
