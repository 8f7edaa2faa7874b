//! The keep-alive of silent streams.

use std::{sync::LazyLock, time::Duration};

use crate::{Event, Frame, Text};

/// The keep-alive: what a stream sends after a silence, so that proxies keep the connection open and the
/// server notices a client that left.
///
/// The default is a comment after 15 s, which WHATWG HTML 9.2.7 recommends because some proxies close silent
/// connections early. A shorter interval finds lost clients sooner. A longer one saves packets and, on
/// phones, radio use: for 10,000 idle connections, an interval of 15 s costs 667 packets a second.
///
/// A keep-alive is sent only after a whole interval without any other bytes, and only between events. If
/// several intervals pass while the client does not read, only one keep-alive is sent.
///
/// # Example
/// ```
/// # use std::time::Duration;
/// # use sse_core::{Config, Event, KeepAlive};
/// let config = Config::default().keep_alive(KeepAlive::every(Duration::from_secs(30)));
///
/// // An event, which a page can listen for.
/// let ping = KeepAlive::default().event(Event::data("").event("ping"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct KeepAlive(Option<Beat>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Beat {
    /// The time without bytes after which the keep-alive is sent. It is not zero.
    pub(crate) interval: Duration,
    /// The keep-alive. It is not empty.
    pub(crate) frame: Frame,
}

impl KeepAlive {
    /// Sends a comment after each interval of silence. An interval below 1 ms counts as 1 ms.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::KeepAlive;
    /// let keep_alive = KeepAlive::every(Duration::from_secs(30));
    /// ```
    pub fn every(interval: Duration) -> Self {
        let interval = interval.max(Duration::from_millis(1));
        Self(Some(Beat { interval, frame: COMMENT.clone() }))
    }

    /// Sends no keep-alive, so that a client that left may never be noticed.
    ///
    /// Use this for streams that are never silent. Rocket notices a lost client only when it writes, so
    /// its adapter uses the default keep-alive instead.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Config, KeepAlive};
    /// let config = Config::default().keep_alive(KeepAlive::off());
    /// ```
    pub fn off() -> Self {
        Self(None)
    }

    /// Sends this comment instead of the default one.
    ///
    /// # Example
    /// ```
    /// # use sse_core::KeepAlive;
    /// let keep_alive = KeepAlive::default().comment("still here");
    /// ```
    pub fn comment(self, comment: impl Into<Text>) -> Self {
        self.event(Event::new().comment(comment))
    }

    /// Sends this event instead of a comment, so that a page can see that the connection is alive; a page
    /// cannot see comments. An event without any field is ignored.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, KeepAlive};
    /// let keep_alive = KeepAlive::default().event(Event::data("").event("ping"));
    /// ```
    pub fn event(mut self, event: Event) -> Self {
        if let Some(beat) = &mut self.0
            && !event.is_empty()
        {
            beat.frame = event.encode();
        }
        self
    }

    pub(crate) fn beat(&self) -> Option<&Beat> {
        self.0.as_ref()
    }
}

impl Default for KeepAlive {
    fn default() -> Self {
        // HTML 9.2.7: "authors can include a comment line (one starting with a ':' character) every 15 seconds or so"
        Self::every(Duration::from_secs(15))
    }
}

static COMMENT: LazyLock<Frame> = LazyLock::new(|| Event::new().comment("keep-alive").encode());
