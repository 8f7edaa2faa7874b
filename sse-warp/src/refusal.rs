//! A refusal as a reply.

use warp::reply::{Reply, Response};

/// A reply without a stream, as the error of a handler: see [`sse_core::Refusal`].
///
/// It is made from anything that converts into that type, such as [`NoContent`](crate::NoContent), a status
/// with a message, or an error of a hub.
///
/// Use it with [`then`](warp::Filter::then), whose handler returns a `Result` as its reply. In
/// [`and_then`](warp::Filter::and_then) an error has to be a rejection, and a rejection that nothing
/// recovers from is answered with 500.
///
/// # Example
/// ```
/// use sse_warp::{Event, Refusal, Sse};
/// use warp::{Filter, Reply};
///
/// async fn job(name: String) -> Result<impl Reply, Refusal> {
///     if name != "running" {
///         Err((404, "no such job"))?
///     }
///     Ok(Sse::new(tokio_stream::iter([Event::data("done")])))
/// }
///
/// let routes = warp::path!("jobs" / String).then(job);
/// # let _: warp::filters::BoxedFilter<(_,)> = routes.boxed();
/// ```
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
