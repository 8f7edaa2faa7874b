//! Why an event of a run was not published.

use std::{error, fmt};

use sse_hub::PublishError;

use crate::Outcome;

/// Why an event of a run was not published.
///
/// # Example
/// ```
/// use sse_core::Event;
/// use sse_runs::{WriteError, Writer};
///
/// async fn say(writer: &mut Writer, word: String) -> Result<bool, WriteError> {
///     match writer.publish(Event::data(word)).await {
///         Ok(_) => Ok(true),
///         Err(WriteError::Fenced(outcome)) => {
///             println!("the run was {}", outcome.as_str());
///             Ok(false)
///         }
///         Err(error) => Err(error),
///     }
/// }
/// # drop(say);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteError {
    /// The run had ended before the event, such as by [`Runs::cancel`](crate::Runs::cancel). No reader receives the
    /// event.
    Fenced(Outcome),
    /// An earlier event may be stored, so that the number of this one is not known. The run can only fail.
    Interrupted,
    /// The event is invalid, or the hub has not published it.
    Publish(PublishError),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fenced(outcome) => {
                write!(f, "the run was {} before; stop its work", outcome.as_str())
            }
            Self::Interrupted => {
                f.write_str("an earlier event of the run may be missing; begin another run")
            }
            Self::Publish(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl error::Error for WriteError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Fenced(_) | Self::Interrupted => None,
            Self::Publish(error) => Some(error),
        }
    }
}
