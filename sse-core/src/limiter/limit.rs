//! The limit of one kind of key.

use crate::Jitter;

/// The number of streams that each key of a kind may have, and the answer to one more: see
/// [`Limiter::limit`](crate::Limiter::limit).
///
/// | readers | choose |
/// |---|---|
/// | clients that read the status, such as those built on `fetch` | [`Limit::new`]: 429 with `Retry-After` |
/// | an EventSource, which closes permanently after a 429 (WHATWG HTML 9.2.2) | [`retry_later`](Self::retry_later) |
/// | a page that matters only in its newest tab | [`end_oldest`](Self::end_oldest) |
///
/// # Example
/// ```
/// # use sse_core::{Limit, Limiter};
/// let limiter = Limiter::new(10_000).limit("user", Limit::new(5)); // or just 5
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Limit {
    pub(super) streams: usize,
    pub(super) over: OverLimit,
}

/// The answer to a stream over the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OverLimit {
    Refuse,
    RetryLater(Jitter),
    EndOldest(Jitter),
}

impl Limit {
    /// Makes a limit over which requests are refused with 429 and `Retry-After` (RFC 6585 4).
    ///
    /// # Example
    /// ```
    /// # use sse_core::Limit;
    /// let limit = Limit::new(5);
    /// ```
    pub fn new(streams: usize) -> Self {
        Self { streams, over: OverLimit::Refuse }
    }

    /// Answers a request over the limit with status 200 and an empty stream, which only sets this
    /// reconnection time.
    ///
    /// Use this for an EventSource: it reconnects after that time, while any status but 200 would close it
    /// permanently. Give a range, so that clients do not reconnect together. Do not use it for a client that
    /// reads one answer to its end: it would take the empty stream for a complete answer.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::Limit;
    /// let limit = Limit::new(1_000).retry_later(Duration::from_secs(30)..=Duration::from_secs(90));
    /// ```
    pub fn retry_later(mut self, reconnection_time: impl Into<Jitter>) -> Self {
        self.over = OverLimit::RetryLater(reconnection_time.into());
        self
    }

    /// Admits a stream over the limit, and ends the oldest stream of the key instead.
    ///
    /// The oldest stream ends after a whole event, with this reconnection time. Its EventSource reconnects,
    /// and then ends the stream that is the oldest by that time. So with a limit of one, two tabs take turns.
    /// With a long time, such as a minute, they do so rarely; with a short one, they reconnect in a loop.
    ///
    /// The end looks complete to a client that reads with `fetch`, so do not use this for answers that have an end, such
    /// as those with [`Ending::WhenFinished`](crate::Ending::WhenFinished).
    ///
    /// The stream that ends no longer counts against the limits of its keys. It counts in the total until its
    /// response has ended, which may take a while if its client does not read.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::Limit;
    /// let limit = Limit::new(1).end_oldest(Duration::from_secs(60));
    /// ```
    pub fn end_oldest(mut self, reconnection_time: impl Into<Jitter>) -> Self {
        self.over = OverLimit::EndOldest(reconnection_time.into());
        self
    }

    pub(super) fn ends_oldest(&self) -> bool {
        matches!(self.over, OverLimit::EndOldest(_))
    }

    pub(super) fn retries_later(&self) -> bool {
        matches!(self.over, OverLimit::RetryLater(_))
    }
}

impl From<usize> for Limit {
    fn from(streams: usize) -> Self {
        Self::new(streams)
    }
}
