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
///
/// # Example
/// ```
/// use axum::response::IntoResponse;
/// use sse_axum::{Event, Sse};
///
/// async fn hello() -> impl IntoResponse {
///     Sse::new(tokio_stream::iter([Event::data("hello")]))
/// }
/// # let _: axum::routing::MethodRouter = axum::routing::get(hello);
/// ```
#[derive(Debug)]
#[must_use]
pub struct Sse<S>(http::Sse<S>);

impl<S> Sse<S> {
    /// Answers with a stream.
    ///
    /// # Example
    /// ```
    /// # use sse_axum::{Event, Sse};
    /// let sse = Sse::new(tokio_stream::iter([Event::data("hello")]));
    /// ```
    pub fn new(stream: S) -> Self {
        Self(http::Sse::new(stream))
    }

    /// Sets how this response behaves, on top of its server's [`Config`].
    ///
    /// # Example
    /// ```
    /// # use sse_axum::{Config, Ending, Event, Sse};
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
    /// use axum::response::IntoResponse;
    /// use sse_axum::{Event, Sse};
    ///
    /// async fn progress() -> impl IntoResponse {
    ///     let (sender, sse) = Sse::channel(4);
    ///     tokio::spawn(async move { sender.send(Event::data("done")).await });
    ///     sse
    /// }
    /// # let _: axum::routing::MethodRouter = axum::routing::get(progress);
    /// ```
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
