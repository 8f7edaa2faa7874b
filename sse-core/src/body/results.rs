//! The chunks of a body as results.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;

use super::{Body, BodyItem};

pin_project! {
    /// The chunks of a [`Body`] as results, none of which is an error: most frameworks ask for a
    /// stream that may fail.
    #[must_use = "streams do nothing unless polled"]
    #[derive(Debug)]
    pub struct Results<S> {
        #[pin]
        body: Body<S>,
    }
}

impl<S> Body<S> {
    /// Wraps each chunk in `Ok`.
    pub fn into_results(self) -> Results<S> {
        Results { body: self }
    }
}

impl<S> Stream for Results<S>
where
    S: Stream,
    S::Item: BodyItem,
{
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.project().body.poll_next(cx).map(|chunk| chunk.map(Ok))
    }
}
