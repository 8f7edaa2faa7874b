//! Counts skipped entries.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use sse_hub::Position;

use crate::stream_id;

/// Counts the entries that were skipped because they are not a hub's.
#[derive(Debug, Default)]
pub(crate) struct Skipped(AtomicU64);

impl Skipped {
    /// Counts one, and warns at the 1st, 2nd, 4th, 8th and so on, so that a program that appends to the stream
    /// cannot flood the log with warnings.
    pub(crate) fn one(&self, position: Position, fault: &'static str) {
        let count = self.0.fetch_add(1, Relaxed) + 1;
        if count.is_power_of_two() {
            let entry = stream_id::text(position);
            tracing::warn!(
                entry,
                fault,
                count,
                "skipped an entry of the Redis log that is not an event"
            );
        }
    }
}
