//! How streams behave: those of a server, or that of one response.

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use crate::{End, Ending, Event, KeepAlive, Shutdown, Window, settings::Settings};

/// How streams behave: those of a server, or that of one response.
///
/// Pass one to [`Serve::config`](crate::Serve::config) for a server's streams, or to an adapter's
/// `Sse::config` for one response. What a response's configuration leaves unset is as its server's says,
/// and what that leaves unset has the default.
///
/// # Example
/// ```
/// # use std::time::Duration;
/// # use sse_core::{Config, KeepAlive};
/// let server = Config::default()
///     .keep_alive(KeepAlive::every(Duration::from_secs(30)))
///     .on_end(|end| println!("a stream ended after {:?}: {:?}", end.age, end.reason));
///
/// // On top of the server's, for one response.
/// let hourly = Config::default().max_age(Duration::from_secs(3600));
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Config {
    keep_alive: Option<KeepAlive>,
    retry: Option<Option<Window>>,
    max_age: Option<Window>,
    ending: Option<Ending>,
    on_error: Option<OnError>,
    refuse_when_draining: Option<bool>,
    pub(crate) shutdown: Option<Shutdown>,
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
    pub fn keep_alive(mut self, keep_alive: KeepAlive) -> Self {
        self.keep_alive = Some(keep_alive);
        self
    }

    /// Sets the reconnection time that each stream opens with. Default: 3 s, a quarter more or less.
    ///
    /// A shorter one brings clients back sooner after a lost connection; a longer one protects a
    /// server to which all clients reconnect at once. Browsers keep the last value they received, so
    /// every connection sends it again (WHATWG HTML 9.2.6).
    pub fn retry(mut self, reconnection_time: impl Into<Window>) -> Self {
        self.retry = Some(Some(reconnection_time.into()));
        self
    }

    /// Sends no reconnection time when a stream opens.
    ///
    /// For hand-written readers that split the stream at blank lines and look only at how a block
    /// begins; they miss an event that follows another line. Turn the
    /// [`keep_alive`](Self::keep_alive) off for them too, or let it send an event.
    pub fn without_retry(mut self) -> Self {
        self.retry = Some(None);
        self
    }

    /// Ends each stream at this age; the client reconnects. Default: never.
    ///
    /// Load balancers can then even out after a node joins, and logins are checked again. Give a range,
    /// so that clients that connected together do not reconnect together.
    pub fn max_age(mut self, age: impl Into<Window>) -> Self {
        self.max_age = Some(age.into());
        self
    }

    /// Sets how a stream ends when the server ends it. Default: [`Ending::AfterEvent`].
    pub fn ending(mut self, ending: Ending) -> Self {
        self.ending = Some(ending);
        self
    }

    /// Answers 503 while the server drains, instead of 200 and the end at once. Default: only where the
    /// [ending](Self::ending) is [`Ending::WhenFinished`].
    ///
    /// For requests from `fetch`. An EventSource closes permanently after any status but 200 (WHATWG HTML
    /// 9.2.2).
    pub fn refuse_when_draining(mut self) -> Self {
        self.refuse_when_draining = Some(true);
        self
    }

    /// Sets what ends the streams. Default: the server's [`Shutdown`].
    ///
    /// For streams that end apart from their server: it waits for them no longer than its drain's
    /// deadline, and does not end them.
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = Some(shutdown);
        self
    }

    /// Sets what a client receives when its stream yields an error. Default: an event, then the end.
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.on_error = Some(on_error);
        self
    }

    /// Adds an observer, which is called when a stream ends.
    ///
    /// A response's observers are called as well as those of its server. They run where the stream is
    /// dropped, often inside the framework, so they must not block.
    pub fn on_end(mut self, observer: impl Fn(&End) + Send + Sync + 'static) -> Self {
        self.on_end.push(Arc::new(observer));
        self
    }

    /// Returns what is set here, and `base` where nothing is.
    pub(crate) fn over(&self, base: &Settings) -> Settings {
        Settings {
            keep_alive: self.keep_alive.clone().unwrap_or_else(|| base.keep_alive.clone()),
            retry: self.retry.unwrap_or(base.retry),
            max_age: self.max_age.or(base.max_age),
            ending: self.ending.unwrap_or(base.ending),
            on_error: self.on_error.clone().unwrap_or_else(|| base.on_error.clone()),
            refuse_when_draining: self.refuse_when_draining.unwrap_or(base.refuse_when_draining),
            shutdown: self.shutdown.clone().unwrap_or_else(|| base.shutdown.clone()),
            observers: base.observers.iter().chain(&self.on_end).cloned().collect(),
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
            .field("refuse_when_draining", &self.refuse_when_draining)
            .finish_non_exhaustive()
    }
}

/// The data is constant, so that the error's text stays on the server. It is JSON because many readers
/// parse every event as JSON, and has the shape that clients of model APIs report as an error.
static STREAM_ERROR: LazyLock<Event> = LazyLock::new(|| {
    Event::data(r#"{"error":{"message":"the stream failed"}}"#).event("stream-error")
});
