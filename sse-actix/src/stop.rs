//! The answer that ends reconnecting, and how any head becomes a response.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::{BoxBody, MessageBody, None},
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
};
use sse_core::Head;

/// The answer after which a browser stops reconnecting: 204 No Content.
///
/// For a stream that is over for good: any other answer brings the browser back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stop;

impl Responder for Stop {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        respond(Head::STOP, None::new()).map_into_boxed_body()
    }
}

pub(crate) fn respond<B: MessageBody>(head: Head, body: B) -> HttpResponse<B> {
    let status = StatusCode::from_u16(head.status).expect("a status of sse-core's");
    let mut response = HttpResponse::with_body(status, body);
    for (name, value) in head.headers {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
