//! Why an event was not published.

use std::{error, fmt};

use crate::{BackendError, BackgroundError, InvalidTopicName, subscribe_error::write_full};

/// Why an event was not published.
///
/// # Example
/// ```
/// use sse_core::{Event, EventId};
/// use sse_hub::{Hub, PublishError};
///
/// let hub = Hub::new();
/// let own = Event::data("42").id(EventId::from_static("7"));
/// assert_eq!(hub.publish_now("orders", own), Err(PublishError::HasId));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishError {
    /// The topic's name is invalid.
    Topic(InvalidTopicName),
    /// The event has its own ID, but the hub sets the ID of each event.
    HasId,
    /// The event has no data, so subscribers would not see it.
    NoData,
    /// The event is larger than the limit.
    #[non_exhaustive]
    TooLarge {
        /// Its encoded size in bytes.
        size: usize,
        /// The limit, in bytes.
        limit: usize,
    },
    /// The hub already has as many topics as it may have, and all of them are in use.
    #[non_exhaustive]
    TooManyTopics {
        /// The limit.
        limit: usize,
    },
    /// The topic has ended. A shared log may have stored the event nonetheless, but no node delivers it.
    Ended,
    /// The hub has drained.
    Drained,
    /// The hub has a backend, so only `publish` and `end` can be used, which are awaited.
    NeedsAwait,
    /// The hub's background does not run, so this process's subscriptions would not receive the event, or this process
    /// would not notice the end of the topic.
    Background(BackgroundError),
    /// The backend has not acknowledged the event.
    Backend(BackendError),
}

impl PublishError {
    /// Returns the HTTP status to answer with: 400 or 413 if the event is wrong, 410 if the topic has ended, 503 if the
    /// event was not stored and may be published again, 504 if it may have been stored, and 500 if the program is
    /// wrong.
    ///
    /// # Example
    /// ```
    /// use sse_hub::PublishError;
    ///
    /// assert_eq!(PublishError::NoData.status(), 400);
    /// assert_eq!(PublishError::Ended.status(), 410);
    /// assert_eq!(PublishError::Drained.status(), 503);
    /// ```
    pub fn status(&self) -> u16 {
        match self {
            Self::Topic(_) | Self::HasId | Self::NoData => 400,
            Self::TooLarge { .. } => 413,
            Self::Ended => 410,
            Self::NeedsAwait => 500,
            Self::Backend(BackendError { may_be_stored: true, .. }) => 504,
            Self::TooManyTopics { .. } | Self::Drained | Self::Background(_) | Self::Backend(_) => {
                503
            }
        }
    }
}

impl From<BackendError> for PublishError {
    fn from(error: BackendError) -> Self {
        if error.is_topic_ended() { Self::Ended } else { Self::Backend(error) }
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Topic(error) => fmt::Display::fmt(error, f),
            Self::HasId => f.write_str(
                "the event has its own id, but a hub's ids are its cursors; put yours into the data",
            ),
            Self::NoData => f.write_str("the event has no data; add some, even an empty string"),
            Self::TooLarge { size, limit } => write!(
                f,
                "the event has {size} bytes, the limit is {limit}; raise HubBuilder::max_event_bytes"
            ),
            Self::TooManyTopics { limit } => write_full(f, *limit),
            Self::Ended => f.write_str("the topic has ended; publish to another"),
            Self::Drained => f.write_str("the hub has drained; publish to another server"),
            Self::NeedsAwait => f.write_str("the hub has a backend; await `publish` instead"),
            Self::Background(error) => write!(f, "not published: {error}"),
            Self::Backend(error) => write!(f, "the backend has not acknowledged the event: {error}"),
        }
    }
}

impl error::Error for PublishError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Topic(error) => Some(error),
            Self::Background(error) => Some(error),
            Self::Backend(error) => Some(error),
            _ => None,
        }
    }
}
