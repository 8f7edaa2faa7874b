//! Answers checks of readiness and liveness.

use std::time::{Duration, Instant};

use crate::{BackgroundError, Hub, NotReady};

impl Hub {
    /// Fails while this node should receive no requests: the hub drains, its background does not run, or the
    /// backend has been away for longer than `away`.
    ///
    /// All nodes of a backend notice its absence at the same time. If none of them is ready, a load balancer may
    /// answer 503, which closes an EventSource permanently (WHATWG HTML 9.2.2). So allow more time than a
    /// failover takes, such as 30 s. A server with event streams also checks `sse_core::Shutdown::ready`, which
    /// fails once the server drains.
    ///
    /// # Errors
    /// [`NotReady`], which becomes a refusal with 503.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// use sse_core::{Refusal, Shutdown};
    /// use sse_hub::Hub;
    ///
    /// /// The handler of `/ready`.
    /// fn ready(shutdown: &Shutdown, hub: &Hub) -> Result<&'static str, Refusal> {
    ///     shutdown.ready()?;
    ///     hub.ready(Duration::from_secs(30))?;
    ///     Ok("ready")
    /// }
    /// assert!(ready(&Shutdown::new(), &Hub::new()).is_ok());
    /// ```
    pub fn ready(&self, away: Duration) -> Result<(), NotReady> {
        let now = Instant::now();
        self.0.shared.look(|state| state.check_ready(away, now))
    }

    /// Fails once the hub's background has stopped, or was not polled within 5 s of the hub's opening. The hub
    /// then receives no more events of its backend, and only a restart helps.
    ///
    /// A hub in memory works without its background, so this never fails for it.
    ///
    /// # Errors
    /// [`BackgroundError`], which becomes a refusal with 503.
    ///
    /// # Example
    /// ```
    /// use sse_core::Refusal;
    /// use sse_hub::Hub;
    ///
    /// /// The handler of `/live`.
    /// fn live(hub: &Hub) -> Result<&'static str, Refusal> {
    ///     hub.live()?;
    ///     Ok("live")
    /// }
    /// assert!(live(&Hub::new()).is_ok());
    /// ```
    pub fn live(&self) -> Result<(), BackgroundError> {
        let now = Instant::now();
        self.0.shared.look(|state| state.check_followed(now))
    }

    /// Records the gauges of the feature `metrics`: topics, subscriptions, events, memory, and the backend's state.
    ///
    /// The [`background`](Self::background) calls it once a second on a Tokio runtime. On another runtime, call it
    /// before each scrape. It takes a few steps, whatever the number of topics and subscribers.
    ///
    /// # Example
    /// ```
    /// use sse_hub::Hub;
    ///
    /// let hub = Hub::new();
    /// hub.record_metrics();
    /// ```
    #[cfg(feature = "metrics")]
    pub fn record_metrics(&self) {
        self.0.record_metrics();
    }
}
