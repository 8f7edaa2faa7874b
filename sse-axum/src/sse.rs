//! A stream of events as a response.

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
/// Its server's [`Config`] sets its keep-alive, its reconnection time and its end. A header that you set in a
/// tuple around it replaces the default.
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
    /// Makes a response from a stream.
    ///
    /// # Example
    /// ```
    /// # use sse_axum::{Event, Sse};
    /// let sse = Sse::new(tokio_stream::iter([Event::data("hello")]));
    /// ```
    pub fn new(stream: S) -> Self {
        Self(http::Sse::new(stream))
    }

    /// Configures this response. The server's [`Config`] applies to the settings that are not set here.
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
    /// Makes a response whose events come from the returned [`Sender`]. At most `capacity` events wait in
    /// between.
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
