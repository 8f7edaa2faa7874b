//! The name of a topic.

use std::{error, fmt, ops::Deref};

use bytestring::ByteString;

/// The name of a topic: 1 to 255 bytes, without control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName(ByteString);

impl TopicName {
    /// Checks a text for use as a topic's name.
    ///
    /// # Errors
    /// [`InvalidTopicName`] if it is empty, longer than 255 bytes, or has a control character.
    pub fn new(name: impl Into<ByteString>) -> Result<Self, InvalidTopicName> {
        let name = name.into();
        if name.is_empty() {
            return Err(InvalidTopicName::Empty);
        }
        if name.len() > 255 {
            return Err(InvalidTopicName::TooLong { bytes: name.len() });
        }
        match name.char_indices().find(|(_, char)| char.is_control()) {
            Some((at, _)) => Err(InvalidTopicName::Control { at }),
            None => Ok(Self(name)),
        }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for TopicName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for TopicName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for TopicName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

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

/// One or many topics, for [`Hub::subscribe`](crate::Hub::subscribe): a name, or an array, slice or
/// vector of names.
pub trait IntoTopics {
    /// Checks each name.
    ///
    /// # Errors
    /// The first that is invalid.
    fn into_topics(self) -> Result<Vec<TopicName>, InvalidTopicName>;
}

fn all<T: AsRef<str>>(
    names: impl IntoIterator<Item = T>,
) -> Result<Vec<TopicName>, InvalidTopicName> {
    let mut topics = names
        .into_iter()
        .map(|name| TopicName::new(name.as_ref()))
        .collect::<Result<Vec<_>, _>>()?;
    topics.sort_unstable();
    topics.dedup();
    Ok(topics)
}

impl IntoTopics for &str {
    fn into_topics(self) -> Result<Vec<TopicName>, InvalidTopicName> {
        all([self])
    }
}

impl IntoTopics for String {
    fn into_topics(self) -> Result<Vec<TopicName>, InvalidTopicName> {
        all([self])
    }
}

impl IntoTopics for TopicName {
    fn into_topics(self) -> Result<Vec<TopicName>, InvalidTopicName> {
        Ok(vec![self])
    }
}

impl<T: AsRef<str>> IntoTopics for &[T] {
    fn into_topics(self) -> Result<Vec<TopicName>, InvalidTopicName> {
        all(self)
    }
}

impl<T: AsRef<str>> IntoTopics for &Vec<T> {
    fn into_topics(self) -> Result<Vec<TopicName>, InvalidTopicName> {
        all(self)
    }
}

impl<T: AsRef<str>, const N: usize> IntoTopics for [T; N] {
    fn into_topics(self) -> Result<Vec<TopicName>, InvalidTopicName> {
        all(self)
    }
}

impl<T: AsRef<str>> IntoTopics for Vec<T> {
    fn into_topics(self) -> Result<Vec<TopicName>, InvalidTopicName> {
        all(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_has_no_control_characters() {
        let longest = "x".repeat(255);
        for (name, expected) in [
            ("orders", None),
            ("orders/7?ä :", None),
            (&longest, None),
            ("", Some(InvalidTopicName::Empty)),
            (&format!("{longest}x"), Some(InvalidTopicName::TooLong { bytes: 256 })),
            ("ä\n", Some(InvalidTopicName::Control { at: 2 })),
            ("\0", Some(InvalidTopicName::Control { at: 0 })),
        ] {
            assert_eq!(TopicName::new(name).err(), expected, "{name:?}");
        }
    }

    #[test]
    fn many_names_are_a_set() {
        let topics = ["b", "a", "b"].into_topics().expect("valid");
        assert_eq!(topics.iter().map(|topic| topic.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(topics[0].to_string(), "a");
        let names = vec!["b".to_owned(), "a".to_owned()];
        assert_eq!((&names).into_topics().expect("valid"), topics);
        assert_eq!(names.as_slice().into_topics().expect("valid"), topics);
        assert!(vec!["a".to_owned(), String::new()].into_topics().is_err());
    }
}
