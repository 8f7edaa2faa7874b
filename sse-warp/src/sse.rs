//! A stream of events as a reply.

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
/// Its server's [`Config`] sets its keep-alive, its reconnection time and its end. A header that you set with
/// [`warp::reply::with_header`] replaces the default.
///
/// Unlike [`warp::reply::stream`], it does not require the stream to be `Sync`. Do not wrap the route in
/// `warp::filters::compression`, which compresses event streams too.
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
    /// Makes a response from a stream.
    ///
    /// # Example
    /// ```
    /// # use sse_warp::{Event, Sse};
    /// let sse = Sse::new(tokio_stream::iter([Event::data("hello")]));
    /// ```
    pub fn new(stream: S) -> Self {
        Self(Body::new(stream))
    }

    /// Configures this response. The server's [`Config`] applies to the settings that are not set here.
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
    /// Makes a response whose events come from the returned [`Sender`]. At most `capacity` events wait in
    /// between.
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
/// `serve` does this for the servers that it starts. For any other server, map the replies of all routes
/// with it: see [`Serve::new`](crate::Serve::new).
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
