//! Why an event of a run was not published.

use std::{error, fmt};

use sse_hub::PublishError;

use crate::Outcome;

/// Why an event of a run was not published.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteError {
    /// The run had ended before the event, such as by [`Runs::cancel`](crate::Runs::cancel). No reader receives the
    /// event.
    Fenced(Outcome),
    /// The event is invalid, or the hub has not published it.
    Publish(PublishError),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fenced(outcome) => {
                write!(f, "the run was {} before; stop its work", outcome.as_str())
            }
            Self::Publish(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl error::Error for WriteError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Fenced(_) => None,
            Self::Publish(error) => Some(error),
        }
    }
}
