//! Types that name the topics of a subscription.

use crate::{IntoTopic, InvalidTopicName, TopicName};

/// Types that name the topics of a subscription, for [`Hub::subscribe`](crate::Hub::subscribe): one name, or an array,
/// slice or vector of names, each of any type that implements [`IntoTopic`].
///
/// # Example
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_hub::Hub;
///
/// let hub = Hub::new();
/// let query = "orders,prices";
/// let topics: Vec<&str> = query.split(',').collect();
/// let many = hub.subscribe(topics)?;
/// let one = hub.subscribe("orders")?;
/// # drop((many, one));
/// # Ok(()) }
/// ```
pub trait IntoTopics {
    /// Returns the names, sorted and without duplicates.
    ///
    /// # Errors
    /// [`InvalidTopicName`] for the first name that is invalid.
    fn into_topics(self) -> Result<Vec<TopicName>, InvalidTopicName>;
}

fn all<T: IntoTopic>(
    names: impl IntoIterator<Item = T>,
) -> Result<Vec<TopicName>, InvalidTopicName> {
    let names = names.into_iter().map(T::into_topic);
    let mut topics = names.collect::<Result<Vec<_>, _>>()?;
    topics.sort_unstable();
    topics.dedup();
    Ok(topics)
}

macro_rules! one_topic {
    ($($kind:ty),*) => {
        $(impl IntoTopics for $kind {
            fn into_topics(self) -> Result<Vec<TopicName>, InvalidTopicName> {
                Ok(vec![self.into_topic()?])
            }
        })*
    };
}

one_topic!(TopicName, &TopicName, &str, &&str, String, &String);

impl<T: IntoTopic, const N: usize> IntoTopics for [T; N] {
    fn into_topics(self) -> Result<Vec<TopicName>, InvalidTopicName> {
        all(self)
    }
}

impl<T: IntoTopic> IntoTopics for Vec<T> {
    fn into_topics(self) -> Result<Vec<TopicName>, InvalidTopicName> {
        all(self)
    }
}

impl<'a, T> IntoTopics for &'a [T]
where
    &'a T: IntoTopic,
{
    fn into_topics(self) -> Result<Vec<TopicName>, InvalidTopicName> {
        all(self)
    }
}

impl<'a, T, const N: usize> IntoTopics for &'a [T; N]
where
    &'a T: IntoTopic,
{
    fn into_topics(self) -> Result<Vec<TopicName>, InvalidTopicName> {
        all(self)
    }
}

impl<'a, T> IntoTopics for &'a Vec<T>
where
    &'a T: IntoTopic,
{
    fn into_topics(self) -> Result<Vec<TopicName>, InvalidTopicName> {
        all(self)
    }
}

#[cfg(test)]
#[expect(clippy::needless_borrows_for_generic_args, reason = "each kind of string is a case")]
mod tests {
    use super::*;

    fn names(topics: impl IntoTopics) -> Vec<String> {
        let topics = topics.into_topics().expect("valid names");
        topics.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_name_of_any_kind_is_one_topic() {
        let (text, name) = ("a".to_owned(), TopicName::new("a").expect("valid"));
        for topics in [
            names("a"),
            names(&"a"),
            names(&text),
            names(text.clone()),
            names(&name),
            names(name.clone()),
        ] {
            assert_eq!(topics, ["a"]);
        }
        assert!("".into_topics().is_err());
    }

    #[test]
    fn many_names_of_any_kind_are_a_set() {
        let texts = ["b".to_owned(), "a".to_owned(), "b".to_owned()];
        let checked = texts.each_ref().map(|text| TopicName::new(text.as_str()).expect("valid"));
        for topics in [
            names(["b", "a", "b"]),
            names(&["b", "a", "b"]),
            names(&["b", "a", "b"][..]),
            names(vec!["b", "a", "b"]),
            names(&vec!["b", "a", "b"]),
            names(&texts),
            names(&texts[..]),
            names(texts.to_vec()),
            names(&texts.to_vec()),
            names(texts),
            names(&checked),
            names(&checked[..]),
            names(checked.to_vec()),
            names(&checked.to_vec()),
            names(checked),
        ] {
            assert_eq!(topics, ["a", "b"]);
        }
        assert!(["a", ""].into_topics().is_err());
    }
}
