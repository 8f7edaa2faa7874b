//! What to request, and how to keep the connection.

use std::{fmt, future::Future, ops::RangeInclusive, sync::Arc, time::Duration};

use http::Request;
use sse_core::{Decoder, EventId};

#[cfg(feature = "reqwest")]
use crate::reqwest::OwnReqwest;
use crate::{
    BoxError, Connector, Events, Updates,
    attempts::{Attempts, Requests},
    backoff::Backoff,
    driver::Driver,
    machine::Policy,
};

/// Reads one event stream: what to request, and how to keep the connection.
///
/// Nothing is sent before the stream that [`events`](Self::events) or [`updates`](Self::updates) returns is
/// polled.
///
/// # Example
#[cfg_attr(feature = "reqwest", doc = "```no_run")]
#[cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
/// use std::time::Duration;
/// use futures_util::StreamExt;
/// use sse_client::{Client, Update};
///
/// # async fn run() -> Result<(), sse_client::ClientError> {
/// let client = Client::get("http://127.0.0.1:3000/events").stall_after(Duration::from_secs(35));
/// let mut updates = client.updates();
/// while let Some(update) = updates.next().await {
///     match update? {
///         Update::Event(event) => println!("{:?}", event.data),
///         Update::Lost { cause, retry_in } => eprintln!("{cause}; retrying in {retry_in:?}"),
///         _ => {}
///     }
/// }
/// # Ok(()) }
/// ```
#[must_use = "a client does nothing before its stream is polled"]
pub struct Client {
    attempts: Box<dyn Attempts>,
    policy: Policy,
    last_event_id: Option<EventId>,
    max_event_size: usize,
}

impl Client {
    /// Reads the event stream at a URL, with a reqwest client of its own.
    ///
    /// Use [`new`](Self::new) to set headers, or to use a reqwest client with other settings. A URL that is
    /// not valid is an error of the stream.
    ///
    /// # Example
    /// ```
    /// let events = sse_client::Client::get("http://127.0.0.1:3000/events").events();
    /// # drop(events);
    /// ```
    #[cfg(feature = "reqwest")]
    pub fn get(url: impl Into<String>) -> Self {
        let url = url.into();
        Self::new(OwnReqwest::default(), move || {
            let url = url.parse::<reqwest::Url>();
            std::future::ready(url.map(|url| reqwest::Request::new(http::Method::GET, url)))
        })
    }

    /// Reads an event stream with any connector and any request.
    ///
    /// The function is called for each attempt, so it can make a new body or refresh a token. Its request gets
    /// the headers `Accept` and `Cache-Control` unless it has them, and `Last-Event-ID` once there is one. An
    /// error of the function ends the stream.
    ///
    /// # Example
    #[cfg_attr(feature = "reqwest", doc = "```no_run")]
    #[cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
    /// use sse_client::Client;
    ///
    /// # async fn fresh_token() -> String { String::new() }
    /// let client = reqwest::Client::new();
    /// let request = {
    ///     let client = client.clone();
    ///     move || {
    ///         let request = client.get("http://127.0.0.1:3000/events");
    ///         async { request.bearer_auth(fresh_token().await).build() }
    ///     }
    /// };
    /// let events = Client::new(client, request).events();
    /// # drop(events);
    /// ```
    pub fn new<C, F, Fut, R, E>(connector: C, request: F) -> Self
    where
        C: Connector,
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = Result<R, E>> + Send + 'static,
        R: TryInto<Request<C::RequestBody>, Error: Into<BoxError>> + 'static,
        E: Into<BoxError> + 'static,
    {
        Self {
            attempts: Box::new(Requests { connector: Arc::new(connector), request }),
            policy: Policy::default(),
            last_event_id: None,
            max_event_size: Decoder::MAX_EVENT_SIZE,
        }
    }

    /// Resumes after an event that an earlier run of the program has received.
    ///
    /// # Example
    #[cfg_attr(feature = "reqwest", doc = "```")]
    #[cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
    /// # use sse_client::Client;
    /// let events = Client::get("http://127.0.0.1:3000/events").last_event_id(41).events();
    /// assert_eq!(events.last_event_id(), "41");
    /// ```
    ///
    /// # Panics
    /// If the ID is a literal that is not a valid [`EventId`].
    #[track_caller]
    pub fn last_event_id(mut self, id: impl Into<EventId>) -> Self {
        self.last_event_id = Some(id.into());
        self
    }

    /// Sets the time of silence after which a connection counts as lost. Default: 45 s.
    ///
    /// Any byte ends the silence, even one of a comment. The time also applies to the wait for a response. A client
    /// cannot know how often a server sends its keep-alives: 45 s is three times the 15 s that the standard
    /// recommends (WHATWG HTML 9.2.7). Set a little more than the keep-alive interval of your server to notice
    /// a dead connection sooner. If the server sends none, and may be silent for longer, set `Duration::MAX`.
    ///
    /// # Example
    #[cfg_attr(feature = "reqwest", doc = "```")]
    #[cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
    /// # use std::time::Duration;
    /// # use sse_client::Client;
    /// let client = Client::get("http://127.0.0.1:3000/").stall_after(Duration::from_secs(20));
    /// # drop(client);
    /// ```
    pub fn stall_after(mut self, silence: Duration) -> Self {
        self.policy.stall_after = silence;
        self
    }

    /// Sets the shortest and the longest back-off. Default: 1 s to 30 s.
    ///
    /// The first reconnect after a healthy connection waits for the server's reconnection time (WHATWG HTML
    /// 9.2.3), if it has set one. Otherwise the delay begins with the shortest, and doubles with each failure up
    /// to the longest. The client waits for a random part of it, at least half, so that the clients of a server
    /// that restarts do not return together. It never waits for less than the server's reconnection time or
    /// `Retry-After`.
    ///
    /// A shorter back-off finds a restarted server sooner, and burdens one that is overloaded.
    ///
    /// # Example
    #[cfg_attr(feature = "reqwest", doc = "```")]
    #[cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
    /// # use std::time::Duration;
    /// # use sse_client::Client;
    /// let range = Duration::from_millis(200)..=Duration::from_secs(10);
    /// let client = Client::get("http://127.0.0.1:3000/").backoff(range);
    /// # drop(client);
    /// ```
    pub fn backoff(mut self, range: RangeInclusive<Duration>) -> Self {
        self.policy.backoff = Backoff::new(range);
        self
    }

    /// Sets how long a connection has to be open to count as healthy, which resets the back-off.
    /// Default: 10 s.
    ///
    /// With a shorter time, a server that accepts connections and soon closes them is asked more often. With
    /// a longer one, the back-off also grows for a healthy server that ends its streams often.
    ///
    /// # Example
    #[cfg_attr(feature = "reqwest", doc = "```")]
    #[cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
    /// # use std::time::Duration;
    /// # use sse_client::Client;
    /// let client = Client::get("http://127.0.0.1:3000/").healthy_after(Duration::from_secs(2));
    /// # drop(client);
    /// ```
    pub fn healthy_after(mut self, open: Duration) -> Self {
        self.policy.healthy = open;
        self
    }

    /// Sets whether the request is repeated, whatever its method is.
    ///
    /// By default, a request whose method is safe (RFC 9110 9.2.1), such as GET, is repeated when its
    /// connection is lost or ends. Any other, such as POST, is repeated only if nothing of it was sent: the
    /// end of its response ends the stream, and a lost connection is an error.
    ///
    /// Set `true` for a POST that the server recognises when it is repeated, for example by an idempotency
    /// key. Set `false` to read one response only.
    ///
    /// # Example
    #[cfg_attr(feature = "reqwest", doc = "```")]
    #[cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
    /// # use sse_client::Client;
    /// let once = Client::get("http://127.0.0.1:3000/answer").reconnect(false);
    /// # drop(once);
    /// ```
    pub fn reconnect(mut self, always: bool) -> Self {
        self.policy.reconnect = Some(always);
        self
    }

    /// Sets the bound on an event's size, in bytes. Default: 1 MiB.
    ///
    /// A longer event is dropped and reported, and the stream continues. The bound limits the memory that a
    /// server can use: an unfinished event, and the bytes that the connector has read.
    ///
    /// # Example
    #[cfg_attr(feature = "reqwest", doc = "```")]
    #[cfg_attr(not(feature = "reqwest"), doc = "```ignore")]
    /// # use sse_client::Client;
    /// let client = Client::get("http://127.0.0.1:3000/").max_event_size(64 * 1024);
    /// # drop(client);
    /// ```
    pub fn max_event_size(mut self, bytes: usize) -> Self {
        self.max_event_size = bytes;
        self
    }

    /// Returns the stream of events, for programs that need not follow the connection.
    ///
    /// A gap of a hub is an event of the type `gap`. [`Events`] has an example.
    pub fn events(self) -> Events {
        Events::new(self.driver())
    }

    /// Returns the stream of events and of the connection's states. [`Updates`] has an example.
    pub fn updates(self) -> Updates {
        Updates::new(self.driver())
    }

    fn driver(self) -> Driver {
        let id = self.last_event_id.as_deref().unwrap_or_default();
        Driver::new(self.attempts, self.policy, id, self.max_event_size)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("policy", &self.policy)
            .field("last_event_id", &self.last_event_id)
            .field("max_event_size", &self.max_event_size)
            .finish_non_exhaustive()
    }
}
