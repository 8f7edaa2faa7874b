//! The ID of a run.

use std::fmt;

use sse_hub::TopicName;

/// The ID of a run: 128 bits from the operating system's generator, so that nobody guesses it.
///
/// Its text is 32 hexadecimal digits, which need no escaping in a URL.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(u128);

impl RunId {
    /// Returns a new ID; `None` if the operating system has no random numbers.
    pub(crate) fn random() -> Option<Self> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).ok()?;
        Some(Self(u128::from_ne_bytes(bits)))
    }

    /// Reads the text of an ID; returns `None` if it is not one.
    ///
    /// # Example
    /// ```
    /// use sse_runs::RunId;
    ///
    /// let text = "0123456789abcdef0123456789abcdef";
    /// assert_eq!(RunId::parse(text).map(|id| id.to_string()).as_deref(), Some(text));
    /// assert_eq!(RunId::parse("7"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        // Each ID has one text, so capitals do not count.
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let valid = text.len() == 32 && text.bytes().all(digit);
        valid.then(|| u128::from_str_radix(text, 16).ok().map(Self)).flatten()
    }

    /// Returns the run of a topic; `None` if it is not one of a run.
    pub(crate) fn of_topic(topic: &str) -> Option<Self> {
        topic.strip_prefix(PREFIX).and_then(Self::parse)
    }

    /// Returns the topic with the run's events.
    pub(crate) fn topic(self) -> TopicName {
        TopicName::new(format!("{PREFIX}{self}")).expect("it is short and has no control character")
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The first part of the names of the runs' topics.
const PREFIX: &str = "sse-runs:";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_text() {
        let id = RunId::random().expect("random");
        assert_ne!(Some(id), RunId::random());
        assert_eq!(RunId::parse(&id.to_string()), Some(id));
        assert_eq!(RunId::of_topic(&id.topic()), Some(id));
        assert_eq!(RunId::of_topic(&id.to_string()), None);
        let digits = "0".repeat(31);
        for text in
            ["", "7", &digits, &format!("{digits}00"), &format!("{digits}A"), &format!("+{digits}")]
        {
            assert_eq!(RunId::parse(text), None, "{text}");
        }
    }
}
