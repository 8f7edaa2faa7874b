//! The answer that ends reconnecting, and how any head goes onto a response.

use http::{HeaderName, HeaderValue, StatusCode};
use sse_core::Head;
use warp::reply::{Reply, Response};

/// The answer after which a browser stops reconnecting: 204 No Content.
///
/// # Example
/// ```
/// use sse_warp::{LastEventId, Event, Sse, Stop, last_event_id};
/// use warp::{Filter, Reply};
///
/// let job = warp::path("job").and(last_event_id()).map(|last: LastEventId| {
///     if last.as_str() == Some("done") {
///         return Stop.into_response();
///     }
///     Sse::new(tokio_stream::once(Event::data("100 %").id("done"))).into_response()
/// });
/// # let _ = job;
/// ```
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
