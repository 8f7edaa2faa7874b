//! The answer that ends reconnecting, and how any head becomes a response.

use axum_core::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode};
use sse_core::Head;

/// The answer after which a browser stops reconnecting: 204 No Content.
///
/// # Example
/// ```
/// use axum::response::{IntoResponse, Response};
/// use sse_axum::{Event, LastEventId, Sse, Stop};
///
/// async fn job(last: LastEventId) -> Response {
///     if last.as_str() == Some("done") {
///         return Stop.into_response();
///     }
///     Sse::new(tokio_stream::once(Event::data("100 %").id("done"))).into_response()
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stop;

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        respond(Head::STOP, Body::empty())
    }
}

pub(crate) fn respond(head: Head, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(head.status).expect("a status of sse-core's");
    for (name, value) in head.headers {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
