//! What connections have got, all together.

use std::{fmt, time::Duration};

use hdrhistogram::Histogram;

/// What connections have got, all together.
#[derive(Clone)]
pub struct Counts {
    /// Responses whose head has come.
    pub heads: u64,
    /// Events that were published; a gap event is none.
    pub events: u64,
    /// Events that came again.
    pub doubled: u64,
    /// Events that did not come, though a later one did.
    pub lost: u64,
    /// Those of the lost that no gap event told of.
    pub untold: u64,
    /// Gap events.
    pub gaps: u64,
    /// Connections that have all events that they were behind when they were opened.
    pub caught_up: u64,
    /// Comments: keep-alives.
    pub comments: u64,
    /// Bytes of bodies.
    pub bytes: u64,
    latency: Histogram<u64>,
}

impl Counts {
    /// Begins anew, with the same connections.
    pub fn clear(&mut self) {
        *self = Self { heads: self.heads, ..Self::default() };
    }

    pub(super) fn arrived(&mut self, latency: u64) {
        self.latency.saturating_record(latency);
    }

    /// From publish to read, below which such a share of the events is (0.99: p99).
    pub fn latency(&self, share: f64) -> Duration {
        Duration::from_nanos(self.latency.value_at_quantile(share))
    }
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counts")
            .field("heads", &self.heads)
            .field("events", &self.events)
            .field("doubled", &self.doubled)
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
            doubled: 0,
            lost: 0,
            untold: 0,
            gaps: 0,
            caught_up: 0,
            comments: 0,
            bytes: 0,
            latency,
        }
    }
}

/// A minute, in nanoseconds: longer counts as that.
const MOST: u64 = 60_000_000_000;
