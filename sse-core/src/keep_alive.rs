//! What is sent when nothing else is.

use std::{sync::LazyLock, time::Duration};

use crate::{Event, Frame, Text};

/// What a stream sends after a silence, so that proxies do not take the connection for dead and
/// the server notices a client that left.
///
/// The default is a comment every 15 s (WHATWG HTML 9.2.7 recommends that, against proxies that
/// give up early). Shorter finds lost clients sooner; longer saves a packet and, on phones, the
/// radio: with 10,000 idle connections, 15 s is 667 packets a second.
///
/// It is sent only after a whole interval without any other bytes, and only between events.
/// Intervals that pass while the client does not read collapse into one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct KeepAlive(Option<Beat>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Beat {
    /// Not zero.
    pub(crate) interval: Duration,
    /// Not empty.
    pub(crate) frame: Frame,
}

impl KeepAlive {
    /// A comment after each interval of silence; an interval below 1 ms counts as 1 ms.
    pub fn every(interval: Duration) -> Self {
        let interval = interval.max(Duration::from_millis(1));
        Self(Some(Beat { interval, frame: COMMENT.clone() }))
    }

    /// Nothing: a client that left may then never be noticed.
    ///
    /// For streams that are never silent. Rocket notices a lost client only when it writes, so there
    /// the default is used instead.
    pub fn off() -> Self {
        Self(None)
    }

    /// Sends another comment.
    pub fn comment(self, comment: impl Into<Text>) -> Self {
        self.event(Event::new().comment(comment))
    }

    /// Sends an event, for a page that wants to see that the connection lives (comments are hidden
    /// from it). An event without any field is ignored.
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
        Self::every(Duration::from_secs(15))
    }
}

static COMMENT: LazyLock<Frame> = LazyLock::new(|| Event::new().comment("keep-alive").encode());
