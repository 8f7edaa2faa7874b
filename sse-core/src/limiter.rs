//! Limits how many streams are open at the same time.

mod admission;
mod admit_error;
mod admitted;
mod limit;
mod slots;

use std::{fmt, sync::Arc};

use futures_core::Stream;

use self::slots::Slots;
use crate::Jitter;

pub use self::{admission::Admission, admit_error::AdmitError, admitted::Admitted, limit::Limit};

/// Limits how many streams are open at the same time: in total, and for each user, address or topic.
///
/// Without limits, one user can take all of a server's connections and memory by opening streams. Admit each
/// stream in its handler, with `?`: a stream over a limit becomes a 429 response with `Retry-After`, or a 503
/// if the limiter is full. A [`Limit`] may choose another answer, for an EventSource, which closes permanently
/// after any status but 200 (WHATWG HTML 9.2.2).
///
/// The limits apply to the streams of this process. With several nodes behind a load balancer, a user may have
/// as many streams on each of them. A clone is another handle to the same streams.
///
/// A place is taken by [`admit`](Self::admit), and is free again as soon as the stream has ended or was
/// dropped, polled or not. The limits hold exactly, whichever threads admit streams at the same time. No call
/// takes time in proportion to the number of streams. A stream takes a few hundred bytes for each of its keys,
/// whatever their length, so the total also limits the memory.
///
/// # Example
/// ```
/// use sse_core::{Event, Limiter, Refusal};
///
/// let limiter = Limiter::new(10_000).limit("user", 2).limit("topic", 1_000);
///
/// // In a handler:
/// let open = |user: &str, topic: &str| -> Result<_, Refusal> {
///     let events = tokio_stream::iter([Event::data("hello")]);
///     Ok(limiter.per("user", user).per("topic", topic).admit(events)?)
/// };
/// let streams = (open("eve", "a")?, open("eve", "b")?);
/// assert_eq!(open("eve", "c").expect_err("two at most").status(), 429);
/// assert!(open("bob", "c").is_ok());
///
/// drop(streams);
/// assert!(open("eve", "c").is_ok());
/// # Ok::<_, Refusal>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Limiter {
    limits: Arc<Limits>,
    slots: Arc<Slots>,
}

#[derive(Clone)]
struct Limits {
    total: Limit,
    kinds: Vec<(&'static str, Limit)>,
}

impl Limiter {
    /// Makes a limiter that admits `total` streams at the same time.
    ///
    /// When it is full, requests are refused with 503 and `Retry-After`. The operating system's limit of open
    /// files should be higher, or connections fail before they are refused.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Limiter;
    /// let limiter = Limiter::new(10_000);
    /// ```
    pub fn new(total: usize) -> Self {
        let limits = Limits { total: Limit::new(total), kinds: Vec::new() };
        Self { limits: Arc::new(limits), slots: Arc::default() }
    }

    /// Answers requests with an empty stream instead of 503 when the limiter is full, as
    /// [`Limit::retry_later`] does.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::Limiter;
    /// let minute = Duration::from_secs(60);
    /// let limiter = Limiter::new(10_000).retry_when_full(minute..=3 * minute);
    /// ```
    pub fn retry_when_full(mut self, reconnection_time: impl Into<Jitter>) -> Self {
        let limits = Arc::make_mut(&mut self.limits);
        limits.total = limits.total.retry_later(reconnection_time);
        self
    }

    /// Limits the streams of each key of a kind, such as each user. A plain number is a [`Limit`] over which
    /// requests are refused with 429.
    ///
    /// The name of a kind is part of the program, so it can be a label of a metric. Set the limits before the
    /// limiter is cloned: a clone keeps the limits that it was made with.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::{Limit, Limiter};
    /// let minute = Duration::from_secs(60);
    /// let limiter = Limiter::new(10_000)
    ///     .limit("user", 5)
    ///     .limit("topic", Limit::new(1_000).retry_later(minute..=3 * minute))
    ///     .limit("session", Limit::new(1).end_oldest(minute));
    /// ```
    pub fn limit(mut self, kind: &'static str, limit: impl Into<Limit>) -> Self {
        let kinds = &mut Arc::make_mut(&mut self.limits).kinds;
        kinds.retain(|(other, _)| *other != kind);
        kinds.push((kind, limit.into()));
        self
    }

    /// Names a key of the next stream, such as its user. Call [`Admission::admit`] on the result.
    ///
    /// # Example
    /// ```
    /// # use std::net::Ipv4Addr;
    /// # use sse_core::{AdmitError, Event, Limiter};
    /// # let limiter = Limiter::new(10).limit("user", 5).limit("address", 50);
    /// # let (user, address) = ("eve", Ipv4Addr::LOCALHOST);
    /// # let events = tokio_stream::iter([Event::data("a")]);
    /// let events = limiter.per("user", user).per("address", address).admit(events)?;
    /// # Ok::<_, AdmitError>(())
    /// ```
    pub fn per(&self, kind: &'static str, key: impl fmt::Display) -> Admission<'_> {
        Admission::new(&self.slots, self.limits.total, &self.limits.kinds).per(kind, key)
    }

    /// Admits a stream without keys: only the total limits it.
    ///
    /// # Errors
    /// [`AdmitError::Full`], which becomes a refusal with 503.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{AdmitError, Event, Limiter};
    /// # let limiter = Limiter::new(10);
    /// let events = limiter.admit(tokio_stream::iter([Event::data("a")]))?;
    /// assert_eq!(limiter.open_streams(), 1);
    /// # drop(events);
    /// # Ok::<_, AdmitError>(())
    /// ```
    pub fn admit<S: Stream>(&self, stream: S) -> Result<Admitted<S>, AdmitError> {
        Admission::new(&self.slots, self.limits.total, &self.limits.kinds).admit(stream)
    }

    /// Returns the number of admitted streams that have neither ended nor been dropped.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Limiter;
    /// assert_eq!(Limiter::new(10).open_streams(), 0);
    /// ```
    pub fn open_streams(&self) -> usize {
        self.slots.total()
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter")
            .field("total", &self.limits.total)
            .field("kinds", &self.limits.kinds)
            .field("open_streams", &self.open_streams())
            .finish()
    }
}

#[cfg(test)]
mod tests;
