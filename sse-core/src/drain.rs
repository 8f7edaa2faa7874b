//! The settings with which a drain ends open streams.

use std::time::Duration;

use tokio::time::Instant;

use crate::{Ending, Event, Jitter};

/// Sets how a drain ends the open streams before the server stops: see [`Shutdown`](crate::Shutdown).
///
/// The default suits a laptop and tests, because the drain is over within 1.5 s. In production, let the
/// load balancer stop sending requests first. Spread the ends, so that clients do not reconnect all at
/// once, and set a deadline below the time after which your platform kills the process:
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
    pub(crate) reconnect: Jitter,
    pub(crate) last_event: Option<Event>,
}

impl Drain {
    /// Spreads the ends of the streams over this period, so that their clients do not all reconnect at
    /// once. A stream keeps delivering until its turn. Default: 0.5 s.
    ///
    /// A spread longer than the [deadline](Self::deadline) allows is shortened to fit.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::Drain;
    /// let drain = Drain::default().spread(Duration::from_secs(20));
    /// ```
    pub fn spread(mut self, spread: Duration) -> Self {
        self.spread = spread;
        self
    }

    /// Sets the time after which the drain is over even if streams are still open, because their clients
    /// do not read. Default: the [spread](Self::spread) and 1 s more.
    ///
    /// The last streams end 0.5 s before the deadline, or earlier by a quarter of the deadline if that is
    /// shorter, so that a client that reads receives its last event. Streams that end [when
    /// finished](crate::Ending::WhenFinished) have until then to finish, so set a deadline that is long
    /// enough for an answer.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::Drain;
    /// let drain = Drain::default().deadline(Duration::from_secs(25));
    /// ```
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sets when clients reconnect: each receives a reconnection time that is drawn from this window.
    /// Default: 1 s to 4 s.
    ///
    /// A longer window spares the server to which all clients reconnect. With a shorter one, they resume
    /// sooner, and may find a server that has not started yet.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::Drain;
    /// let drain = Drain::default().reconnect(Duration::from_secs(1)..=Duration::from_secs(10));
    /// ```
    pub fn reconnect(mut self, window: impl Into<Jitter>) -> Self {
        self.reconnect = window.into();
        self
    }

    /// Sets the event with which each stream ends, so that a page can inform its user. Default: none.
    ///
    /// Streams that end [when finished](crate::Ending::WhenFinished) do not receive it.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Drain, Event};
    /// let drain = Drain::default().last_event(Event::data("back in a minute").event("restart"));
    /// ```
    pub fn last_event(mut self, event: Event) -> Self {
        self.last_event = Some(event);
        self
    }
}

impl Drain {
    /// Draws a stream's turn: the time from the beginning of the drain to the end of the stream.
    pub(crate) fn turn(&self, ending: Ending) -> Duration {
        let last = self.last_turn();
        match ending {
            Ending::WhenFinished => last,
            Ending::AfterEvent | Ending::Cut => {
                Jitter::from(Duration::ZERO..=self.spread.min(last)).draw()
            }
        }
    }

    pub(crate) fn time_limit(&self) -> Duration {
        self.deadline.unwrap_or_else(|| self.spread.saturating_add(AFTER_SPREAD))
    }

    /// Returns the latest turn at which a stream's client still receives its last event.
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
            reconnect: Jitter::from(Duration::from_secs(1)..=Duration::from_secs(4)),
            last_event: None,
        }
    }
}

/// Reports how the streams ended in a drain.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # use sse_core::{Drain, Shutdown};
/// let report = Shutdown::new().begin(Drain::default()).await;
/// println!("{} streams ended, {} of them cut; {} left", report.ended, report.unfinished, report.abandoned);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DrainReport {
    /// The number of streams that ended after a whole event, or were dropped because their client left.
    pub ended: usize,
    /// The number of these that were [`Ending::WhenFinished`] streams, and were cut because they had not
    /// finished in time.
    pub unfinished: usize,
    /// The number of streams that were still open at the deadline. Nothing polled them any more, most
    /// likely because their clients had stopped reading. They end with their connections, or else with the
    /// process. A stream whose last event fits into the framework's buffer counts as ended.
    pub abandoned: usize,
    /// The time at which the drain had to be over.
    pub deadline: Instant,
}

/// The time from the end of the spread to the default deadline.
const AFTER_SPREAD: Duration = Duration::from_secs(1);

/// The time that a last event has to reach its client before the deadline.
const FOR_LAST_EVENT: Duration = Duration::from_millis(500);
