//! The settings of a run.

use std::time::Duration;

use bytestring::ByteString;

use crate::OnDisconnect;

/// The settings of a run.
///
/// # Example
/// ```
/// use sse_runs::{OnDisconnect, RunSettings};
///
/// let settings = RunSettings::default().key("request 7").on_disconnect(OnDisconnect::Stop);
/// # drop(settings);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RunSettings {
    pub(crate) key: Option<ByteString>,
    pub(crate) on_disconnect: OnDisconnect,
    pub(crate) batch: usize,
    pub(crate) delay: Duration,
}

impl RunSettings {
    /// Sets a key of 1 to 255 bytes, such as a client's `Idempotency-Key`. Of all calls with the same owner and key,
    /// only one begins a run. The others fail with [`RunError::Claimed`](crate::RunError::Claimed), until the run has
    /// been forgotten. Default: no key.
    ///
    /// # Example
    /// ```
    /// let settings = sse_runs::RunSettings::default().key("request 7");
    /// # drop(settings);
    /// ```
    pub fn key(mut self, key: impl Into<ByteString>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets what it means that the last reader disconnects. Default: [`OnDisconnect::Continue`].
    ///
    /// # Example
    /// ```
    /// use sse_runs::{OnDisconnect, RunSettings};
    ///
    /// let settings = RunSettings::default().on_disconnect(OnDisconnect::Stop);
    /// # drop(settings);
    /// ```
    pub fn on_disconnect(mut self, policy: OnDisconnect) -> Self {
        self.on_disconnect = policy;
        self
    }

    /// Sets how many events [`Writer::write`](crate::Writer::write) appends at once, and how long it collects them after
    /// the first. Default: at most 64 events, without waiting. While one batch is being appended, the next is
    /// collected, so a delay only saves round trips to a log that is far away, and costs as much latency.
    ///
    /// # Example
    /// ```
    /// use std::time::Duration;
    ///
    /// let settings = sse_runs::RunSettings::default().batch(16, Duration::from_millis(20));
    /// # drop(settings);
    /// ```
    pub fn batch(mut self, events: usize, delay: Duration) -> Self {
        (self.batch, self.delay) = (events.max(1), delay);
        self
    }

    /// Whether the key has a valid length.
    pub(crate) fn has_valid_key(&self) -> bool {
        self.key.as_ref().is_none_or(|key| (1..=255).contains(&key.len()))
    }
}

impl Default for RunSettings {
    fn default() -> Self {
        let on_disconnect = OnDisconnect::default();
        Self { key: None, on_disconnect, batch: 64, delay: Duration::ZERO }
    }
}
