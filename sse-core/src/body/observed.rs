//! What an observer is told of a stream.

use std::sync::Arc;

use tokio::time::Instant;

use crate::{End, EndReason, config::Observer};

/// What an observer is told of a stream, when this is dropped.
pub(super) struct Observed {
    pub(super) bytes: u64,
    /// The client has left, unless the stream ends before that.
    pub(super) reason: EndReason,
    began: Instant,
    observer: Arc<Observer>,
}

impl Observed {
    pub(super) fn new(observer: Arc<Observer>) -> Self {
        Self { bytes: 0, reason: EndReason::ClientGone, began: Instant::now(), observer }
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        let Self { bytes, reason, began, ref observer } = *self;
        observer(&End { reason, age: began.elapsed(), bytes });
    }
}
