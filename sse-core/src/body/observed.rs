//! Reports the end of a stream to its observers.

use std::sync::Arc;

use tokio::time::Instant;

use crate::{EndReason, StreamEnd, settings::Settings};

/// The data that observers receive about a stream. Dropping it reports the end.
pub(super) struct Observed {
    pub(super) bytes: u64,
    pub(super) reason: EndReason,
    began: Instant,
    settings: Arc<Settings>,
}

impl Observed {
    pub(super) fn new(settings: Arc<Settings>) -> Self {
        Self { bytes: 0, reason: EndReason::Dropped, began: Instant::now(), settings }
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        let Self { bytes, reason, began, .. } = *self;
        let end = StreamEnd { reason, age: began.elapsed(), bytes };
        self.settings.observers.iter().for_each(|observer| observer(&end));
    }
}
