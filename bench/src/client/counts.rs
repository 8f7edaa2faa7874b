//! Counts of what all connections have received.

use std::{fmt, time::Duration};

use hdrhistogram::Histogram;

/// Counts of what all connections have received.
#[derive(Clone)]
pub struct Counts {
    /// Responses whose head has arrived.
    pub heads: u64,
    /// Published events. Gap events are not counted.
    pub events: u64,
    /// Duplicate events.
    pub duplicates: u64,
    /// Events that did not arrive although a later one did.
    pub lost: u64,
    /// Lost events that no gap event reported.
    pub unreported: u64,
    /// Gap events.
    pub gaps: u64,
    /// Connections that have received all events that they were behind when they were opened.
    pub caught_up: u64,
    /// Comments, which are keep-alives.
    pub comments: u64,
    /// The bytes of the bodies.
    pub bytes: u64,
    latency: Histogram<u64>,
}

impl Counts {
    /// Clears all counts except that of the response heads.
    pub fn clear(&mut self) {
        *self = Self { heads: self.heads, ..Self::default() };
    }

    pub(super) fn arrived(&mut self, latency: u64) {
        self.latency.saturating_record(latency);
    }

    /// Returns a percentile of the time from publish to read: the time within which this share of the
    /// events arrived (0.99 for p99).
    pub fn latency(&self, share: f64) -> Duration {
        Duration::from_nanos(self.latency.value_at_quantile(share))
    }
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counts")
            .field("heads", &self.heads)
            .field("events", &self.events)
            .field("duplicates", &self.duplicates)
            .field("lost", &self.lost)
            .field("gaps", &self.gaps)
            .field("caught_up", &self.caught_up)
            .field("comments", &self.comments)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl Default for Counts {
    fn default() -> Self {
        let latency = Histogram::new_with_bounds(1, MOST, 3).expect("bounds in order");
        Self {
            heads: 0,
            events: 0,
            duplicates: 0,
            lost: 0,
            unreported: 0,
            gaps: 0,
            caught_up: 0,
            comments: 0,
            bytes: 0,
            latency,
        }
    }
}

/// One minute, in ns. A longer time counts as one minute.
const MOST: u64 = 60_000_000_000;
