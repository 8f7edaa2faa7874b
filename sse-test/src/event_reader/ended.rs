//! How a stream has ended.

use std::fmt;

/// How a stream has ended.
#[derive(Clone, Debug)]
pub(super) enum Ended {
    Complete,
    /// The body failed with this error.
    Cut(String),
    /// `cut_after` has taken effect.
    Lost,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete => f.write_str("the stream ended"),
            Self::Cut(error) => write!(f, "the response was cut: {error}"),
            Self::Lost => f.write_str("`cut_after` cut the connection"),
        }
    }
}
