//! How streams behave, for the process or for one response.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use crate::{End, KeepAlive, Shutdown, Window};

/// How a response's stream behaves.
///
/// Set up once and [`install`](Self::install) it for the process, or give one to a single response.
///
/// # Example
/// ```
/// # use std::time::Duration;
/// # use sse_core::{Config, KeepAlive};
/// Config::default()
///     .keep_alive(KeepAlive::every(Duration::from_secs(30)))
///     .on_end(|end| println!("a stream ended after {:?}: {:?}", end.age, end.reason))
///     .install();
///
/// // For one response, on top of what is installed: give it to `Sse::with`.
/// let hourly = Config::installed().max_age(Duration::from_secs(3600));
/// ```
#[derive(Clone)]
pub struct Config {
    pub(crate) keep_alive: KeepAlive,
    pub(crate) retry: Window,
    pub(crate) max_age: Option<Window>,
    pub(crate) shutdown: Shutdown,
    pub(crate) on_error: OnError,
    pub(crate) on_end: Option<Arc<Observer>>,
}

pub(crate) type Observer = dyn Fn(&End) + Send + Sync;

/// What a client sees of an error in its stream. The error's text is logged, never sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnError {
    /// An event `stream-error`, then the end of the stream. (Not `error`, a name that would fire
    /// the page's `onerror` as a lost connection does.)
    #[default]
    Event,
    /// Only the end of the stream.
    End,
}

impl Config {
    /// Sets what is sent after a silence. Default: a comment every 15 s.
    #[must_use]
    pub fn keep_alive(mut self, keep_alive: KeepAlive) -> Self {
        self.keep_alive = keep_alive;
        self
    }

    /// Sets the reconnection time that each stream opens with. Default: 3 s, a quarter more or less.
    ///
    /// Shorter brings clients back sooner after a lost connection; longer protects a server that
    /// all its clients come back to at once. Browsers keep the last value they were told, so every
    /// connection states it anew (WHATWG HTML 9.2.6).
    #[must_use]
    pub fn retry(mut self, reconnection_time: impl Into<Window>) -> Self {
        self.retry = reconnection_time.into();
        self
    }

    /// Ends each stream at this age; the client reconnects. Default: never.
    ///
    /// For load balancers to even out after a new node joined, and for logins to be checked anew.
    /// Give a range, lest clients that came together leave together.
    #[must_use]
    pub fn max_age(mut self, age: impl Into<Window>) -> Self {
        self.max_age = Some(age.into());
        self
    }

    /// Sets which shutdown ends the streams. Default: [`Shutdown::process`].
    #[must_use]
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// Sets what a client sees of an error in its stream. Default: an event, then the end.
    #[must_use]
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.on_error = on_error;
        self
    }

    /// Sets what is called when a stream ends. It runs where the stream is dropped, often inside
    /// the framework, so it must not block.
    #[must_use]
    pub fn on_end(mut self, observer: impl Fn(&End) + Send + Sync + 'static) -> Self {
        self.on_end = Some(Arc::new(observer));
        self
    }

    /// Makes this the default of the process, for responses made from now on. The last call wins.
    pub fn install(self) {
        *INSTALLED.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(self));
    }

    /// Returns the default of the process, to change it for one response.
    pub fn installed() -> Self {
        Self::clone(&Self::shared())
    }

    /// As [`installed`](Self::installed), without a copy.
    pub(crate) fn shared() -> Arc<Self> {
        if let Some(config) = &*INSTALLED.read().unwrap_or_else(PoisonError::into_inner) {
            return Arc::clone(config);
        }
        let mut installed = INSTALLED.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(installed.get_or_insert_with(Arc::default))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            keep_alive: KeepAlive::default(),
            retry: Window::around(Duration::from_secs(3)),
            max_age: None,
            shutdown: Shutdown::process(),
            on_error: OnError::default(),
            on_end: None,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("keep_alive", &self.keep_alive)
            .field("retry", &self.retry)
            .field("max_age", &self.max_age)
            .field("on_error", &self.on_error)
            .finish_non_exhaustive()
    }
}

static INSTALLED: RwLock<Option<Arc<Config>>> = RwLock::new(None);
