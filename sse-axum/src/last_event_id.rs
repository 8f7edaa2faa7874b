//! The last event ID of a request, as an extractor.

use std::{convert::Infallible, ops::Deref};

use axum_core::extract::FromRequestParts;
use http::request::Parts;

/// The ID of the last event that a reconnecting client received, from the header or the query.
///
/// Reading it never fails: see [`sse_core::LastEventId`], which this type derefs to.
///
/// # Example
/// ```
/// use axum::response::IntoResponse;
/// use sse_axum::{Event, LastEventId, Sse};
///
/// async fn countdown(last: LastEventId) -> impl IntoResponse {
///     let left: u64 = last.parse().unwrap_or(10);
///     Sse::new(tokio_stream::iter((0..left).rev().map(|n| Event::data(n.to_string()).id(n))))
/// }
/// # let _: axum::routing::MethodRouter = axum::routing::get(countdown);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastEventId(pub sse_core::LastEventId);

impl<S: Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self((&*parts).into()))
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
