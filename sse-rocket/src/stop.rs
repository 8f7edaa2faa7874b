//! The answer that ends reconnecting, and how any head becomes a response.

use rocket::{
    Request, Response,
    http::Status,
    response::{self, Builder, Responder},
};
use sse_core::Head;

/// The answer after which a browser stops reconnecting: 204 No Content.
///
/// For a stream that is over for good: any other answer brings the browser back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stop;

impl<'r> Responder<'r, 'static> for Stop {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        respond(Head::STOP).ok()
    }
}

pub(crate) fn respond<'r>(head: Head) -> Builder<'r> {
    let mut response = Response::build();
    response.status(Status::new(head.status));
    for (name, value) in head.headers {
        response.raw_header(*name, *value);
    }
    response
}
