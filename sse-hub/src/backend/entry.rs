//! One event of a log.

use std::mem;

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
    /// Returns the event with its ID, and leaves the entry without a body; `None` if no log can hold the event.
    pub(crate) fn take_event(&mut self, epoch: &Epoch) -> Option<Vec<u8>> {
        let body = mem::take(&mut self.body);
        if body.len() > MAX_EVENT_BYTES {
            return None;
        }
        let frame = Frame::from_encoded(body).with_id(&epoch.id(self.position));
        // Nothing else holds the bytes, so they are not copied.
        Some(frame.into_bytes().into())
    }
}
