//! A stream as a reply.

use std::sync::Arc;

use futures_core::Stream;
use sse_core::{
    Config, Receiver, Sender,
    adapter::{Body, BodyItem, Head, LateScope, Scope},
};
use sync_wrapper::SyncStream;
use warp::reply::{Reply, Response};

/// Any stream of [`Event`](crate::Event)s as a reply.
///
/// Headers, keep-alive, reconnection time and shutdown are as its server's [`Config`] says; a header that
/// you set yourself, by [`warp::reply::with_header`] around it, wins.
///
/// Unlike [`warp::reply::stream`], it does not require the stream to be `Sync`. Do not wrap the route in
/// `warp::filters::compression`, which compresses whatever passes, event streams too.
///
/// # Example
/// ```
/// use sse_warp::{Event, Sse};
/// use warp::Filter;
///
/// let routes = warp::path!("hello").map(|| Sse::new(tokio_stream::iter([Event::data("hello")])));
/// # let _: warp::filters::BoxedFilter<(_,)> = routes.boxed();
/// ```
#[derive(Debug)]
#[must_use]
pub struct Sse<S>(Body<S>);

impl<S> Sse<S> {
    /// Answers with a stream.
    ///
    /// # Example
    /// ```
    /// # use sse_warp::{Event, Sse};
    /// let sse = Sse::new(tokio_stream::iter([Event::data("hello")]));
    /// ```
    pub fn new(stream: S) -> Self {
        Self(Body::new(stream))
    }

    /// Sets how this response behaves, on top of its server's [`Config`].
    ///
    /// # Example
    /// ```
    /// # use sse_warp::{Config, Ending, Event, Sse};
    /// # let events = tokio_stream::iter([Event::data("hello")]);
    /// let sse = Sse::new(events).config(Config::default().ending(Ending::WhenFinished));
    /// ```
    pub fn config(self, config: impl Into<Arc<Config>>) -> Self {
        Self(self.0.config(config))
    }
}

impl<T> Sse<Receiver<T>> {
    /// Answers with what a sender sends, of which `capacity` events may be on their way: see [`Sender`].
    ///
    /// # Example
    /// ```
    /// use sse_warp::{Event, Sse};
    /// use warp::Reply;
    ///
    /// fn progress() -> impl Reply {
    ///     let (sender, sse) = Sse::channel(4);
    ///     tokio::spawn(async move { sender.send(Event::data("done")).await });
    ///     sse
    /// }
    /// ```
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
        head.set_on(&mut response);
        response.extensions_mut().insert(late);
        response
    }
}

/// Makes a reply belong to a server's [`Scope`].
///
/// `serve` does this for the servers that it starts. For any other, add it to the end of
/// all routes, `routes.map(move |reply| in_scope(&scope, reply))`: see
/// [`Serve::new`](crate::Serve::new).
///
/// # Example
/// ```
/// use sse_warp::{Event, Running, Serve, Sse, in_scope};
/// use warp::Filter;
///
/// # fn start() -> Serve {
/// Serve::new(|Running { scope, drained, .. }| async move {
///     let routes = warp::path!("hello").map(|| Sse::new(tokio_stream::iter([Event::data("hello")])));
///     let service = warp::service(routes.map(move |reply| in_scope(&scope, reply)));
///     // Serve `service` here, until:
///     drained.await;
///     Ok(())
/// })
/// # }
/// ```
pub fn in_scope(scope: &Scope, reply: impl Reply) -> Response {
    let mut response = reply.into_response();
    if let Some(late) = response.extensions_mut().remove::<LateScope>()
        && let Some(head) = late.set(scope)
    {
        *response.body_mut() = Response::default().into_body();
        for (name, _) in Head::STREAM.headers {
            response.headers_mut().remove(*name);
        }
        head.set_on(&mut response);
    }
    response
}
