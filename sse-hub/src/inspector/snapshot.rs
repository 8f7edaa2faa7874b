//! The state that the inspector's page shows.

use serde::Serialize;

use crate::{TopicName, TopicStats};

/// The state that the inspector's page shows. Counts are totals; the page computes rates from two snapshots.
#[derive(Debug, Serialize)]
pub(super) struct Snapshot {
    /// The time since the inspector was made, in ms.
    pub(super) at: u64,
    pub(super) topic_count: usize,
    pub(super) subscribers: usize,
    pub(super) published: u64,
    pub(super) resumed: u64,
    pub(super) gaps: Vec<(&'static str, u64)>,
    pub(super) memory: usize,
    pub(super) log_bytes: usize,
    pub(super) pinned_bytes: usize,
    pub(super) backend: Backend,
    pub(super) streams: Streams,
    /// Those with the most subscribers.
    pub(super) topics: Vec<Topic>,
    /// Those with the largest lag.
    pub(super) connections: Vec<Connection>,
}

#[derive(Debug, Serialize)]
pub(super) struct Backend {
    pub(super) exists: bool,
    pub(super) error: Option<String>,
    /// The time since the first of its errors, in ms.
    pub(super) away: Option<u64>,
    /// Why the hub is not live.
    pub(super) stopped: Option<String>,
    pub(super) drained: bool,
}

/// The streams of the server; `None` without a `Shutdown`.
#[derive(Debug, Serialize)]
pub(super) struct Streams {
    pub(super) open: Option<usize>,
    pub(super) draining: Option<bool>,
    pub(super) ends: Vec<(&'static str, u64)>,
}

#[derive(Debug, Serialize)]
pub(super) struct Topic {
    pub(super) name: String,
    pub(super) subscribers: usize,
    pub(super) events: usize,
    pub(super) bytes: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Connection {
    pub(super) number: u64,
    pub(super) label: Option<String>,
    /// The first topics.
    pub(super) topics: Vec<String>,
    pub(super) topic_count: usize,
    /// In ms.
    pub(super) age: u64,
    pub(super) events: u64,
    pub(super) bytes: u64,
    /// The number of events that it has yet to receive.
    pub(super) lag: usize,
    /// The bytes of the log that it keeps alive.
    pub(super) in_flight: usize,
}

impl Topic {
    pub(super) fn new(name: &TopicName, stats: &TopicStats) -> Self {
        let TopicStats { subscribers, events, bytes, .. } = *stats;
        Self { name: name.as_str().to_owned(), subscribers, events, bytes }
    }
}
