//! Why an event was not published.

use std::{error, fmt};

use crate::{BackendError, BackgroundError, InvalidTopicName, subscribe_error::write_full};

/// Why an event was not published.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishError {
    /// The topic's name is invalid.
    Topic(InvalidTopicName),
    /// The event has an ID of its own, where the hub's cursor belongs.
    HasId,
    /// The event has no data, so subscribers would not see it.
    NoData,
    /// The event is over the limit.
    #[non_exhaustive]
    TooLarge {
        /// Its size, encoded, in bytes.
        size: usize,
        /// The limit, in bytes.
        limit: usize,
    },
    /// The hub has as many topics as it may have, all in use, and this would be another.
    #[non_exhaustive]
    TooManyTopics {
        /// The limit.
        limit: usize,
    },
    /// The topic has ended. A log may have stored what was published to it afterwards, but no node delivers it.
    Ended,
    /// The hub has drained.
    Drained,
    /// The hub has a backend, so only the `publish` that is awaited can publish to it.
    NeedsAwait,
    /// This process has subscriptions, which would not receive the event; or it ends a topic, and would not learn of the
    /// end.
    Background(BackgroundError),
    /// The backend has not acknowledged the event.
    Backend(BackendError),
}

impl PublishError {
    /// The HTTP status to answer with: 400 or 413 where the event is wrong, 410 where the
    /// topic has ended, 503 where it was not
    /// stored and may be published again, 504 where it may have been stored.
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
                "the event has an id of its own; a hub's ids are its cursors, put yours into the data",
            ),
            Self::NoData => f.write_str("the event has no data; add some, even an empty string"),
            Self::TooLarge { size, limit } => write!(
                f,
                "the event has {size} bytes, {limit} are the most; raise HubBuilder::max_event_bytes"
            ),
            Self::TooManyTopics { limit } => write_full(f, *limit),
            Self::Ended => f.write_str("the topic has ended; publish to another"),
            Self::Drained => f.write_str("the hub has drained; publish before that"),
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
