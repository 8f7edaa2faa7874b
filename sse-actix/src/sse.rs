//! A stream of events as a response.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::{BodyStream, BoxBody, None},
    http::{
        ConnectionType, Method, Version,
        header::{CONTENT_ENCODING, HeaderValue},
    },
};
use futures_core::Stream;
use sse_core::{
    Config, Receiver, Sender,
    adapter::{Body, BodyItem},
};

use crate::{connections::scope, refusal::respond};

/// Any stream of [`Event`](crate::Event)s as a response.
///
/// Its server's [`Config`] sets its keep-alive, its reconnection time and its end. A header that you set with
/// `.customize()` replaces the default. The stream need not be `Send`.
///
/// A test that calls a service without a connection passes the server's [`Scope`](crate::Scope) to `App::app_data`.
///
/// The header `Content-Encoding: identity` keeps actix-web's `Compress` middleware from compressing, and so
/// delaying, the events.
///
/// # Example
/// ```
/// use actix_web::{Responder, web};
/// use sse_actix::{Event, Sse};
///
/// async fn hello() -> impl Responder {
///     Sse::new(tokio_stream::iter([Event::data("hello")]))
/// }
/// # let _ = web::get().to(hello);
/// ```
#[derive(Debug)]
#[must_use]
pub struct Sse<S>(Body<S>);

impl<S> Sse<S> {
    /// Makes a response from a stream.
    ///
    /// # Example
    /// ```
    /// # use sse_actix::{Event, Sse};
    /// let sse = Sse::new(tokio_stream::iter([Event::data("hello")]));
    /// ```
    pub fn new(stream: S) -> Self {
        Self(Body::new(stream))
    }

    /// Configures this response. The server's [`Config`] applies to the settings that are not set here.
    ///
    /// # Example
    /// ```
    /// # use sse_actix::{Config, Ending, Event, Sse};
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
    /// use actix_web::{Responder, rt, web};
    /// use sse_actix::{Event, Sse};
    ///
    /// async fn progress() -> impl Responder {
    ///     let (sender, sse) = Sse::channel(4);
    ///     rt::spawn(async move { sender.send(Event::data("done")).await });
    ///     sse
    /// }
    /// # let _ = web::get().to(progress);
    /// ```
    pub fn channel(capacity: usize) -> (Sender<T>, Self) {
        let (sender, receiver) = sse_core::channel(capacity);
        (sender, Self::new(receiver))
    }
}

impl<S> Responder for Sse<S>
where
    S: Stream<Item: BodyItem> + 'static,
{
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let (head, body) = self.0.scope(scope(request)).into_parts();
        let mut response = if request.method() == Method::HEAD {
            // actix-web would poll the stream and discard its bytes.
            respond(head, None::new()).map_into_boxed_body()
        } else {
            respond(head, BodyStream::new(body)).map_into_boxed_body()
        };
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
        if request.version() < Version::HTTP_11 {
            // actix-web would answer in chunks, which an HTTP/1.0 client does not understand. Without chunks, the
            // end of the connection is the end of the stream (RFC 9112 6.3).
            response.head_mut().no_chunking(true);
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        response
    }
}
