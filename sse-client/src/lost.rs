//! Why a connection was lost.

use std::{error, fmt, time::Duration};

use http::StatusCode;

use crate::{BoxError, SendError};

/// Why a connection was lost, or could not be made.
///
/// # Example
/// ```
/// use sse_client::Lost;
///
/// fn is_quiet(lost: &Lost) -> bool {
///     matches!(lost, Lost::Ended) // servers end their streams to restart
/// }
/// # assert!(is_quiet(&Lost::Ended));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Lost {
    /// The server ended the response in order.
    Ended,
    /// The connection broke within the response.
    Cut(BoxError),
    /// No byte arrived for this time.
    Stalled(Duration),
    /// The request has no response.
    Unanswered(SendError),
    /// The server answered with a 5xx, or with a 429 that has a `Retry-After`.
    Busy(StatusCode),
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("the server ended the stream"),
            Self::Cut(error) => write!(f, "the connection broke: {error}"),
            Self::Stalled(time) => write!(f, "the connection was silent for {time:?}"),
            Self::Unanswered(error) => fmt::Display::fmt(error, f),
            Self::Busy(status) => write!(f, "the server answered {status}"),
        }
    }
}

impl error::Error for Lost {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Cut(error) => Some(&**error),
            Self::Unanswered(error) => Some(error),
            Self::Ended | Self::Stalled(_) | Self::Busy(_) => None,
        }
    }
}
