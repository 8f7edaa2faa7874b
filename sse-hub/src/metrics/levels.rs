//! The gauges of a hub.

use metrics::{Unit, gauge};

use crate::state::State;

/// The values of a hub's gauges at one moment.
pub(crate) struct Levels {
    topics: usize,
    subscriptions: usize,
    events: usize,
    bytes: usize,
    memory: usize,
    pinned: usize,
    connected: bool,
    behind: bool,
}

impl Levels {
    /// Looks at the state, in a few steps.
    pub(crate) fn of(state: &State) -> Self {
        Self {
            topics: state.topics(),
            subscriptions: state.subscribers(),
            events: state.events(),
            bytes: state.bytes(),
            memory: state.memory(),
            pinned: state.pinned(),
            connected: state.backend_error().is_none(),
            behind: state.awaits_own(),
        }
    }

    /// Records the values. A hub in memory has no backend to show.
    pub(crate) fn record(&self, has_backend: bool) {
        let set = |name: &'static str, value: f64| gauge!(name).set(value);
        set(TOPICS, self.topics as f64);
        set(SUBSCRIPTIONS, self.subscriptions as f64);
        set(EVENTS, self.events as f64);
        set(BYTES, self.bytes as f64);
        set(MEMORY, self.memory as f64);
        set(PINNED, self.pinned as f64);
        if has_backend {
            set(CONNECTED, f64::from(u8::from(self.connected)));
            set(BEHIND, f64::from(u8::from(self.behind)));
        }
    }
}

pub(super) const DESCRIPTIONS: [(&str, Unit, &str); 8] = [
    (TOPICS, Unit::Count, "Topics with events, subscribers or handles"),
    (SUBSCRIPTIONS, Unit::Count, "Subscriptions, including those that have not been polled yet"),
    (EVENTS, Unit::Count, "Events that the hub keeps"),
    (BYTES, Unit::Bytes, "Bytes of the encoded events that the hub keeps"),
    (MEMORY, Unit::Bytes, "Memory of events, indices and topics, which `max_bytes` limits"),
    (PINNED, Unit::Bytes, "Bytes of evicted events that connections are still sending"),
    (CONNECTED, Unit::Count, "1 while the backend is followed, 0 while it is not"),
    (BEHIND, Unit::Count, "1 while an event of this process is acknowledged but has not arrived"),
];

const TOPICS: &str = "sse_hub_topics";
const SUBSCRIPTIONS: &str = "sse_hub_subscriptions";
const EVENTS: &str = "sse_hub_events";
const BYTES: &str = "sse_hub_bytes";
const MEMORY: &str = "sse_hub_memory_bytes";
const PINNED: &str = "sse_hub_pinned_bytes";
const CONNECTED: &str = "sse_hub_backend_connected";
const BEHIND: &str = "sse_hub_backend_behind";
