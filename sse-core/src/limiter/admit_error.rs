//! The error of a stream that was not admitted.

use std::{error, fmt, time::Duration};

use crate::Refusal;

/// The error of a stream that a [`Limiter`](crate::Limiter) did not admit.
///
/// It converts into a [`Refusal`], so a handler needs only `?`.
///
/// # Example
/// ```
/// use sse_core::{AdmitError, Event, Limiter, Refusal};
///
/// let limiter = Limiter::new(10).limit("user", 0);
/// let refused = limiter.per("user", "eve").admit(tokio_stream::iter([Event::data("a")]));
/// let error = refused.expect_err("over the limit");
/// assert_eq!(error, AdmitError::OverLimit { kind: "user", limit: 0 });
/// assert_eq!(Refusal::from(error).status(), 429);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdmitError {
    /// A key of this kind has as many streams as it may have. The refusal has the status 429.
    OverLimit {
        /// The kind of the key, such as `user`.
        kind: &'static str,
        /// The number of streams that each key of this kind may have.
        limit: usize,
    },
    /// The limiter has as many streams as it may have in total. The refusal has the status 503.
    Full {
        /// The number of streams that the limiter may have.
        limit: usize,
    },
    /// The stream has too many keys, for example one for each topic that a client named. The refusal has the
    /// status 400.
    TooManyKeys {
        /// The number of keys that a stream may have.
        limit: usize,
    },
    /// No limit was set for keys of this kind, which is a mistake in the program. The refusal has the status
    /// 500.
    UnknownKind {
        /// The kind.
        kind: &'static str,
    },
}

impl AdmitError {
    /// Returns the reason as a label of a metric. The name of a kind is part of the program.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::OverLimit { kind, .. } => kind,
            Self::Full { .. } => "full",
            Self::TooManyKeys { .. } => "too_many_keys",
            Self::UnknownKind { .. } => "unknown_kind",
        }
    }
}

impl fmt::Display for AdmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OverLimit { kind, limit } => {
                write!(f, "at most {limit} streams for each {kind}; close one, or try again later")
            }
            Self::Full { limit } => write!(f, "at most {limit} streams; try again later"),
            Self::TooManyKeys { limit } => {
                write!(f, "a stream may be limited by at most {limit} keys; ask for fewer")
            }
            Self::UnknownKind { kind } => {
                write!(f, "no limit was set for the kind {kind}; call `Limiter::limit`")
            }
        }
    }
}

impl error::Error for AdmitError {}

/// The message does not contain the operator's limits, unless the request itself is at fault.
impl From<AdmitError> for Refusal {
    fn from(error: AdmitError) -> Self {
        match error {
            // RFC 6585 4: "may include a Retry-After header indicating how long to wait before making a new request"
            AdmitError::OverLimit { .. } => {
                Self::new(429, "too many streams; close one, or try again later")
                    .retry_after(RETRY_AFTER)
            }
            AdmitError::Full { .. } => Self::new(503, "try again later").retry_after(RETRY_AFTER),
            AdmitError::TooManyKeys { .. } => Self::new(400, error.to_string()),
            AdmitError::UnknownKind { .. } => Self::new(500, "the server failed"),
        }
    }
}

/// Long enough that refused clients cost little, and short enough that a user hardly waits after closing a
/// stream.
const RETRY_AFTER: Duration = Duration::from_secs(5);
