//! A stream as a response.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::{BodySize, BoxBody, MessageBody},
    http::{
        ConnectionType, Method, Version,
        header::{CONTENT_ENCODING, HeaderValue},
    },
};
use bytes::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;
use sse_core::{Body, BodyItem, Config};

use crate::stop::respond;

/// Any stream of [`Event`](crate::Event)s as a response.
///
/// Headers, keep-alive, reconnection time and shutdown are as the installed
/// [`Config`] says; a header that you set yourself, by `.customize()`, wins. The stream need not be
/// `Send`.
///
/// `Content-Encoding: identity` keeps the [`Compress`](actix_web::middleware::Compress) middleware
/// from holding events back.
///
/// # Example
/// ```
/// use actix_web::Responder;
/// use async_stream::stream;
/// use sse_actix::{Event, LastEventId, Sse};
///
/// async fn count(last: LastEventId) -> impl Responder {
///     let first: u64 = last.parse().map_or(0, |seen: u64| seen + 1);
///     Sse::new(stream! {
///         for number in first..10 {
///             yield Event::data(number.to_string()).id(number);
///         }
///     })
/// }
/// ```
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

impl<S> Responder for Sse<S>
where
    S: Stream<Item: BodyItem> + 'static,
{
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let (head, stream) = self.0.into_parts();
        let is_head = request.method() == Method::HEAD;
        let mut response = respond(head, StreamBody { stream, is_head });
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
        if request.version() < Version::HTTP_11 {
            // actix would answer HTTP/1.0 in chunks, of which such a client knows nothing. Without
            // them the end of the connection is the end of the stream (RFC 9112 6.3).
            response.head_mut().no_chunking(true);
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        response.map_into_boxed_body()
    }
}

pin_project! {
    struct StreamBody<S> {
        #[pin]
        stream: Body<S>,
        // actix would poll the body and throw the bytes away.
        is_head: bool,
    }
}

impl<S> MessageBody for StreamBody<S>
where
    S: Stream<Item: BodyItem>,
{
    type Error = Infallible;

    fn size(&self) -> BodySize {
        if self.is_head { BodySize::None } else { BodySize::Stream }
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.project().stream.poll_next(cx).map(|chunk| chunk.map(Ok))
    }
}
