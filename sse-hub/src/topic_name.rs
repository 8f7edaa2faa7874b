//! The name of a topic.

use std::{fmt, ops::Deref};

use bytestring::ByteString;

use crate::InvalidTopicName;

/// The name of a topic: 1 to 255 bytes, without control characters.
///
/// # Example
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_core::Event;
/// use sse_hub::{Hub, TopicName};
///
/// let orders = TopicName::new("orders")?;
/// Hub::new().publish_now(&orders, Event::data("42"))?;
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName(ByteString);

impl TopicName {
    /// Checks a text for use as a topic's name.
    ///
    /// # Example
    /// ```
    /// use sse_hub::TopicName;
    ///
    /// assert!(TopicName::new("orders/7").is_ok());
    /// assert!(TopicName::new("").is_err());
    /// ```
    ///
    /// # Errors
    /// [`InvalidTopicName`] if it is empty, longer than 255 bytes, or contains a control character.
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

    /// Returns a name that is known to be valid.
    pub(crate) const fn from_static(name: &'static str) -> Self {
        Self(ByteString::from_static(name))
    }

    /// Returns the name.
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// assert_eq!(sse_hub::TopicName::new("orders")?.as_str(), "orders");
    /// # Ok(()) }
    /// ```
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
}
