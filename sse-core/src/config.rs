//! The configuration of a server's streams, or of one response.

use std::{fmt, sync::Arc};

use crate::{
    Ending, Expiry, Jitter, KeepAlive, Observer, OnError, Shutdown, StreamEnd, observer::OnEnd,
    settings::Settings,
};

/// The configuration of a server's streams, or of one response.
///
/// Pass one to [`Serve::config`](crate::Serve::config) for all streams of a server, or to an adapter's
/// `Sse::config` for one response. A setting that a response leaves unset is taken from its server, and
/// one that the server leaves unset has its default.
///
/// # Example
/// ```
/// # use std::time::Duration;
/// # use sse_core::{Config, KeepAlive};
/// let server = Config::default()
///     .keep_alive(KeepAlive::every(Duration::from_secs(30)))
///     .on_end(|end| println!("a stream ended after {:?}: {:?}", end.age, end.reason));
///
/// // For one response; all other settings are the server's.
/// let hourly = Config::default().max_age(Duration::from_secs(3600));
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Config {
    keep_alive: Option<KeepAlive>,
    retry: Option<Option<Jitter>>,
    max_age: Option<Jitter>,
    expiry: Option<Arc<Expiry>>,
    ending: Option<Ending>,
    on_error: Option<OnError>,
    refuse_when_draining: Option<bool>,
    pub(crate) shutdown: Option<Shutdown>,
    observers: Vec<Arc<dyn Observer>>,
    route: Option<&'static str>,
}

impl Config {
    /// Sets what is sent after a silence. Default: a comment after 15 s.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Config, KeepAlive};
    /// let config = Config::default().keep_alive(KeepAlive::every(std::time::Duration::from_secs(30)));
    /// ```
    pub fn keep_alive(mut self, keep_alive: KeepAlive) -> Self {
        self.keep_alive = Some(keep_alive);
        self
    }

    /// Sets the reconnection time that each stream opens with. Default: drawn from 2.25 s to 3.75 s.
    ///
    /// With a shorter one, clients reconnect sooner after a lost connection; a longer one protects a
    /// server to which all clients reconnect at once. Browsers keep the last value that they received
    /// (WHATWG HTML 9.2.6), so every connection sends it again.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::Config;
    /// let exactly = Config::default().retry(Duration::from_secs(5));
    /// let spread = Config::default().retry(Duration::from_secs(5)..=Duration::from_secs(15));
    /// ```
    pub fn retry(mut self, reconnection_time: impl Into<Jitter>) -> Self {
        self.retry = Some(Some(reconnection_time.into()));
        self
    }

    /// Sends no reconnection time when a stream opens.
    ///
    /// Use this for hand-written readers that split the stream at blank lines and look only at how a
    /// block begins: they miss an event that follows another line. Turn the
    /// [`keep_alive`](Self::keep_alive) off for such readers too, or let it send an event.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Config, KeepAlive};
    /// let config = Config::default().without_retry().keep_alive(KeepAlive::off());
    /// ```
    pub fn without_retry(mut self) -> Self {
        self.retry = Some(None);
        self
    }

    /// Ends each stream at this age; the client reconnects. Default: never.
    ///
    /// When clients reconnect, a load balancer can send some of them to a new node, and the application
    /// checks their logins again. Give a range, so that clients that connected together do not reconnect together.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::Config;
    /// let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    /// let config = Config::default().max_age(minutes(50)..=minutes(70));
    /// ```
    pub fn max_age(mut self, age: impl Into<Jitter>) -> Self {
        self.max_age = Some(age.into());
        self
    }

    /// Ends the stream at this point in time, such as when its client's token expires. Default: never.
    ///
    /// The stream ends as [`Ending`] says. An EventSource then reconnects, and the handler checks the login
    /// again. The earliest of the expiry, the [maximum age](Self::max_age) and a drain ends the stream. A
    /// stream that has already expired when it opens ends at once.
    ///
    /// # Example
    /// ```
    /// # use std::time::{Duration, SystemTime};
    /// # use sse_core::{Config, Event, Expiry};
    /// # let token_expires = SystemTime::now() + Duration::from_secs(600);
    /// let config = Config::default().expires_at(token_expires);
    ///
    /// // The page receives an event one minute earlier, so that it can renew its login.
    /// let renew = Event::data("").event("renew");
    /// let expiry = Expiry::at(token_expires).notice(Duration::from_secs(60), renew);
    /// let config = Config::default().expires_at(expiry);
    /// ```
    pub fn expires_at(mut self, expiry: impl Into<Expiry>) -> Self {
        self.expiry = Some(Arc::new(expiry.into()));
        self
    }

    /// Sets how a stream ends when the server ends it. Default: [`Ending::AfterEvent`].
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Config, Ending};
    /// let config = Config::default().ending(Ending::WhenFinished);
    /// ```
    pub fn ending(mut self, ending: Ending) -> Self {
        self.ending = Some(ending);
        self
    }

    /// Answers requests with 503 while the server drains, instead of with a 200 stream that ends at once.
    /// Default: only if the [ending](Self::ending) is [`Ending::WhenFinished`].
    ///
    /// Use this for clients that use `fetch`. An EventSource closes permanently after any status but 200
    /// (WHATWG HTML 9.2.2).
    ///
    /// # Example
    /// ```
    /// # use sse_core::Config;
    /// let config = Config::default().refuse_when_draining();
    /// ```
    pub fn refuse_when_draining(mut self) -> Self {
        self.refuse_when_draining = Some(true);
        self
    }

    /// Sets the [`Shutdown`] that ends the streams. Default: the server's.
    ///
    /// Use this for streams that end independently of their server. The server's own drain does not end
    /// them: a server that stops waits for them, but only until that drain's deadline.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # use sse_core::{Config, Drain, Shutdown};
    /// let room = Shutdown::new();
    /// let config = Config::default().shutdown(room.clone()); // for each stream of the room
    ///
    /// // When the room closes, its streams end; the server continues.
    /// room.begin(Drain::default()).await;
    /// # }
    /// ```
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = Some(shutdown);
        self
    }

    /// Sets what a client receives when its stream yields an error. Default: an event, then the end.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Config, OnError};
    /// let config = Config::default().on_error(OnError::End);
    /// ```
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.on_error = Some(on_error);
        self
    }

    /// Adds an observer, which is called when a stream opens, sends its first event, and ends.
    ///
    /// A response calls its own observers and those of its server.
    ///
    /// # Example
    /// ```
    /// use sse_core::{Config, Observer, OpenStream};
    ///
    /// struct Log;
    ///
    /// impl Observer for Log {
    ///     fn opened(&self, stream: &OpenStream) {
    ///         println!("stream {} opened", stream.number);
    ///     }
    /// }
    ///
    /// let config = Config::default().observer(Log);
    /// ```
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observers.push(Arc::new(observer));
        self
    }

    /// Adds an observer of the ends of streams only.
    ///
    /// A response calls its own observers and those of its server. They run where the stream is dropped,
    /// often inside the framework, so they must not block.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Config;
    /// let config = Config::default().on_end(|end| println!("{}: {} bytes in {:?}", end.reason, end.bytes, end.age));
    /// ```
    pub fn on_end(self, observer: impl Fn(&StreamEnd) + Send + Sync + 'static) -> Self {
        self.observer(OnEnd(observer))
    }

    /// Names the route of the streams, for observers, metrics and spans. Default: none.
    ///
    /// Use the pattern of the route, and not the path of a request. The name is `'static`, so that a metric has
    /// only as many series as the program has routes, whatever clients request.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Config;
    /// let config = Config::default().route("/rooms/{room}/events");
    /// ```
    pub fn route(mut self, route: &'static str) -> Self {
        self.route = Some(route);
        self
    }

    /// Returns `base`, overridden by the settings that are set here.
    pub(crate) fn over(&self, base: &Settings) -> Settings {
        Settings {
            keep_alive: self.keep_alive.clone().unwrap_or_else(|| base.keep_alive.clone()),
            retry: self.retry.unwrap_or(base.retry),
            max_age: self.max_age.or(base.max_age),
            expiry: self.expiry.as_ref().or(base.expiry.as_ref()).cloned(),
            ending: self.ending.unwrap_or(base.ending),
            on_error: self.on_error.clone().unwrap_or_else(|| base.on_error.clone()),
            refuse_when_draining: self.refuse_when_draining.unwrap_or(base.refuse_when_draining),
            shutdown: self.shutdown.clone().unwrap_or_else(|| base.shutdown.clone()),
            observers: base.observers.iter().chain(&self.observers).cloned().collect(),
            route: self.route.or(base.route),
            #[cfg(feature = "metrics")]
            traffic: base.traffic.clone(),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("keep_alive", &self.keep_alive)
            .field("retry", &self.retry)
            .field("max_age", &self.max_age)
            .field("expiry", &self.expiry)
            .field("ending", &self.ending)
            .field("on_error", &self.on_error)
            .field("refuse_when_draining", &self.refuse_when_draining)
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}
