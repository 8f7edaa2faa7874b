//! The responses that a reader accepts.

#[cfg(feature = "actix")]
mod actix;
mod http;
#[cfg(feature = "rocket")]
mod rocket;

use std::fmt;

use bytes::Bytes;
use futures_core::Stream;

/// A framework's response, as [`EventReader::new`](crate::EventReader::new) takes it.
///
/// It is implemented for `http::Response`, which axum, warp and hyper use, and by the features `actix` and `rocket`
/// for the responses of these. Implement it for the response of another framework.
///
/// # Example
/// ```
/// use bytes::Bytes;
/// use futures_util::stream::{self, Iter};
/// use sse_core::Event;
/// use sse_test::{EventReader, Response};
///
/// /// A response that was recorded.
/// struct Recorded(Vec<Bytes>);
///
/// impl Response for Recorded {
///     type Error = std::io::Error;
///     type Chunks = Iter<std::vec::IntoIter<Result<Bytes, Self::Error>>>;
///
///     fn status(&self) -> u16 {
///         200
///     }
///
///     fn content_type(&self) -> Option<String> {
///         Some("text/event-stream".into())
///     }
///
///     fn into_chunks(self) -> Self::Chunks {
///         stream::iter(self.0.into_iter().map(Ok).collect::<Vec<_>>())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let mut stream = EventReader::new(Recorded(vec!["data: a\n\n".into()]));
/// assert_eq!(stream.rest().await, [Event::data("a")]);
/// # }
/// ```
pub trait Response {
    /// The error of a body that was cut.
    type Error: fmt::Display;

    /// The chunks of the body, as the server would send them.
    type Chunks: Stream<Item = Result<Bytes, Self::Error>>;

    /// Returns the status code.
    fn status(&self) -> u16;

    /// Returns the value of the header `Content-Type`.
    fn content_type(&self) -> Option<String>;

    /// Returns the body.
    fn into_chunks(self) -> Self::Chunks;
}
