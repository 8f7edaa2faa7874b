//! The error that cuts a response.

use std::{error, fmt};

use crate::EndReason;

/// The error with which a [`Body`](super::Body) makes its framework cut the response: see
/// [`Ending`](crate::Ending).
///
/// Frameworks log the errors of a body. This one is no fault, and its text says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cut {
    /// Why the stream ended.
    pub reason: EndReason,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event stream cut on purpose ({}) so that its client reconnects", self.reason)
    }
}

impl error::Error for Cut {}
