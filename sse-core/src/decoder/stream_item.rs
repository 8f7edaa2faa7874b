//! An item that a decoder yields.

use std::time::Duration;

use crate::{Event, Text};

/// An item that a [`Decoder`](crate::Decoder) yields.
///
/// # Example
/// ```
/// # use std::time::Duration;
/// # use sse_core::{Decoder, Event, StreamItem};
/// let mut decoder = Decoder::new().comments(true).retries(true);
/// decoder.feed(b": hi\nretry: 500\ndata: a\n\n");
/// let items: Vec<_> = decoder.collect::<Result<_, _>>()?;
/// assert_eq!(
///     items,
///     [
///         StreamItem::Comment("hi".into()),
///         StreamItem::Retry(Duration::from_millis(500)),
///         StreamItem::Event(Event::data("a")),
///     ]
/// );
/// # Ok::<_, sse_core::EventTooLong>(())
/// ```
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
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, StreamItem};
    /// assert_eq!(StreamItem::Event(Event::data("a")).into_event(), Some(Event::data("a")));
    /// assert_eq!(StreamItem::Comment("hi".into()).into_event(), None);
    /// ```
    pub fn into_event(self) -> Option<Event> {
        match self {
            Self::Event(event) => Some(event),
            Self::Comment(_) | Self::Retry(_) => None,
        }
    }
}
