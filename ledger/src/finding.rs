//! What became of one event, one gap event, or the end of one topic.

use std::time::Instant;

/// What became of one event, one gap event, or the end of one topic, at one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The event was received for the first time, and in order.
    Delivered {
        /// When it was published.
        published: Instant,
        /// When it was received.
        received: Instant,
    },
    /// The event was received again, or out of order.
    Doubled {
        /// When it was published.
        published: Instant,
    },
    /// The event was delivered before, under another ID. It also counts as delivered, since the log
    /// contains it under both IDs.
    Repeated {
        /// When it was published under this ID.
        published: Instant,
    },
    /// The event was not received, and no gap event covers it.
    Missing {
        /// Its number in its topic.
        number: u64,
        /// When it was published.
        published: Instant,
    },
    /// The event was not received, and a gap event that came at its place covers it.
    Reported {
        /// When it was published.
        published: Instant,
    },
    /// A gap event was received.
    Gap {
        /// When it was received.
        received: Instant,
        /// The number of missing events that it reports and no earlier gap event has reported.
        missed: usize,
    },
    /// A gap event named a topic that has lost nothing, or nothing more than was already reported.
    Groundless {
        /// When it was received.
        received: Instant,
    },
    /// The topic has ended, and the client was asked not to reconnect. It need not have what follows, if the
    /// topic begins again.
    Ended {
        /// When the topic's last event was published.
        published: Instant,
    },
    /// The topic has ended, the client was not asked not to reconnect, and no gap event covers the end.
    Unended {
        /// When the topic's last event was published.
        published: Instant,
    },
}
