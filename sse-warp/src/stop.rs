//! The answer that ends reconnecting, and how any head goes onto a response.

use http::{HeaderName, HeaderValue, StatusCode};
use sse_core::Head;
use warp::reply::{Reply, Response};

/// The answer after which a browser stops reconnecting: 204 No Content.
///
/// For a stream that is over for good: any other answer brings the browser back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stop;

impl Reply for Stop {
    fn into_response(self) -> Response {
        with_head(Response::default(), Head::STOP)
    }
}

pub(crate) fn with_head(mut response: Response, head: Head) -> Response {
    *response.status_mut() = StatusCode::from_u16(head.status).expect("a status of sse-core's");
    for (name, value) in head.headers {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
