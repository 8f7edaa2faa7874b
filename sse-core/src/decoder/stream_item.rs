//! An item that a decoder yields.

use std::time::Duration;

use crate::{Event, Text};

/// An item that a [`Decoder`](crate::Decoder) yields.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamItem {
    /// An event, with its type, its data, and its ID if it has one of its own.
    Event(Event),
    /// A comment line, if [`Decoder::comments`](crate::Decoder::comments) asks for them.
    Comment(Text),
    /// A new reconnection time, if [`Decoder::retries`](crate::Decoder::retries) asks for them.
    Retry(Duration),
}

impl StreamItem {
    /// Returns the event, if this item is one.
    pub fn into_event(self) -> Option<Event> {
        match self {
            Self::Event(event) => Some(event),
            Self::Comment(_) | Self::Retry(_) => None,
        }
    }
}
