//! One event of a log.

use bytes::Bytes;
use sse_core::Frame;

use crate::{Epoch, Position, TopicName, log::MAX_EVENT_BYTES};

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

impl Entry {
    /// Returns the event with its ID; `None` if no log can hold it.
    pub(crate) fn event(&self, epoch: &Epoch) -> Option<Vec<u8>> {
        if self.body.len() > MAX_EVENT_BYTES {
            return None;
        }
        let frame = Frame::from_encoded(self.body.clone()).with_id(&epoch.id(self.position));
        // Nothing else holds the bytes, so they are not copied.
        Some(frame.into_bytes().into())
    }
}
