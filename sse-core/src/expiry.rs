//! The time at which a stream ends.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::{Event, jitter::later};

/// The time at which a stream ends, such as that of its client's token: see
/// [`Config::expires_at`](crate::Config::expires_at).
///
/// It is made from a [`SystemTime`], or from an `Instant` of Tokio's or the standard library's. A
/// [notice](Self::notice) lets the page renew its login in time.
///
/// A `SystemTime` is compared with the system's clock when the stream opens. If that clock is set later, the
/// stream does not notice.
///
/// # Example
/// ```
/// # use std::time::{Duration, SystemTime};
/// # use sse_core::{Config, Event, Expiry};
/// # let token_expires = SystemTime::now() + Duration::from_secs(600);
/// let renew = Event::data("").event("renew");
/// let expiry = Expiry::at(token_expires).notice(Duration::from_secs(60), renew);
/// let config = Config::default().expires_at(expiry);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Expiry {
    at: At,
    notice: Option<(Duration, Event)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Instant(Instant),
    System(SystemTime),
}

impl Expiry {
    /// Ends the stream at this time.
    ///
    /// # Example
    /// ```
    /// # use std::time::{Duration, Instant};
    /// # use sse_core::Expiry;
    /// let expiry = Expiry::at(Instant::now() + Duration::from_secs(600));
    /// ```
    pub fn at(time: impl Into<Self>) -> Self {
        time.into()
    }

    /// Sends this event once, this long before the end. If the stream opens later, it is sent at once.
    /// Default: none.
    ///
    /// A page that renews its login still needs a new stream, because this one ends at the time that was set.
    /// It can close its EventSource and open another, or let it reconnect after the end.
    ///
    /// # Example
    /// ```
    /// # use std::time::{Duration, SystemTime};
    /// # use sse_core::{Event, Expiry};
    /// # let token_expires = SystemTime::now() + Duration::from_secs(600);
    /// let minute = Duration::from_secs(60);
    /// let expiry = Expiry::at(token_expires).notice(minute, Event::data("").event("renew"));
    /// ```
    pub fn notice(mut self, before: Duration, event: Event) -> Self {
        self.notice = Some((before, event));
        self
    }

    /// Returns the time of the end for a stream that opens now.
    pub(crate) fn instant(&self, now: Instant) -> Instant {
        match self.at {
            At::Instant(at) => at,
            // An error means that the time has passed.
            At::System(at) => later(now, at.duration_since(SystemTime::now()).unwrap_or_default()),
        }
    }

    /// Returns the time of the notice for a stream that ends at `end`.
    pub(crate) fn notice_at(&self, end: Instant) -> Option<Instant> {
        let (before, _) = self.notice.as_ref()?;
        // A time before the beginning of the clock has passed.
        Some(end.checked_sub(*before).unwrap_or_else(Instant::now))
    }

    pub(crate) fn notice_event(&self) -> Option<&Event> {
        self.notice.as_ref().map(|(_, event)| event)
    }
}

impl From<SystemTime> for Expiry {
    fn from(time: SystemTime) -> Self {
        Self { at: At::System(time), notice: None }
    }
}

impl From<Instant> for Expiry {
    fn from(time: Instant) -> Self {
        Self { at: At::Instant(time), notice: None }
    }
}

impl From<std::time::Instant> for Expiry {
    fn from(time: std::time::Instant) -> Self {
        Instant::from_std(time).into()
    }
}
