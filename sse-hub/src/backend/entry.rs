//! One event of a log.

use bytes::Bytes;

use crate::{Position, TopicName};

/// One event of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The event's position.
    pub position: Position,
    /// The topic that the event was published to.
    pub topic: TopicName,
    /// The encoded event, without an ID.
    pub body: Bytes,
}
