//! How open streams are ended before the server stops.

use std::time::Duration;

use tokio::time::Instant;

use crate::{Event, Window};

/// How open streams are ended before the server stops: see [`Shutdown`](crate::Shutdown).
///
/// The default is made for a laptop and for tests: over within 1.5 s. In production, let the load
/// balancer stop sending requests first, spread the ends so that clients do not return as one wave,
/// and stay below the time after which your platform kills the process:
///
/// ```
/// # use std::time::Duration;
/// # use sse_core::Drain;
/// let drain = Drain::default()
///     .spread(Duration::from_secs(20))
///     .deadline(Duration::from_secs(25)) // Kubernetes kills after 30 s
///     .reconnect(Duration::from_secs(1)..=Duration::from_secs(10));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drain {
    pub(crate) spread: Duration,
    pub(crate) deadline: Duration,
    pub(crate) reconnect: Window,
    pub(crate) last_event: Option<Event>,
}

impl Drain {
    /// Sets the time over which the streams end, each at a moment of its own; until then it goes on
    /// as before. Default: 0.5 s.
    #[must_use]
    pub fn spread(mut self, spread: Duration) -> Self {
        self.spread = spread;
        self
    }

    /// Sets the time after which the drain is over even if streams are left, because their clients
    /// do not read. Default: 1.5 s.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets when the clients come back: each is told a reconnection time out of this window.
    /// Default: 1 s to 4 s.
    #[must_use]
    pub fn reconnect(mut self, window: impl Into<Window>) -> Self {
        self.reconnect = window.into();
        self
    }

    /// Sets an event that each stream ends with, for a page that wants to tell its user. Default:
    /// none.
    #[must_use]
    pub fn last_event(mut self, event: Event) -> Self {
        self.last_event = Some(event);
        self
    }
}

impl Drain {
    /// Draws a stream's turn to end, from the beginning of the drain.
    pub(crate) fn turn(&self) -> Duration {
        Window::from(Duration::ZERO..=self.spread).draw()
    }
}

impl Default for Drain {
    fn default() -> Self {
        Self {
            spread: Duration::from_millis(500),
            deadline: Duration::from_millis(1500),
            reconnect: Window::from(Duration::from_secs(1)..=Duration::from_secs(4)),
            last_event: None,
        }
    }
}

/// What became of the streams in a drain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DrainReport {
    /// How many streams ended with a complete last event, or with their client.
    pub ended: usize,
    /// How many were left at the deadline: their clients had stopped reading, and nothing in this
    /// process can end them but its own end. One whose last event fits into the framework's buffer
    /// counts as ended.
    pub abandoned: usize,
    /// When the drain had to be over.
    pub deadline: Instant,
}
