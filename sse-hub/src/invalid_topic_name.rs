//! Why a text cannot be the name of a topic.

use std::{error, fmt};

/// Why a text cannot be the name of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidTopicName {
    /// The text is empty.
    Empty,
    /// The text is longer than 255 bytes.
    #[non_exhaustive]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// The text has a control character.
    #[non_exhaustive]
    Control {
        /// Where, in bytes.
        at: usize,
    },
}

impl fmt::Display for InvalidTopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("topic name is empty"),
            Self::TooLong { bytes } => {
                write!(f, "topic name has {bytes} bytes; 255 are the most")
            }
            Self::Control { at } => {
                write!(f, "topic name has a control character at byte {at}; leave it out")
            }
        }
    }
}

impl error::Error for InvalidTopicName {}
