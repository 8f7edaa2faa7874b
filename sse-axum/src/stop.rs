//! The answer that ends reconnecting, and how any head becomes a response.

use axum_core::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode};
use sse_core::Head;

/// The answer after which a browser stops reconnecting: 204 No Content.
///
/// For a stream that is over for good: any other answer brings the browser back.
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
