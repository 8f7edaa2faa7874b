//! A refusal as a response, and a response from a head.

use std::io::Cursor;

use rocket::{
    Request, Response,
    http::Status,
    response::{self, Builder, Responder},
};
use sse_core::adapter::Head;

/// A response without a stream, as the error of a handler: see [`sse_core::Refusal`].
///
/// It is made from anything that converts into that type, such as [`NoContent`](crate::NoContent), a status
/// with a message, or an error of a hub.
///
/// # Example
/// ```
/// use rocket::{futures::{Stream, stream}, get};
/// use sse_rocket::{Event, NoContent, Refusal, Sse};
///
/// #[get("/jobs/<name>")]
/// fn job(name: &str) -> Result<Sse<impl Stream<Item = Event>>, Refusal> {
///     match name {
///         "running" => Ok(Sse::new(stream::iter([Event::data("done")]))),
///         "finished" => Err(NoContent)?, // the browser stops reconnecting
///         _ => Err((404, "no such job"))?,
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub sse_core::Refusal);

impl<E: Into<sse_core::Refusal>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl<'r> Responder<'r, 'static> for Refusal {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response.status(Status::new(self.0.status()));
        for (name, value) in self.0.headers() {
            response.raw_header(name, value);
        }
        if !self.0.message().is_empty() {
            let message = self.0.message().to_owned();
            response.sized_body(message.len(), Cursor::new(message));
        }
        response.ok()
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
