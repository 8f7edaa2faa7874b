//! A page that shows what a hub does.

mod command;
mod sampler;
mod snapshot;
mod snapshots;
mod top;

use std::{fmt, sync::Arc};

use sse_core::{Config, Event, EventName, Refusal, Shutdown};

use self::{command::Command, sampler::Sampler};
use crate::{Hub, TopicName};

pub use self::snapshots::Snapshots;

/// A page that shows what a hub does, live: its topics, its connections with their lag, losses, the ends of
/// streams, memory and the backend. An operator can also end a stream, and publish a test event.
///
/// Mount it with three handlers: the [page](Self::page) at a path, the [commands](Self::command) as a POST to
/// the same path, and the [events](Self::events) at that path with `/events` after it. The page is one file
/// without external resources.
///
/// The page shows the names of all topics and the labels of all connections. So an inspector
/// cannot be made without a check, which every request has to pass. `Who` is what your handlers know about a
/// request, such as its user. The check may refuse the request with 401 or 403.
///
/// While no page is open, it costs little: each subscription is registered, which takes about a microsecond, and
/// what it delivers is counted. While pages are open, all of them share one snapshot per second. It is taken in
/// short holds of the hub's lock. Subscriptions that began before the inspector was made are not among its
/// connections, so make it when the server starts.
///
/// # Example
/// ```
/// use sse_core::Refusal;
/// use sse_hub::{Hub, Inspector, Snapshots};
///
/// struct User { is_operator: bool }
///
/// let hub = Hub::new();
/// let inspector = Inspector::new(&hub, |user: &User| match user.is_operator {
///     true => Ok(()),
///     false => Err((403, "for operators only").into()),
/// });
///
/// // The three handlers. A framework returns the page as HTML, and the events in the `Sse` of its adapter.
/// fn page(inspector: &Inspector<User>, user: &User) -> Result<&'static str, Refusal> {
///     inspector.page(user)
/// }
/// fn events(inspector: &Inspector<User>, user: &User) -> Result<Snapshots, Refusal> {
///     inspector.events(user)
/// }
/// async fn command(
///     inspector: &Inspector<User>,
///     user: &User,
///     content_type: Option<&str>,
///     body: &[u8],
/// ) -> Result<String, Refusal> {
///     inspector.command(user, content_type, body).await
/// }
/// assert!(page(&inspector, &User { is_operator: true }).is_ok());
/// assert_eq!(page(&inspector, &User { is_operator: false }).expect_err("refused").status(), 403);
/// ```
pub struct Inspector<Who: ?Sized> {
    authorise: Arc<Authorise<Who>>,
    sampler: Arc<Sampler>,
    hub: Hub,
}

type Authorise<Who> = dyn Fn(&Who) -> Result<(), Refusal> + Send + Sync;

impl<Who: ?Sized> Inspector<Who> {
    /// Makes an inspector of a hub. Every request has to pass the check `authorise`.
    ///
    /// # Example
    /// ```
    /// use sse_hub::{Hub, Inspector};
    ///
    /// /// Allows requests with the operator's token, which the handlers take from a cookie.
    /// let inspector = Inspector::new(&Hub::new(), |token: &str| match token {
    ///     "secret" => Ok(()),
    ///     _ => Err((401, "log in as an operator").into()),
    /// });
    /// ```
    pub fn new(
        hub: &Hub,
        authorise: impl Fn(&Who) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Self {
        let probes = hub.0.probes.get_or_init(Arc::default);
        let sampler = Sampler::new(Arc::clone(&hub.0), Arc::clone(probes));
        Self { authorise: Arc::new(authorise), sampler: Arc::new(sampler), hub: hub.clone() }
    }

    /// Shows the number of open streams of a server, and whether it drains.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Shutdown;
    /// # use sse_hub::{Hub, Inspector};
    /// let shutdown = Shutdown::new(); // also passed to `Serve::shutdown`
    /// let inspector = Inspector::new(&Hub::new(), |_: &str| Ok(())).shutdown(&shutdown);
    /// ```
    #[must_use]
    pub fn shutdown(self, shutdown: &Shutdown) -> Self {
        self.sampler.set_shutdown(shutdown.clone());
        self
    }

    /// Counts the ends of all streams of a server, by reason.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Config;
    /// # use sse_hub::{Hub, Inspector};
    /// let inspector = Inspector::new(&Hub::new(), |_: &str| Ok(()));
    /// let config = inspector.observe(Config::default()); // for `Serve::config`
    /// ```
    pub fn observe(&self, config: Config) -> Config {
        let sampler = Arc::clone(&self.sampler);
        config.on_end(move |end| sampler.count_end(end.reason))
    }

    /// Returns the page, to be sent as HTML.
    ///
    /// # Errors
    /// The refusal of the check.
    ///
    /// # Example
    /// ```
    /// # use sse_hub::{Hub, Inspector};
    /// let inspector = Inspector::new(&Hub::new(), |_: &str| Ok(()));
    /// assert!(inspector.page("ada").is_ok_and(|page| page.starts_with("<!doctype html>")));
    /// ```
    pub fn page(&self, who: &Who) -> Result<&'static str, Refusal> {
        (self.authorise)(who)?;
        Ok(PAGE)
    }

    /// Returns the stream that feeds the page. Call it on a Tokio runtime.
    ///
    /// # Errors
    /// The refusal of the check. The check is not repeated while the stream is open, so give the stream a
    /// maximum age, or let it [expire](sse_core::Config::expires_at) with the login.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// # use sse_hub::{Hub, Inspector};
    /// let inspector = Inspector::new(&Hub::new(), |_: &str| Ok(()));
    /// let events = inspector.events("ada").expect("allowed"); // for the `Sse` of an adapter
    /// # drop(events);
    /// # }
    /// ```
    pub fn events(&self, who: &Who) -> Result<Snapshots, Refusal> {
        (self.authorise)(who)?;
        Ok(Snapshots::new(self.sampler.watch()))
    }

    /// Runs a command of the page, and returns the text to answer with.
    ///
    /// `content_type` is the request's header. It has to be `application/json`, which the pages of other
    /// sites cannot send without this server's permission, so they cannot act as the operator.
    ///
    /// # Errors
    /// The refusal of the check; 415 for another content type; 413 for more than 64 KiB; 400 for an unknown
    /// command; 404 for a stream that has ended; the hub's error if it cannot publish.
    ///
    /// # Cancel safety
    /// Not cancel safe with a backend: if the future is dropped, it is unknown whether the event was
    /// published.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// # use sse_hub::{Hub, Inspector};
    /// let inspector = Inspector::new(&Hub::new(), |_: &str| Ok(()));
    /// let body = br#"{"command":"publish","topic":"orders","data":"a test"}"#;
    /// let answer = inspector.command("ada", Some("application/json"), body).await;
    /// assert!(answer.is_ok());
    /// // A form of another site.
    /// let forged = inspector.command("ada", Some("text/plain"), body).await;
    /// assert_eq!(forged.expect_err("refused").status(), 415);
    /// # }
    /// ```
    pub async fn command(
        &self,
        who: &Who,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<String, Refusal> {
        (self.authorise)(who)?;
        let content_type = content_type.and_then(|value| value.split(';').next());
        if !content_type.is_some_and(|value| value.trim().eq_ignore_ascii_case("application/json"))
        {
            return Err(Refusal::new(415, "send the content type application/json"));
        }
        if body.len() > MAX_BODY {
            return Err(Refusal::new(413, "a command has at most 64 KiB"));
        }
        let command = serde_json::from_slice(body);
        match command.map_err(|_| Refusal::new(400, "unknown command"))? {
            Command::End { connection } => {
                let probe = self.sampler.probe(connection);
                let probe = probe.ok_or((404, "this stream has ended already"))?;
                probe.handle.end();
                Ok(format!("ended stream {connection}"))
            }
            Command::Publish { topic, data, event } => {
                let bad = |error: &dyn fmt::Display| Refusal::new(400, error.to_string());
                let topic = TopicName::new(topic).map_err(|error| bad(&error))?;
                let mut message = Event::data(data);
                if !event.is_empty() {
                    message.event = Some(EventName::new(event).map_err(|error| bad(&error))?);
                }
                let id = self.hub.publish(&topic, message).await?;
                Ok(format!("published {id}"))
            }
        }
    }
}

impl<Who: ?Sized> Clone for Inspector<Who> {
    fn clone(&self) -> Self {
        Self {
            authorise: Arc::clone(&self.authorise),
            sampler: Arc::clone(&self.sampler),
            hub: self.hub.clone(),
        }
    }
}

impl<Who: ?Sized> fmt::Debug for Inspector<Who> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspector").finish_non_exhaustive()
    }
}

const PAGE: &str = include_str!("inspector/page.html");

/// More than the page's form needs, and little enough to parse in a handler.
const MAX_BODY: usize = 64 * 1024;

#[cfg(all(test, not(loom)))]
mod tests;
