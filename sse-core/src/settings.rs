//! What a stream's configuration comes to.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use crate::{EndReason, Ending, Jitter, KeepAlive, OnError, Shutdown, stream_end::Observer};

/// What a stream's configuration comes to: its own, then its server's, then the defaults.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) keep_alive: KeepAlive,
    pub(crate) retry: Option<Jitter>,
    pub(crate) max_age: Option<Jitter>,
    pub(crate) ending: Ending,
    pub(crate) on_error: OnError,
    pub(crate) refuse_when_draining: bool,
    pub(crate) shutdown: Shutdown,
    pub(crate) observers: Vec<Arc<Observer>>,
}

impl Settings {
    pub(crate) fn new(shutdown: Shutdown) -> Self {
        Self {
            keep_alive: KeepAlive::default(),
            retry: Some(Jitter::around(RETRY)),
            max_age: None,
            ending: Ending::default(),
            on_error: OnError::default(),
            refuse_when_draining: false,
            shutdown,
            observers: Vec::new(),
        }
    }

    /// The settings of a stream that belongs to no server of ours.
    pub(crate) fn unscoped() -> &'static Arc<Self> {
        static UNSCOPED: LazyLock<Arc<Settings>> =
            LazyLock::new(|| Arc::new(Settings::new(Shutdown::new())));
        &UNSCOPED
    }

    /// Whether a request is refused at the moment.
    pub(crate) fn refuses(&self) -> bool {
        (self.refuse_when_draining || self.ending == Ending::WhenFinished)
            && self.shutdown.is_draining()
    }

    /// Whether a stream that ends for this reason is cut.
    pub(crate) fn cuts(&self, reason: EndReason) -> bool {
        self.ending != Ending::AfterEvent && reason != EndReason::Finished
    }
}

/// Long enough that a restarted server is back, short enough that a reader does not notice much.
const RETRY: Duration = Duration::from_secs(3);
