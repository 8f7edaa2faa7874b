//! A body as an [`http_body::Body`].

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use http_body::Frame;

use super::{Body, BodyItem, Cut, Phase};

/// Each chunk is a data frame. The four cases are those of the `Stream` implementation.
impl<S> http_body::Body for Body<S>
where
    S: Stream,
    S::Item: BodyItem,
{
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        self.poll_next(cx).map_ok(Frame::data)
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.phase, Phase::Done)
    }
}

impl<S> Body<S> {
    /// Returns a body that ends at its first poll.
    pub(crate) fn emptied(mut self) -> Self {
        self.phase = Phase::Done;
        self
    }
}
