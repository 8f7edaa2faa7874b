//! The settings of a stream.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

#[cfg(feature = "metrics")]
use crate::traffic::{SharedTraffic, Traffic};
use crate::{EndReason, Ending, Expiry, Jitter, KeepAlive, Observer, OnError, Shutdown};

/// The settings of a stream: each is the stream's own, or else its server's, or else the default.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) keep_alive: KeepAlive,
    pub(crate) retry: Option<Jitter>,
    pub(crate) max_age: Option<Jitter>,
    pub(crate) expiry: Option<Arc<Expiry>>,
    pub(crate) ending: Ending,
    pub(crate) on_error: OnError,
    pub(crate) refuse_when_draining: bool,
    pub(crate) shutdown: Shutdown,
    pub(crate) observers: Vec<Arc<dyn Observer>>,
    pub(crate) route: Option<&'static str>,
    /// `None` for a stream outside a server.
    #[cfg(feature = "metrics")]
    pub(crate) traffic: Option<Arc<SharedTraffic>>,
}

impl Settings {
    pub(crate) fn new(shutdown: Shutdown) -> Self {
        Self {
            keep_alive: KeepAlive::default(),
            retry: Some(Jitter::around(RETRY)),
            max_age: None,
            expiry: None,
            ending: Ending::default(),
            on_error: OnError::default(),
            refuse_when_draining: false,
            shutdown,
            observers: Vec::new(),
            route: None,
            #[cfg(feature = "metrics")]
            traffic: None,
        }
    }

    /// The settings of a server, whose streams share their counters.
    pub(crate) fn of_server(shutdown: Shutdown) -> Self {
        Self {
            #[cfg(feature = "metrics")]
            traffic: Some(Arc::default()),
            ..Self::new(shutdown)
        }
    }

    /// Returns the settings of a stream that has no [`Scope`](crate::scope::Scope).
    pub(crate) fn unscoped() -> &'static Arc<Self> {
        static UNSCOPED: LazyLock<Arc<Settings>> =
            LazyLock::new(|| Arc::new(Settings::new(Shutdown::new())));
        &UNSCOPED
    }

    /// Returns the route as a label; empty without a route.
    #[cfg(feature = "metrics")]
    pub(crate) fn route(&self) -> &'static str {
        self.route.unwrap_or_default()
    }

    /// Returns the counters of what this stream sends.
    #[cfg(feature = "metrics")]
    pub(crate) fn traffic(&self) -> Arc<Traffic> {
        match &self.traffic {
            Some(shared) => shared.of(self.route()),
            None => Arc::new(Traffic::of(self.route())),
        }
    }

    /// Returns whether a request is refused now.
    pub(crate) fn refuses(&self) -> bool {
        (self.refuse_when_draining || self.ending == Ending::WhenFinished)
            && self.shutdown.is_draining()
    }

    /// Returns whether a stream that ends for this reason is cut.
    pub(crate) fn cuts(&self, reason: EndReason) -> bool {
        self.ending != Ending::AfterEvent && reason != EndReason::Finished
    }
}

/// Long enough for a server to restart, and short enough that a reader hardly notices.
const RETRY: Duration = Duration::from_secs(3);
