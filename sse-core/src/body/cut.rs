//! The error that cuts a response.

use std::{error, fmt, io};

use crate::EndReason;

/// The error that a [`Body`](super::Body) returns to make its framework cut the response: see
/// [`Ending`](crate::Ending).
///
/// Frameworks log body errors; this text says that the cut is intended.
///
/// # Example
/// ```
/// use std::io;
/// use sse_core::adapter::Cut;
///
/// /// Whether to log the error of a body.
/// fn is_unexpected(error: &io::Error) -> bool {
///     !error.get_ref().is_some_and(|error| error.is::<Cut>())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cut {
    /// Why the stream ended.
    pub reason: EndReason,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event stream cut on purpose, so that it does not look complete: {}", self.reason)
    }
}

impl error::Error for Cut {}

/// For frameworks whose body fails with an [`io::Error`].
impl From<Cut> for io::Error {
    fn from(cut: Cut) -> Self {
        Self::other(cut)
    }
}
