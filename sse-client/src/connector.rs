//! Sends one request, with any HTTP client.

use std::future::Future;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;

use crate::{BoxError, SendError};

/// Sends one request, and returns its response.
///
/// Implement it to read event streams with another HTTP client, such as one that signs its requests or
/// connects to a Unix socket. `reqwest::Client` (feature `reqwest`) and `Hyper` (feature `hyper`) are
/// connectors.
///
/// # Contract
/// - Send the request at most once. [`Client`](crate::Client) decides whether a request is repeated.
/// - Return the response as soon as its head has arrived, whatever its status is.
/// - Dropping the future or the body cancels the request.
///
/// # Example
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use sse_client::{Connector, SendError};
///
/// /// Answers each request with the same event.
/// struct Canned;
///
/// impl Connector for Canned {
///     type RequestBody = ();
///     type ResponseBody = Full<Bytes>;
///
///     async fn send(&self, _: Request<()>) -> Result<Response<Full<Bytes>>, SendError> {
///         Response::builder()
///             .header("content-type", "text/event-stream")
///             .body(Full::from("data: a\n\n"))
///             .map_err(SendError::permanent)
///     }
/// }
/// ```
pub trait Connector: Send + Sync + 'static {
    /// The body of a request.
    type RequestBody: Send + 'static;
    /// The body of a response.
    type ResponseBody: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static;

    /// Sends the request.
    ///
    /// # Errors
    /// A [`SendError`], which reports whether the request may have reached the server.
    fn send(
        &self,
        request: Request<Self::RequestBody>,
    ) -> impl Future<Output = Result<Response<Self::ResponseBody>, SendError>> + Send;
}
