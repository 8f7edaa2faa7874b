//! The data of a test's events.

use std::fmt;

/// What a test's event has as its data: its topic and its number.
///
/// Its text may be padded to a size with spaces and further words, which [`parse`](Self::parse)
/// ignores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label<'a> {
    /// The topic, without a space.
    pub topic: &'a str,
    /// The number of the event, unique in its topic.
    pub number: u64,
}

/// The topic whose only event ends a record: nothing is published after it.
pub const END: &str = "end";

impl<'a> Label<'a> {
    /// Reads the data of an event.
    ///
    /// Returns `None` if it does not begin with a label.
    pub fn parse(data: &'a str) -> Option<Self> {
        let mut words = data.split(' ');
        let topic = words.next()?;
        Some(Self { topic, number: words.next()?.parse().ok()? })
    }

    /// Returns data of at least this size, in bytes.
    pub fn padded(&self, bytes: usize) -> String {
        format!("{:x<bytes$}", format!("{self} "))
    }
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.topic, self.number)
    }
}
