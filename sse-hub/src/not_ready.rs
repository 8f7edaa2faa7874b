//! The reasons why a hub is not ready.

use std::{error, fmt, time::Duration};

use sse_core::Refusal;

use crate::{BackendError, BackgroundError};

/// The reason why a hub is not ready to serve: see [`Hub::ready`](crate::Hub::ready).
///
/// It converts into a [`Refusal`] with the status 503. The refusal's message does not contain the backend's
/// error, which may name addresses.
///
/// # Example
/// ```
/// # use std::time::Duration;
/// use sse_hub::{Hub, NotReady};
///
/// let hub = Hub::new();
/// hub.drain();
/// assert_eq!(hub.ready(Duration::from_secs(10)), Err(NotReady::Drained));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotReady {
    /// The hub drains, or has drained.
    Drained,
    /// The hub's background does not run.
    Background(BackgroundError),
    /// The backend has been away for longer than was allowed.
    Backend {
        /// The time since its first error.
        away: Duration,
        /// Its last error.
        error: BackendError,
    },
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drained => f.write_str("the hub is draining; send requests to another node"),
            Self::Background(error) => error.fmt(f),
            Self::Backend { away, error } => {
                write!(f, "the backend has been away for {} s: {error}", away.as_secs())
            }
        }
    }
}

impl error::Error for NotReady {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Drained => None,
            Self::Background(error) => Some(error),
            Self::Backend { error, .. } => Some(error),
        }
    }
}

impl From<NotReady> for Refusal {
    fn from(error: NotReady) -> Self {
        match error {
            NotReady::Drained => Self::new(503, error.to_string()),
            NotReady::Background(error) => error.into(),
            NotReady::Backend { .. } => Self::new(503, "the backend is away"),
        }
    }
}
