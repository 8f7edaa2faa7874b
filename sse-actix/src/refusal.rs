//! A refusal as a response, and a response from a head.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
};
use sse_core::adapter::Head;

/// A response without a stream, as the error of a handler: see [`sse_core::Refusal`].
///
/// It is made from anything that converts into that type, such as [`NoContent`](crate::NoContent), a status
/// with a message, or an error of a hub.
///
/// # Example
/// ```
/// use actix_web::{Responder, web};
/// use sse_actix::{Event, NoContent, Refusal, Sse};
///
/// async fn job(name: web::Path<String>) -> Result<impl Responder, Refusal> {
///     match name.as_str() {
///         "running" => Ok(Sse::new(tokio_stream::iter([Event::data("done")]))),
///         "finished" => Err(NoContent)?, // the browser stops reconnecting
///         _ => Err((404, "no such job"))?,
///     }
/// }
/// # let _ = web::get().to(job);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub sse_core::Refusal);

impl<E: Into<sse_core::Refusal>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.status(), self.0.message())
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        status(self.0.status())
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let body = self.0.message().to_owned().boxed();
        let mut response = HttpResponse::with_body(self.status_code(), body);
        for (name, value) in self.0.headers() {
            let value = HeaderValue::from_str(&value).expect("a refusal's header values are ASCII");
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        response
    }
}

pub(crate) fn respond<B: MessageBody>(head: Head, body: B) -> HttpResponse<B> {
    let mut response = HttpResponse::with_body(status(head.status), body);
    for (name, value) in head.headers {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).expect("the statuses of sse-core are valid")
}
