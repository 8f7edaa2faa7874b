//! The last event ID of a request, as a request guard.

use std::{convert::Infallible, ops::Deref};

use rocket::{
    Request,
    request::{FromRequest, Outcome},
};

/// The ID of the last event that a reconnecting client received, from the header or the query.
///
/// Reading it never fails: see [`sse_core::LastEventId`], which this type derefs to.
///
/// # Example
/// ```
/// use rocket::{futures::{Stream, stream}, get};
/// use sse_rocket::{Event, LastEventId, Sse};
///
/// #[get("/countdown")]
/// fn countdown(last: LastEventId) -> Sse<impl Stream<Item = Event>> {
///     let left: u64 = last.parse().unwrap_or(10);
///     Sse::new(stream::iter((0..left).rev().map(|n| Event::data(n.to_string()).id(n))))
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastEventId(pub sse_core::LastEventId);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for LastEventId {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Infallible> {
        let header = request.headers().get_one(sse_core::LastEventId::HEADER);
        let query = request.uri().query().map(|query| query.as_str());
        Outcome::Success(Self(sse_core::LastEventId::from_request(
            header.map(str::as_bytes),
            query,
        )))
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
