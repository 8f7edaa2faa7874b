//! Types that name a topic.

use crate::{InvalidTopicName, TopicName};

/// Types that name a topic: a text, which is checked, or a [`TopicName`], which has been checked.
///
/// For repeated publishes to a topic, a `&TopicName` saves the check and a copy, and a [`Topic`](crate::Topic) also
/// saves the lookup.
///
/// # Example
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_core::Event;
/// use sse_hub::{Hub, TopicName};
///
/// let hub = Hub::new();
/// hub.publish_now("orders", Event::data("1"))?;
/// hub.publish_now(format!("orders/{}", 7), Event::data("2"))?;
/// hub.publish_now(&TopicName::new("orders")?, Event::data("3"))?;
/// # Ok(()) }
/// ```
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
