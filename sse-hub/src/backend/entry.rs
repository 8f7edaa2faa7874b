//! One entry of a log.

use std::mem;

use bytes::Bytes;
use sse_core::Frame;

use super::Control;
use crate::{Epoch, Position, Principal, TopicName, log::MAX_EVENT_BYTES};

/// One entry of a log.
///
/// # Example
/// ```
/// use bytes::Bytes;
/// use sse_hub::{Position, TopicName, backend::Entry};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // As a backend reads it from a row of a database:
/// let (number, topic, body) = (7, "orders", b"data: paid\n\n");
/// let entry = Entry {
///     position: Position::new(0, number),
///     topic: TopicName::new(topic)?,
///     body: Bytes::copy_from_slice(body),
/// };
/// # drop(entry);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The entry's position.
    pub position: Position,
    /// The topic that it belongs to.
    pub topic: TopicName,
    /// An encoded event without an ID, or a [control entry](super::Control).
    pub body: Bytes,
}

impl Entry {
    /// Returns what the hub does with the entry, and leaves the entry without a body.
    pub(crate) fn take_content(&mut self, epoch: &Epoch) -> Content {
        let body = mem::take(&mut self.body);
        let event = |body: Bytes| {
            let fits = body.len() <= MAX_EVENT_BYTES;
            let with_id = |body| Frame::from_encoded(body, 1).with_id(&epoch.id(self.position));
            // Nothing else holds the bytes, so they are not copied.
            fits.then(|| with_id(body).into_bytes().into())
        };
        match Control::decode(&body) {
            None => Content::Event(event(body)),
            Some(Control::End { last }) => Content::End(last.map(event)),
            Some(Control::Revoke { principal }) => Content::Revoke(principal),
            #[cfg(feature = "tickets")]
            Some(Control::Ticket { hash, lifetime, principal }) => {
                Content::Ticket { hash, lifetime, principal }
            }
            #[cfg(feature = "tickets")]
            Some(Control::TicketUsed { hash }) => Content::TicketUsed(hash),
            Some(_) => Content::Nothing,
        }
    }
}

/// What a hub does with an entry.
#[derive(Debug)]
pub(crate) enum Content {
    /// Appends an event, encoded with its ID; `None` if no log can hold it.
    Event(Option<Vec<u8>>),
    /// Ends the topic, after its last event if there is one.
    End(Option<Option<Vec<u8>>>),
    Revoke(Principal),
    #[cfg(feature = "tickets")]
    Ticket {
        hash: [u8; 32],
        lifetime: std::time::Duration,
        principal: Principal,
    },
    #[cfg(feature = "tickets")]
    TicketUsed([u8; 32]),
    Nothing,
}
