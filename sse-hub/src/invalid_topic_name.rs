//! Why a text cannot be the name of a topic.

use std::{error, fmt};

/// Why a text cannot be the name of a topic.
///
/// # Example
/// ```
/// use sse_hub::{InvalidTopicName, TopicName};
///
/// assert_eq!(TopicName::new("").err(), Some(InvalidTopicName::Empty));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidTopicName {
    /// The text is empty.
    Empty,
    /// The text is longer than 255 bytes.
    #[non_exhaustive]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// The text contains a control character.
    #[non_exhaustive]
    Control {
        /// The offset of the character, in bytes.
        at: usize,
    },
    /// The topic is the hub's own, and cannot end.
    Reserved,
}

impl fmt::Display for InvalidTopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("topic name is empty"),
            Self::TooLong { bytes } => {
                write!(f, "topic name has {bytes} bytes; the limit is 255")
            }
            Self::Control { at } => {
                write!(f, "topic name contains a control character at byte {at}; remove it")
            }
            Self::Reserved => f.write_str("topic name is reserved for the hub; choose another"),
        }
    }
}

impl error::Error for InvalidTopicName {}
