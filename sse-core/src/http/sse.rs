//! A stream of events as an [`http::Response`].

use std::sync::Arc;

use http::Response;

use crate::{
    Config, Receiver, Sender,
    adapter::{Body, Scope},
};

/// Any stream of [`Event`](crate::Event)s as an [`http::Response`].
///
/// Use it for frameworks that have no adapter but take an [`http_body::Body`]. The body consists of data
/// frames and has no trailers; its only error is [`Cut`](crate::adapter::Cut).
///
/// # Example
/// ```
/// # fn main() {
/// use sse_core::{Config, Ending, Event, http::Sse};
///
/// let events = futures_util::stream::iter([Event::data("hello")]);
/// let config = Config::default().ending(Ending::WhenFinished);
/// let response = Sse::new(events).config(config).into_response(None);
/// assert_eq!(response.headers()["content-type"], "text/event-stream");
/// # }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Sse<S> {
    body: Body<S>,
    head_only: bool,
}

impl<S> Sse<S> {
    /// Makes a response from a stream.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, http::Sse};
    /// let sse = Sse::new(futures_util::stream::iter([Event::data("hello")]));
    /// ```
    pub fn new(stream: S) -> Self {
        Self { body: Body::new(stream), head_only: false }
    }

    /// Configures this response. The server's [`Config`] applies to the settings that are not set here.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Config, Event, http::Sse};
    /// # let events = futures_util::stream::iter([Event::data("hello")]);
    /// let sse = Sse::new(events).config(Config::default().refuse_when_draining());
    /// ```
    pub fn config(mut self, config: impl Into<Arc<Config>>) -> Self {
        self.body = self.body.config(config);
        self
    }

    /// Leaves the body empty if `head_only`, as in the response to a HEAD request (RFC 9110 9.3.2).
    ///
    /// hyper discards that body over HTTP/1. Over HTTP/2 it sends what it gets, so without this a HEAD
    /// request opens a stream.
    ///
    /// # Example
    /// ```
    /// # use http::{Method, Request};
    /// # use sse_core::{Event, http::Sse};
    /// # let events = futures_util::stream::iter([Event::data("hello")]);
    /// # let request = Request::new(());
    /// let sse = Sse::new(events).head_only(request.method() == Method::HEAD);
    /// ```
    pub fn head_only(mut self, head_only: bool) -> Self {
        self.head_only = head_only;
        self
    }

    /// Makes the response. It belongs to the server with this [`Scope`], which ends its stream when it
    /// stops; without one, only the stream itself and its configuration end it.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Config, Event, Shutdown, adapter::Scope, http::Sse};
    /// # let events = futures_util::stream::iter([Event::data("hello")]);
    /// # let scope = Scope::new(Shutdown::new(), &Config::default());
    /// let response = Sse::new(events).into_response(Some(&scope));
    /// assert_eq!(response.status(), 200);
    /// ```
    pub fn into_response(self, scope: Option<&Scope>) -> Response<Body<S>> {
        let (head, mut body) = self.body.scope(scope).into_parts();
        if self.head_only {
            body = body.emptied();
        }
        let mut response = Response::new(body);
        head.set_on(&mut response);
        response
    }
}

impl<T> Sse<Receiver<T>> {
    /// Makes a response whose events come from the returned [`Sender`]. At most `capacity` events wait in
    /// between.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), sse_core::SendError<sse_core::Event>> {
    /// # use sse_core::{Event, http::Sse};
    /// let (sender, sse) = Sse::channel(4);
    /// sender.send(Event::data("hello")).await?;
    /// # Ok(()) }
    /// ```
    pub fn channel(capacity: usize) -> (Sender<T>, Self) {
        let (sender, receiver) = crate::channel(capacity);
        (sender, Self::new(receiver))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::stream::{self, Stream};
    use http_body::Body as _;
    use http_body_util::BodyExt;

    use super::*;
    use crate::{Drain, Ending, Event, Shutdown};

    fn scope(config: Config) -> Scope {
        Scope::new(Shutdown::new(), &config.retry(Duration::from_secs(3)))
    }

    fn endless() -> impl Stream<Item = Event> {
        stream::repeat_with(|| Event::data("x"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_response_has_the_head_and_the_bytes_of_an_event_stream() {
        let (sender, sse) = Sse::channel(1);
        sender.send(Event::data("hello")).await.expect("a receiver");
        drop(sender);
        let response = sse.into_response(Some(&scope(Config::default())));
        assert_eq!(response.status(), 200);
        assert_eq!(
            format!("{:?}", response.headers()),
            r#"{"content-type": "text/event-stream", "cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}"#
        );
        let body = response.into_body();
        assert!(!body.is_end_stream());
        let body = body.collect().await.expect("no cut");
        assert!(body.trailers().is_none());
        assert_eq!(body.to_bytes(), "retry: 3000\ndata: hello\n\n");
    }

    #[tokio::test(start_paused = true)]
    async fn a_cut_is_an_error_of_the_body() {
        let scope = scope(Config::default().ending(Ending::Cut));
        let mut body = Box::pin(Sse::new(endless()).into_response(Some(&scope)).into_body());
        body.frame().await.expect("a frame").expect("no cut");
        drop(scope.shutdown().begin(Drain::default().spread(Duration::ZERO)));
        let cut = loop {
            if let Err(cut) = body.frame().await.expect("a frame") {
                break cut;
            }
        };
        assert_eq!(cut.reason, crate::EndReason::Shutdown);
        assert!(body.is_end_stream());
        assert!(body.frame().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_response_without_a_body_has_the_head_of_the_one_with_it() {
        let scope = scope(Config::default().refuse_when_draining());
        for status in [200, 503] {
            let [with, without] = [false, true].map(|head_only| {
                Sse::new(endless()).head_only(head_only).into_response(Some(&scope))
            });
            assert_eq!((with.status().as_u16(), without.status().as_u16()), (status, status));
            assert_eq!(with.headers(), without.headers());
            assert_eq!(with.body().is_end_stream(), status == 503);
            assert!(without.body().is_end_stream());
            assert!(Box::pin(without.into_body()).frame().await.is_none());
            scope.shutdown().begin(Drain::default()).await;
        }
    }
}
