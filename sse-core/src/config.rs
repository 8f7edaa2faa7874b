//! How streams behave, for the process or for one response.

use std::{
    fmt,
    sync::{Arc, LazyLock, PoisonError, RwLock},
    time::Duration,
};

use crate::{End, EndReason, Ending, Event, KeepAlive, Shutdown, Window};

/// How a response's stream behaves.
///
/// [Install](Self::install) it once for the process, or pass one to a single response.
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
/// // For one response, on top of the installed configuration: pass it to `Sse::with`.
/// let hourly = Config::installed().max_age(Duration::from_secs(3600));
/// ```
#[derive(Clone)]
pub struct Config {
    pub(crate) keep_alive: KeepAlive,
    pub(crate) retry: Option<Window>,
    pub(crate) max_age: Option<Window>,
    pub(crate) ending: Ending,
    pub(crate) shutdown: Shutdown,
    pub(crate) on_error: OnError,
    on_end: Vec<Arc<Observer>>,
}

pub(crate) type Observer = dyn Fn(&End) + Send + Sync;

/// What a client receives when its stream yields an error. The error's text is logged, never sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnError {
    /// An event `stream-error` with the data `{"error":{"message":"the stream failed"}}`, then the end
    /// of the stream. (Its name is not `error`, which would fire the page's `onerror` like a lost
    /// connection.)
    #[default]
    Event,
    /// An event in the shape that the stream's reader expects, then the end of the stream.
    With(Event),
    /// Only the end of the stream.
    End,
}

impl OnError {
    pub(crate) fn event(&self) -> Option<&Event> {
        match self {
            Self::Event => Some(&STREAM_ERROR),
            Self::With(event) => Some(event),
            Self::End => None,
        }
    }
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
    /// A shorter one brings clients back sooner after a lost connection; a longer one protects a
    /// server to which all clients reconnect at once. Browsers keep the last value they received, so
    /// every connection sends it again (WHATWG HTML 9.2.6).
    #[must_use]
    pub fn retry(mut self, reconnection_time: impl Into<Window>) -> Self {
        self.retry = Some(reconnection_time.into());
        self
    }

    /// Sends no reconnection time when a stream opens.
    ///
    /// For hand-written readers that split the stream at blank lines and look only at how a block
    /// begins; they miss an event that follows another line. Turn the
    /// [`keep_alive`](Self::keep_alive) off for them too, or let it send an event.
    #[must_use]
    pub fn without_retry(mut self) -> Self {
        self.retry = None;
        self
    }

    /// Ends each stream at this age; the client reconnects. Default: never.
    ///
    /// Load balancers can then even out after a node joins, and logins are checked again. Give a range,
    /// so that clients that connected together do not reconnect together.
    #[must_use]
    pub fn max_age(mut self, age: impl Into<Window>) -> Self {
        self.max_age = Some(age.into());
        self
    }

    /// Sets how a stream ends when the server ends it. Default: [`Ending::AfterEvent`].
    #[must_use]
    pub fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// Sets which shutdown ends the streams. Default: [`Shutdown::process`].
    #[must_use]
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// Sets what a client receives when its stream yields an error. Default: an event, then the end.
    #[must_use]
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.on_error = on_error;
        self
    }

    /// Adds an observer, which is called when a stream ends.
    ///
    /// The observers of the configuration that is [installed](Self::installed) when a response is made
    /// are called for every stream, including those with their own configuration, and each once per
    /// stream. A configuration that was made from the installed one keeps its observers. They run
    /// where the stream is dropped, often inside the framework, so they must not block.
    #[must_use]
    pub fn on_end(mut self, observer: impl Fn(&End) + Send + Sync + 'static) -> Self {
        self.on_end.push(Arc::new(observer));
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

    /// Whether a stream that ends for this reason is cut.
    pub(crate) fn cuts(&self, reason: EndReason) -> bool {
        self.ending != Ending::AfterEvent && reason != EndReason::Finished
    }

    /// Returns the installed observers and those of this configuration.
    pub(crate) fn observers(&self, installed: &Self) -> Vec<Arc<Observer>> {
        let mut observers = installed.on_end.clone();
        for own in &self.on_end {
            if !observers.iter().any(|other| Arc::ptr_eq(own, other)) {
                observers.push(Arc::clone(own));
            }
        }
        observers
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            keep_alive: KeepAlive::default(),
            retry: Some(Window::around(Duration::from_secs(3))),
            max_age: None,
            ending: Ending::default(),
            shutdown: Shutdown::process(),
            on_error: OnError::default(),
            on_end: Vec::new(),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("keep_alive", &self.keep_alive)
            .field("retry", &self.retry)
            .field("max_age", &self.max_age)
            .field("ending", &self.ending)
            .field("on_error", &self.on_error)
            .finish_non_exhaustive()
    }
}

/// The data is constant, so that the error's text stays on the server. It is JSON because many readers
/// parse every event as JSON, and has the shape that clients of model APIs report as an error.
static STREAM_ERROR: LazyLock<Event> = LazyLock::new(|| {
    Event::data(r#"{"error":{"message":"the stream failed"}}"#).event("stream-error")
});

static INSTALLED: RwLock<Option<Arc<Config>>> = RwLock::new(None);
