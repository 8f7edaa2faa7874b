//! Why a run was not begun, read or cancelled.

use std::{error, fmt, time::Duration};

use sse_core::{NoContent, Refusal};
use sse_hub::{PublishError, SubscribeError};

use crate::RunId;

/// Why a run was not begun, read or cancelled. Each case has a [status](Self::status) to answer with.
///
/// # Example
/// A handler returns it as a response.
/// ```
/// use sse_core::{LastEventId, Refusal};
/// use sse_hub::Principal;
/// use sse_runs::{ReadFrom, Reading, Runs};
///
/// async fn answer(runs: &Runs, user: &Principal, id: &str, last: LastEventId) -> Result<Reading, Refusal> {
///     Ok(runs.read(user, id, ReadFrom::After(last)).await?)
/// }
/// # drop(answer);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunError {
    /// The run does not exist, was forgotten, or belongs to another owner. A client cannot distinguish these cases.
    Unknown,
    /// The ID, the key or the cursor is not valid.
    Malformed,
    /// The run has ended, and the client has all of its events: it should not reconnect.
    NothingLeft,
    /// Events after the client's cursor were evicted, or the log has lost the cursor's event.
    #[non_exhaustive]
    Gone {
        /// The number after which everything is retained: that of the newest evicted event, or 0.
        oldest: u64,
    },
    /// The owner has already begun a run with this key.
    #[non_exhaustive]
    Claimed {
        /// That run.
        run: RunId,
    },
    /// The owner has as many open runs as it may have.
    #[non_exhaustive]
    TooManyRuns {
        /// The limit: see [`RunsBuilder::max_open_per_owner`](crate::RunsBuilder::max_open_per_owner).
        limit: usize,
    },
    /// The operating system has no random numbers.
    NoRandomness,
    /// The hub has refused the reader.
    Subscribe(SubscribeError),
    /// The log has refused the beginning or the end of the run.
    Log(PublishError),
}

impl RunError {
    /// Returns the HTTP status to answer with: 404 if the run is unknown, 400 if the request is malformed, 204 if
    /// nothing is left, 410 if events are gone, 409 if the key is claimed, 429 if the owner has too many open runs, and
    /// otherwise that of the hub's error.
    ///
    /// # Example
    /// ```
    /// use sse_runs::RunError;
    ///
    /// assert_eq!(RunError::Unknown.status(), 404);
    /// assert_eq!(RunError::NothingLeft.status(), 204);
    /// ```
    pub fn status(&self) -> u16 {
        match self {
            Self::Unknown => 404,
            Self::Malformed => 400,
            Self::NothingLeft => 204,
            Self::Gone { .. } => 410,
            Self::Claimed { .. } => 409,
            Self::TooManyRuns { .. } => 429,
            Self::NoRandomness => 503,
            Self::Subscribe(error) => error.status(),
            Self::Log(error) => error.status(),
        }
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("no such run; it may have expired"),
            Self::Malformed => f.write_str("the run's id, its key or the cursor is malformed"),
            Self::NothingLeft => f.write_str("the run has ended, and the client has all of it"),
            Self::Gone { oldest } => {
                write!(f, "events are gone; read the run after event {oldest}")
            }
            Self::Claimed { run } => write!(f, "the key belongs to run {run}; read that run"),
            Self::TooManyRuns { limit } => {
                write!(
                    f,
                    "the owner has {limit} open runs; cancel one, or try again once one has ended"
                )
            }
            Self::NoRandomness => f.write_str("the operating system has no random numbers"),
            Self::Subscribe(error) => fmt::Display::fmt(error, f),
            Self::Log(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl error::Error for RunError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Subscribe(error) => Some(error),
            Self::Log(error) => Some(error),
            _ => None,
        }
    }
}

/// Uses the error's status. The message has the error's text only if it is about the request.
impl From<RunError> for Refusal {
    fn from(error: RunError) -> Self {
        match error {
            RunError::NothingLeft => NoContent.into(),
            RunError::NoRandomness => {
                Refusal::new(503, "try again later").retry_after(Duration::from_secs(1))
            }
            RunError::TooManyRuns { .. } => {
                Refusal::new(error.status(), error.to_string()).retry_after(Duration::from_secs(1))
            }
            RunError::Subscribe(error) => error.into(),
            RunError::Log(error) => error.into(),
            error => Refusal::new(error.status(), error.to_string()),
        }
    }
}
