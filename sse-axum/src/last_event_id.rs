//! Where a client left off, as an extractor.

use std::{convert::Infallible, ops::Deref};

use axum_core::extract::FromRequestParts;
use http::request::Parts;

/// The ID of the last event that a reconnecting client has seen, from the header or the query.
///
/// Never rejects: see [`sse_core::LastEventId`], which this derefs to.
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
