//! The event that a client receives when its stream fails.

use std::sync::LazyLock;

use crate::Event;

/// Sets what a client receives when its stream yields an error. The error's text is logged, never sent.
///
/// # Example
/// ```
/// # use sse_core::{Config, Event, OnError};
/// let failed = Event::data(r#"{"type":"error"}"#).event("error");
/// let config = Config::default().on_error(OnError::With(failed));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnError {
    /// The client receives a `stream-error` event with the data
    /// `{"error":{"message":"the stream failed"}}`, then the stream ends. (The event type is not `error`,
    /// which would fire the page's `onerror` as a lost connection does.)
    #[default]
    Event,
    /// The client receives this event, in the shape that its reader expects, then the stream ends.
    With(Event),
    /// The stream ends without another event.
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

/// The event that [`OnError::Event`] sends. Its data is constant, so that the error's text stays on the
/// server. The data is JSON because many readers parse every event as JSON, and it has the shape that
/// clients of model APIs report as an error.
static STREAM_ERROR: LazyLock<Event> = LazyLock::new(|| {
    Event::data(r#"{"error":{"message":"the stream failed"}}"#).event("stream-error")
});
