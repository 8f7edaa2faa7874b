//! What to check, and how.

use std::time::Duration;

use super::Trigger;

/// What to check, and how. An option that is absent leaves its check out, and the report says so.
#[derive(Clone, Debug)]
pub struct Options {
    /// The URL of the stream; only `http:`.
    pub url: String,
    /// Headers of each request.
    pub headers: Vec<(String, String)>,
    /// What makes the server publish an event on the stream.
    pub publish: Option<Trigger>,
    /// What makes the server stop.
    pub drain: Option<Trigger>,
    /// The time in which the server has to stop.
    pub drain_time: Duration,
    /// The origin of a page that may read the stream.
    pub origin: Option<String>,
    /// The ID after which the server has nothing more to send.
    pub finished_id: Option<String>,
    /// The longest silence that is allowed.
    pub keep_alive: Option<Duration>,
    /// The time in which a response and some events have to arrive.
    pub timeout: Duration,
    /// The number of events that the first connection waits for.
    pub events: usize,
}

impl Options {
    /// Checks a URL with the defaults of the program.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            headers: Vec::new(),
            publish: None,
            drain: None,
            drain_time: Duration::from_secs(10),
            origin: None,
            finished_id: None,
            keep_alive: None,
            timeout: Duration::from_secs(5),
            events: 6,
        }
    }
}
