//! What clients saw of each node, to compare with the node's own metrics.

use std::{
    collections::BTreeMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What clients saw of each run of a node, by the name that the node sends first on each stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    nodes: BTreeMap<String, Seen>,
    /// Requests that were cut before the first event, whose node is not known.
    unnamed: u64,
    /// The number of gap events.
    gaps: u64,
}

/// Which gap event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GapId(u64);

/// What clients saw of the streams of one run of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Streams whose first event arrived.
    pub(super) opened: u64,
    /// Those of them that have ended, in any way.
    pub(super) closed: u64,
    /// Those of them that ended before their client had read everything.
    pub(super) cut: u64,
    /// The events of the streams that have ended, without those that the hub adds.
    pub(super) events: u64,
    /// The gap events of all streams.
    pub(super) gaps: Vec<GapId>,
}

/// A stream that a client reads. Dropping it counts it as ended.
#[derive(Debug)]
pub(super) struct Reading {
    tally: Tally,
    node: Option<String>,
    events: u64,
    /// Whether an event after the node's name has arrived.
    has_begun: bool,
    /// Whether the client has read everything that the node sent.
    pub(super) complete: bool,
}

impl Tally {
    /// Begins to read a stream.
    pub(super) fn read(&self) -> Reading {
        Reading { tally: self.clone(), node: None, events: 0, has_begun: false, complete: false }
    }

    /// What clients saw of a node by now.
    pub(super) fn of(&self, node: &str) -> Seen {
        self.lock().nodes.get(node).cloned().unwrap_or_default()
    }

    /// The number of requests that were cut before the first event.
    pub(super) fn unnamed(&self) -> u64 {
        self.lock().unnamed
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading {
    pub(super) fn is_named(&self) -> bool {
        self.node.is_some()
    }

    /// Counts an event with this type and data. For a gap event, returns its ID, and whether the node counts the missed
    /// events: they were evicted while the stream was open. An event of the hub's comes first on such a stream, if only
    /// the one that says that the stream has begun.
    pub(super) fn event(&mut self, event: Option<&str>, data: &str) -> Option<(GapId, bool)> {
        if event == Some("node") {
            self.tally.lock().nodes.entry(data.to_owned()).or_default().opened += 1;
            self.node = Some(data.to_owned());
            self.events += 1;
            return None;
        }
        let has_begun = mem::replace(&mut self.has_begun, true);
        match (event, &self.node) {
            (Some("gap"), Some(node)) => {
                let mut counts = self.tally.lock();
                counts.gaps += 1;
                let gap = GapId(counts.gaps);
                counts.nodes.entry(node.clone()).or_default().gaps.push(gap);
                Some((gap, has_begun && data.contains(r#""reason":"trimmed""#)))
            }
            _ => {
                self.events += 1;
                None
            }
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let mut counts = self.tally.lock();
        let Some(node) = self.node.take() else {
            counts.unnamed += u64::from(!self.complete);
            return;
        };
        let seen = counts.nodes.entry(node).or_default();
        seen.closed += 1;
        seen.cut += u64::from(!self.complete);
        seen.events += self.events;
    }
}
