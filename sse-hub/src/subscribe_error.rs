//! Why a subscription was refused.

use std::{error, fmt};

use crate::{BackgroundError, InvalidTopicName};

/// Why a subscription was refused.
///
/// # Example
/// A handler returns it as a response.
/// ```
/// use sse_core::{LastEventId, Refusal};
/// use sse_hub::{Hub, Subscription};
///
/// fn events(hub: &Hub, last: LastEventId) -> Result<Subscription, Refusal> {
///     Ok(hub.subscribe_from("orders", last)?)
/// }
/// # let _ = events(&Hub::new(), LastEventId::default());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubscribeError {
    /// A topic's name is invalid.
    Topic(InvalidTopicName),
    /// No topic was named.
    NoTopics,
    /// The subscription has more topics than it may have.
    #[non_exhaustive]
    TooManyTopics {
        /// The limit.
        limit: usize,
    },
    /// The hub already has as many subscribers as it may have.
    #[non_exhaustive]
    TooManySubscribers {
        /// The limit.
        limit: usize,
    },
    /// The hub already has as many topics as it may have, and all of them are in use.
    #[non_exhaustive]
    HubFull {
        /// The limit.
        limit: usize,
    },
    /// All topics have ended, and the client has all of their events: it should not reconnect.
    Ended,
    /// The hub has drained.
    Drained,
    /// A subscription would not receive the backend's events.
    Background(BackgroundError),
}

impl SubscribeError {
    /// Returns the HTTP status to answer with: 204 if the client should not reconnect (WHATWG HTML 9.2.3), 400 if the
    /// request is wrong, 503 if another server or a later request may succeed.
    ///
    /// # Example
    /// ```
    /// use sse_hub::SubscribeError;
    ///
    /// assert_eq!(SubscribeError::Ended.status(), 204);
    /// assert_eq!(SubscribeError::NoTopics.status(), 400);
    /// assert_eq!(SubscribeError::Drained.status(), 503);
    /// ```
    pub fn status(&self) -> u16 {
        match self {
            Self::Ended => 204,
            Self::Topic(_) | Self::NoTopics | Self::TooManyTopics { .. } => 400,
            Self::TooManySubscribers { .. } | Self::HubFull { .. } | Self::Drained => 503,
            Self::Background(_) => 503,
        }
    }
}

impl From<InvalidTopicName> for SubscribeError {
    fn from(error: InvalidTopicName) -> Self {
        Self::Topic(error)
    }
}

impl fmt::Display for SubscribeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Topic(error) => fmt::Display::fmt(error, f),
            Self::NoTopics => f.write_str("no topic was named; name at least one"),
            Self::TooManyTopics { limit } => {
                write!(f, "a subscription may have at most {limit} topics; open another connection")
            }
            Self::TooManySubscribers { limit } => {
                write!(f, "the hub has {limit} subscribers, its limit; retry later")
            }
            Self::HubFull { limit } => write_full(f, *limit),
            Self::Ended => {
                f.write_str("all topics have ended, and the client has all of their events")
            }
            Self::Drained => f.write_str("the hub has drained; connect to another server"),
            Self::Background(error) => write!(f, "not subscribed: {error}"),
        }
    }
}

impl error::Error for SubscribeError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Topic(error) => Some(error),
            Self::Background(error) => Some(error),
            _ => None,
        }
    }
}

pub(crate) fn write_full(f: &mut fmt::Formatter<'_>, limit: usize) -> fmt::Result {
    write!(
        f,
        "the hub has {limit} topics, all in use; raise HubBuilder::max_topics and max_bytes, or retry later"
    )
}
