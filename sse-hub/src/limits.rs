//! The limits that a hub checks before it takes its lock.

use std::time::Duration;

/// The limits that a hub checks before it takes its lock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) topics: usize,
    pub(crate) topics_per_subscriber: usize,
    pub(crate) subscribers: usize,
    /// The size of an event, encoded without its ID, in bytes.
    pub(crate) event_bytes: usize,
}

/// How long the end of a topic is remembered by default: longer than clients take to reconnect.
pub(crate) const REMEMBER_ENDS: Duration = Duration::from_secs(60 * 60);
