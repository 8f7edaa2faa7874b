//! How open streams are ended before the server stops.

use std::time::Duration;

use tokio::time::Instant;

use crate::{Ending, Event, Window};

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
#[must_use]
pub struct Drain {
    spread: Duration,
    deadline: Option<Duration>,
    pub(crate) reconnect: Window,
    pub(crate) last_event: Option<Event>,
}

impl Drain {
    /// Spreads the ends of the streams over this period, so that their clients do not all reconnect at
    /// once. A stream keeps delivering until its turn. Default: 0.5 s.
    ///
    /// A spread longer than the [deadline](Self::deadline) allows is shortened to fit.
    pub fn spread(mut self, spread: Duration) -> Self {
        self.spread = spread;
        self
    }

    /// Sets the time after which the drain is over even if streams are left, because their clients
    /// do not read. Default: 1 s after the [spread](Self::spread).
    ///
    /// The last streams end half a second before the deadline, or a quarter of the deadline before it
    /// if that is shorter, so that a client that reads gets its last event. Streams that end
    /// [when finished](crate::Ending::WhenFinished) have until then: set a deadline that an answer can
    /// meet.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sets when the clients reconnect: each receives a reconnection time from this window.
    /// Default: 1 s to 4 s.
    pub fn reconnect(mut self, window: impl Into<Window>) -> Self {
        self.reconnect = window.into();
        self
    }

    /// Sets an event with which each stream ends, so that a page can inform its user. Default: none.
    ///
    /// Streams that end [when finished](crate::Ending::WhenFinished) do not get it.
    pub fn last_event(mut self, event: Event) -> Self {
        self.last_event = Some(event);
        self
    }
}

impl Drain {
    /// Draws a stream's turn to end, from the beginning of the drain.
    pub(crate) fn turn(&self, ending: Ending) -> Duration {
        let last = self.last_turn();
        match ending {
            Ending::WhenFinished => last,
            Ending::AfterEvent | Ending::Cut => {
                Window::from(Duration::ZERO..=self.spread.min(last)).draw()
            }
        }
    }

    pub(crate) fn time_limit(&self) -> Duration {
        self.deadline.unwrap_or_else(|| self.spread.saturating_add(AFTER_SPREAD))
    }

    /// The latest moment at which a stream can end so that its client still gets its last event.
    fn last_turn(&self) -> Duration {
        let limit = self.time_limit();
        limit - (limit / 4).min(FOR_LAST_EVENT)
    }
}

impl Default for Drain {
    fn default() -> Self {
        Self {
            spread: Duration::from_millis(500),
            deadline: None,
            reconnect: Window::from(Duration::from_secs(1)..=Duration::from_secs(4)),
            last_event: None,
        }
    }
}

/// What became of the streams in a drain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DrainReport {
    /// How many streams ended after a whole event, or were dropped because their client left.
    pub ended: usize,
    /// Of these, how many [`Ending::WhenFinished`] streams were cut because they had not finished in
    /// time.
    pub unfinished: usize,
    /// How many were left at the deadline. Nothing polled them any more, most likely because their
    /// clients had stopped reading. They end with their connections, at the latest with the process. A
    /// stream whose last event fits into the framework's buffer counts as ended.
    pub abandoned: usize,
    /// When the drain had to be over.
    pub deadline: Instant,
}

/// From the last turn of the spread to the default deadline.
const AFTER_SPREAD: Duration = Duration::from_secs(1);

/// The time that the last event has to reach its client.
const FOR_LAST_EVENT: Duration = Duration::from_millis(500);
