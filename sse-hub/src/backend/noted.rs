//! The note of a topic.

use bytes::Bytes;

use crate::{Position, TopicName};

/// The note of a topic, whose entries may be gone: see [`Control::Note`](super::Control::Note).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// The topic.
    pub topic: TopicName,
    /// The position of the note.
    pub position: Position,
    /// The note.
    pub note: Bytes,
    /// The event that the topic has ended with, encoded without an ID; empty if it ended without one, and `None` if it
    /// has not ended.
    pub last: Option<Bytes>,
}
