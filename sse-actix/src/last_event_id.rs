//! The last event ID of a request, as an extractor.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    ops::Deref,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};

/// The ID of the last event that a reconnecting client received, from the header or the query.
///
/// Reading it never fails: see [`sse_core::LastEventId`], which this type derefs to.
///
/// # Example
/// ```
/// use actix_web::{Responder, web};
/// use sse_actix::{Event, LastEventId, Sse};
///
/// async fn countdown(last: LastEventId) -> impl Responder {
///     let left: u64 = last.parse().unwrap_or(10);
///     Sse::new(tokio_stream::iter((0..left).rev().map(|n| Event::data(n.to_string()).id(n))))
/// }
/// # let _ = web::get().to(countdown);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastEventId(pub sse_core::LastEventId);

impl FromRequest for LastEventId {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let header = request.headers().get(sse_core::LastEventId::HEADER);
        let header = header.map(|value| value.as_bytes());
        let query = Some(request.query_string());
        ready(Ok(Self(sse_core::LastEventId::from_request(header, query))))
    }
}

impl Deref for LastEventId {
    type Target = sse_core::LastEventId;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl From<LastEventId> for sse_core::LastEventId {
    fn from(last: LastEventId) -> Self {
        last.0
    }
}
