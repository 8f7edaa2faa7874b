//! The last event ID of a stream, and the header that resumes it.

use std::mem;

use crate::{EventId, shared_str::SharedStr};

/// The last event ID, as it was received.
#[derive(Debug)]
pub(super) struct LastId {
    received: SharedStr,
    /// The last ID that a header can carry. It is set only while `received` is not such an ID.
    sendable: Option<SharedStr>,
}

impl LastId {
    pub(super) fn new(id: &str) -> Self {
        Self { received: id.into(), sendable: None }
    }

    /// Sets the ID; returns it if it is a valid [`EventId`].
    #[inline]
    pub(super) fn set(&mut self, received: SharedStr) -> Option<EventId> {
        let id = EventId::received(&received);
        // HTML 9.2.6: "Set the last event ID string of the event source to the value of the last event ID buffer."
        // HTML 9.2.6: "The buffer does not get reset"
        let before = mem::replace(&mut self.received, received);
        if id.is_some() || is_field_value(&self.received) {
            self.sendable = None;
        } else if is_field_value(&before) {
            self.sendable = Some(before);
        }
        id
    }

    pub(super) fn as_str(&self) -> &str {
        &self.received
    }

    /// Returns the value of the `Last-Event-ID` header, or `None` to send no such header.
    pub(super) fn header(&self) -> Option<&[u8]> {
        // HTML 9.2.3: "Let lastEventIDValue be the EventSource object's last event ID string, encoded as UTF-8."
        let id = self.sendable.as_ref().unwrap_or(&self.received);
        let value = id.trim_matches(WHITESPACE);
        // HTML 9.2.3: "If the EventSource object's last event ID string is not the empty string"
        (is_field_value(id) && !value.is_empty()).then_some(value.as_bytes())
    }
}

/// Returns whether a header can carry an ID, apart from white space at its ends (RFC 9110 5.5).
fn is_field_value(id: &str) -> bool {
    let blank = !id.is_empty() && id.trim_matches(WHITESPACE).is_empty();
    !blank
        && id.len() <= EventId::MAX_LEN
        && id.bytes().all(|byte| byte == b'\t' || !byte.is_ascii_control())
}

/// The white space that HTTP removes from the ends of a header's value (RFC 9110 5.5).
const WHITESPACE: [char; 2] = [' ', '\t'];
