//! What comes out of a decoder.

use std::time::Duration;

use crate::{Event, Text};

/// What comes out of a [`Decoder`](crate::Decoder).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decoded {
    /// An event: its type, its data, and its ID if it has one of its own.
    Event(Event),
    /// A line of comment, if [asked for](crate::Decoder::comments).
    Comment(Text),
    /// A new reconnection time, if [asked for](crate::Decoder::retries).
    Retry(Duration),
}

impl Decoded {
    /// Returns the event, if this is one.
    pub fn into_event(self) -> Option<Event> {
        match self {
            Self::Event(event) => Some(event),
            Self::Comment(_) | Self::Retry(_) => None,
        }
    }
}
