//! What observers learn about a stream.

use std::sync::Arc;

use tokio::time::Instant;

use crate::{End, EndReason, config::Observer};

/// What observers learn about a stream; reported when this is dropped.
pub(super) struct Observed {
    pub(super) bytes: u64,
    pub(super) reason: EndReason,
    began: Instant,
    observers: Vec<Arc<Observer>>,
}

impl Observed {
    pub(super) fn new(observers: Vec<Arc<Observer>>) -> Self {
        Self { bytes: 0, reason: EndReason::Dropped, began: Instant::now(), observers }
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        let Self { bytes, reason, began, ref observers } = *self;
        let end = End { reason, age: began.elapsed(), bytes };
        observers.iter().for_each(|observer| observer(&end));
    }
}
