//! How much is kept for clients that reconnect.

use std::time::Duration;

/// How much is kept for clients that reconnect; the oldest events are evicted once any limit is reached.
///
/// A client that resumes from before the oldest kept event receives a `gap` event. Keep more to cover longer
/// outages, and less to save memory or disk.
///
/// [`HubBuilder::retention`](crate::HubBuilder::retention) applies it to each topic, and a backend's builder to the
/// whole log, whatever the topics. A limit that is not set has a default, which depends on the user:
///
/// | used by | events | bytes | age |
/// |---|---:|---:|---|
/// | a hub, for each topic | 1,000 | 1 MiB | unlimited |
/// | `sse_redb::JournalBuilder`, for the log | 100,000 | 256 MiB | unlimited |
/// | `sse_redis::RedisBackendBuilder`, for the log | 100,000 | 256 MiB | unlimited, and cannot be set |
///
/// A hub with many topics has [a limit over all of them](crate::HubBuilder::max_bytes) as well.
///
/// # Example
/// ```
/// use std::time::Duration;
///
/// use sse_hub::{Hub, Retention};
///
/// let hour = Retention::default().events(10_000).age(Duration::from_secs(3_600));
/// let hub = Hub::builder().retention(hour).build();
/// # drop(hub);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "a retention does nothing unless it is passed to a builder"]
pub struct Retention {
    events: Option<usize>,
    bytes: Option<usize>,
    age: Option<Duration>,
}

impl Retention {
    /// Sets how many events are kept, at least 1.
    ///
    /// # Example
    /// ```
    /// use sse_hub::Retention;
    ///
    /// assert_eq!(Retention::default().events(100).max_events(), Some(100));
    /// ```
    pub fn events(mut self, events: usize) -> Self {
        self.events = Some(events.max(1));
        self
    }

    /// Sets how many bytes of events are kept.
    ///
    /// A hub counts encoded events, and keeps up to one chunk (32 KiB and an event) more; with 0, events are evicted
    /// at the next publish after they were read. The builders of backends document what their logs count.
    ///
    /// # Example
    /// ```
    /// use sse_hub::Retention;
    ///
    /// assert_eq!(Retention::default().bytes(1 << 20).max_bytes(), Some(1 << 20));
    /// ```
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// Sets how long events are kept.
    ///
    /// A hub keeps them up to an eighth longer. In a hub the limit has an effect only while the
    /// [background](crate::Hub::background) runs, or [`Hub::tick`](crate::Hub::tick) is called.
    ///
    /// # Example
    /// ```
    /// use std::time::Duration;
    ///
    /// use sse_hub::Retention;
    ///
    /// let hour = Duration::from_secs(3_600);
    /// assert_eq!(Retention::default().age(hour).max_age(), Some(hour));
    /// ```
    pub fn age(mut self, age: Duration) -> Self {
        self.age = Some(age);
        self
    }

    /// Returns the limit in events, if it was set. Backends use it.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sse_hub::Retention::default().max_events(), None);
    /// ```
    pub fn max_events(&self) -> Option<usize> {
        self.events
    }

    /// Returns the limit in bytes, if it was set. Backends use it.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sse_hub::Retention::default().max_bytes(), None);
    /// ```
    pub fn max_bytes(&self) -> Option<usize> {
        self.bytes
    }

    /// Returns the limit on age, if it was set. Backends use it.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sse_hub::Retention::default().max_age(), None);
    /// ```
    pub fn max_age(&self) -> Option<Duration> {
        self.age
    }
}
