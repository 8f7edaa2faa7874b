//! Entries of a log that are not events.

use std::time::Duration;

use bytes::Bytes;
use bytestring::ByteString;

use crate::{Principal, TopicName};

/// An entry of a log that is not an event. It is ordered among the events, but not delivered to subscribers.
///
/// The log's order decides whatever several nodes have to agree on. A node therefore appends a control entry, and then
/// waits until its own tail has delivered it.
///
/// # Example
/// A backend looks for the ends of topics among the bodies that it appends.
/// ```
/// use bytes::Bytes;
/// use sse_hub::backend::Control;
///
/// fn ends_topic(body: &Bytes) -> bool {
///     matches!(Control::decode(body), Some(Control::End { .. }))
/// }
/// assert!(ends_topic(&Control::End { last: None }.encode()));
/// assert!(!ends_topic(&Bytes::from_static(b"data: paid\n\n")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Control {
    /// The topic ends here.
    End {
        /// The topic's last event, encoded without an ID, if it ends with one. It is delivered like any other event.
        last: Option<Bytes>,
    },
    /// All subscriptions of a principal that have begun by now end.
    Revoke {
        /// The principal.
        principal: Principal,
    },
    /// A ticket was issued.
    Ticket {
        /// The SHA-256 of its secret.
        hash: [u8; 32],
        /// How long it is valid after a node has read the entry, in whole milliseconds, at most 2^32.
        lifetime: Duration,
        /// The principal whose stream it opens.
        principal: Principal,
    },
    /// A ticket was used. Only the first of these entries counts.
    TicketUsed {
        /// The SHA-256 of its secret.
        hash: [u8; 32],
    },
    /// Describes its topic. The log remembers the newest note of a topic, and the event that the topic ends with, until
    /// it forgets the topic's end.
    Note {
        /// The note.
        note: Bytes,
    },
    /// A message between nodes. The log does not count it among the events that it keeps.
    Signal {
        /// The message.
        body: Bytes,
    },
    /// An entry of a newer version of this crate. Readers skip it.
    Unknown,
}

impl Control {
    /// Returns the body of the entry.
    ///
    /// It begins with a zero byte, unlike every encoded event. A program that does not know control entries treats it
    /// as damage, not as an event.
    ///
    /// # Example
    /// ```
    /// use sse_hub::backend::Control;
    ///
    /// let end = Control::End { last: None };
    /// assert_eq!(Control::decode(&end.encode()), Some(end));
    /// ```
    pub fn encode(&self) -> Bytes {
        match self {
            Self::End { last } => [MARK, END, last.as_deref().unwrap_or_default()].concat().into(),
            Self::Revoke { principal } => {
                [MARK, REVOKE, principal.as_str().as_bytes()].concat().into()
            }
            Self::Ticket { hash, lifetime, principal } => {
                let lifetime = u32::try_from(lifetime.as_millis()).unwrap_or(u32::MAX);
                let principal = principal.as_str().as_bytes();
                [MARK, TICKET, hash, &lifetime.to_le_bytes(), principal].concat().into()
            }
            Self::TicketUsed { hash } => [MARK, USED, hash].concat().into(),
            Self::Note { note } => [MARK, NOTE, note].concat().into(),
            Self::Signal { body } => [MARK, SIGNAL, body].concat().into(),
            Self::Unknown => Bytes::from_static(MARK),
        }
    }

    /// Reads the body of an entry; returns `None` if it is an event.
    ///
    /// # Example
    /// ```
    /// use sse_core::Event;
    /// use sse_hub::backend::Control;
    ///
    /// let event = Event::data("paid").encode().into_bytes();
    /// assert_eq!(Control::decode(&event), None);
    /// ```
    pub fn decode(body: &Bytes) -> Option<Self> {
        let rest = body.strip_prefix(MARK)?;
        if let Some(last) = rest.strip_prefix(END) {
            let last = (!last.is_empty()).then(|| body.slice_ref(last));
            return Some(Self::End { last });
        }
        let rest = rest.split_at_checked(1);
        let control = rest.and_then(|(kind, rest)| match kind {
            REVOKE => Some(Self::Revoke { principal: principal(rest)? }),
            TICKET => {
                let (hash, rest) = rest.split_first_chunk()?;
                let (lifetime, rest) = rest.split_first_chunk()?;
                let lifetime = Duration::from_millis(u32::from_le_bytes(*lifetime).into());
                Some(Self::Ticket { hash: *hash, lifetime, principal: principal(rest)? })
            }
            NOTE => Some(Self::Note { note: body.slice_ref(rest) }),
            SIGNAL => Some(Self::Signal { body: body.slice_ref(rest) }),
            USED => Some(Self::TicketUsed { hash: rest.try_into().ok()? }),
            _ => None,
        });
        Some(control.unwrap_or(Self::Unknown))
    }
}

fn principal(bytes: &[u8]) -> Option<Principal> {
    Principal::new(ByteString::from(str::from_utf8(bytes).ok()?)).ok()
}

/// The topic of control entries that concern no topic. [`Hub::end`](crate::Hub::end) refuses it, since a topic that has
/// ended takes no entries.
pub(crate) fn control_topic() -> TopicName {
    TopicName::from_static("sse-hub:control")
}

/// The first byte of a control entry's body.
const MARK: &[u8] = b"\0";

/// The second byte, in an entry that ends its topic.
const END: &[u8] = b"E";

/// The second byte, in an entry that revokes a principal.
const REVOKE: &[u8] = b"R";

/// The second byte, in an entry that issues a ticket.
const TICKET: &[u8] = b"T";

/// The second byte, in an entry that uses a ticket.
const USED: &[u8] = b"U";

/// The second byte, in an entry that describes its topic.
const NOTE: &[u8] = b"N";

/// The second byte, in a message between nodes.
const SIGNAL: &[u8] = b"S";

#[cfg(test)]
mod tests {
    use sse_core::Event;

    use super::*;

    #[test]
    fn a_control_entry_is_read_as_it_was_written() {
        let last = Event::data("a").encode().into_bytes();
        let principal = Principal::new("user 7").expect("short");
        for control in [
            Control::End { last: None },
            Control::End { last: Some(last) },
            Control::Revoke { principal: principal.clone() },
            Control::Ticket { hash: [7; 32], lifetime: Duration::from_millis(5_001), principal },
            Control::TicketUsed { hash: [8; 32] },
            Control::Note { note: Bytes::from_static(b"\0E") },
            Control::Signal { body: Bytes::new() },
            Control::Unknown,
        ] {
            assert_eq!(Control::decode(&control.encode()), Some(control));
        }
        for newer in [&b"\0Z7"[..], b"\0", b"\0R", b"\0R\xff", b"\0U1", b"\0T1"] {
            let newer = Bytes::from_static(newer);
            assert_eq!(Control::decode(&newer), Some(Control::Unknown), "{newer:?}");
        }
    }

    #[test]
    fn no_event_reads_as_a_control_entry() {
        for event in [
            Event::data("\0E"),
            Event::data("").comment("\0E"),
            Event::data("").event("E").retry(std::time::Duration::ZERO),
        ] {
            assert_eq!(Control::decode(&event.encode().into_bytes()), None, "{event:?}");
        }
        assert_eq!(Control::decode(&Bytes::new()), None);
    }
}
