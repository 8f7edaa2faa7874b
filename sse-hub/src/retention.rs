//! How much of a topic is kept for clients that come back.

use std::time::Duration;

/// How much of a topic is kept for clients that come back; whichever bound is reached first counts.
///
/// What is let go of turns a resume from before it into a gap event. More covers longer outages;
/// less saves memory, of which a hub with many topics has
/// [a bound of its own](crate::HubBuilder::max_bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) age: Option<Duration>,
}

impl Retention {
    /// Sets how many events are kept, at least 1. Default: 1,000, some minutes of a lively topic.
    #[must_use]
    pub fn events(mut self, events: usize) -> Self {
        self.events = events.max(1);
        self
    }

    /// Sets how many bytes of encoded events are kept, up to one chunk (32 KiB and an event) more.
    /// Default: 1 MiB. With 0, what was read is let go of at the next publish.
    #[must_use]
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// Sets how long events are kept, up to an eighth longer. Default: for ever, within the other
    /// bounds. Counts only if [`Hub::tick`](crate::Hub::tick) is called now and then.
    #[must_use]
    pub fn age(mut self, age: Duration) -> Self {
        self.age = Some(age);
        self
    }

    /// The longest time between the first and the last event of a chunk.
    pub(crate) fn span(&self) -> Option<Duration> {
        self.age.map(|age| age / 8)
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self { events: 1_000, bytes: 1024 * 1024, age: None }
    }
}
