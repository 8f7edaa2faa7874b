//! A refusal as a response.

use axum_core::{
    body::Body,
    response::{IntoResponse, Response},
};

/// A response without a stream, as the error of a handler: see [`sse_core::Refusal`].
///
/// It is made from anything that converts into that type, such as [`NoContent`](crate::NoContent), a status
/// with a message, or an error of a hub.
///
/// # Example
/// ```
/// use axum::{extract::Path, response::IntoResponse};
/// use sse_axum::{Event, NoContent, Refusal, Sse};
///
/// async fn job(Path(name): Path<String>) -> Result<impl IntoResponse, Refusal> {
///     match name.as_str() {
///         "running" => Ok(Sse::new(tokio_stream::iter([Event::data("done")]))),
///         "finished" => Err(NoContent)?, // the browser stops reconnecting
///         _ => Err((404, "no such job"))?,
///     }
/// }
/// # let _: axum::routing::MethodRouter = axum::routing::get(job);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub sse_core::Refusal);

impl<E: Into<sse_core::Refusal>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        http::Response::<String>::from(self.0).map(Body::from)
    }
}
