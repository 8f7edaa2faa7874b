//! A refusal as a response, and how any head becomes one.

use axum_core::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode};
use sse_core::adapter::Head;

/// An answer instead of a stream, as an error of a handler: see [`sse_core::Refusal`].
///
/// Made from anything that converts into that, such as [`NoContent`](crate::NoContent), a status with a
/// message, or a hub's error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub sse_core::Refusal);

impl<E: Into<sse_core::Refusal>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.0.message().to_owned()));
        *response.status_mut() = status(self.0.status());
        for (name, value) in self.0.headers() {
            let value = HeaderValue::from_str(&value).expect("a value of sse-core's");
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        response
    }
}

pub(crate) fn respond(head: Head, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status(head.status);
    for (name, value) in head.headers {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).expect("a status of sse-core's")
}
