//! A refusal as a reply.

use warp::reply::{Reply, Response};

/// An answer instead of a stream, as an error of a handler: see [`sse_core::Refusal`].
///
/// Made from anything that converts into that, such as [`NoContent`](crate::NoContent), a status with a
/// message, or a hub's error.
///
/// Use it with [`then`](warp::Filter::then), whose handler returns a `Result` as its reply. In
/// [`and_then`](warp::Filter::and_then) an error has to be a rejection, and a rejection that nothing
/// recovers from is answered with 500.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub sse_core::Refusal);

impl<E: Into<sse_core::Refusal>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl Reply for Refusal {
    fn into_response(self) -> Response {
        http::Response::<String>::from(self.0).into_response()
    }
}
