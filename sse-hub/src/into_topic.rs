//! What can name a topic.

use crate::{InvalidTopicName, TopicName};

/// What can name a topic: a text, which is checked, or a [`TopicName`], which has been.
///
/// A hub that publishes to the same topics again and again saves the check and a copy with a `&TopicName`, and
/// the lookup too with a [`Topic`](crate::Topic).
pub trait IntoTopic {
    /// Returns the name.
    ///
    /// # Errors
    /// [`InvalidTopicName`] if the text is not a valid name.
    fn into_topic(self) -> Result<TopicName, InvalidTopicName>;
}

impl IntoTopic for TopicName {
    fn into_topic(self) -> Result<TopicName, InvalidTopicName> {
        Ok(self)
    }
}

impl IntoTopic for &TopicName {
    fn into_topic(self) -> Result<TopicName, InvalidTopicName> {
        Ok(self.clone())
    }
}

impl IntoTopic for &str {
    fn into_topic(self) -> Result<TopicName, InvalidTopicName> {
        TopicName::new(self)
    }
}

impl IntoTopic for &&str {
    fn into_topic(self) -> Result<TopicName, InvalidTopicName> {
        TopicName::new(*self)
    }
}

impl IntoTopic for String {
    fn into_topic(self) -> Result<TopicName, InvalidTopicName> {
        TopicName::new(self)
    }
}

impl IntoTopic for &String {
    fn into_topic(self) -> Result<TopicName, InvalidTopicName> {
        TopicName::new(self.as_str())
    }
}
