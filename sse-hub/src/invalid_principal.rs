//! Why a text cannot be a principal.

use std::{error, fmt};

/// Why a text cannot be a principal.
///
/// # Example
/// ```
/// use sse_hub::{InvalidPrincipal, Principal};
///
/// assert_eq!(Principal::new("").err(), Some(InvalidPrincipal::Empty));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPrincipal {
    /// The text is empty.
    Empty,
    /// The text is longer than 255 bytes.
    #[non_exhaustive]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
}

impl fmt::Display for InvalidPrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("principal is empty"),
            Self::TooLong { bytes } => {
                write!(f, "principal has {bytes} bytes; the limit is 255, so use its hash")
            }
        }
    }
}

impl error::Error for InvalidPrincipal {}
