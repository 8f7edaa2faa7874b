//! A response whose events are found while it arrives.

use std::{io, mem, time::Duration};

use tokio::time::{Instant, timeout_at};

use super::event::{Event, Events};
use crate::client::{Body, Head};

/// A response whose events are found while it arrives.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) head: Head,
    body: Body,
    reader: Events,
    /// The number of bytes of the body so far.
    received: usize,
    /// The beginning of the body.
    pub(super) bytes: Vec<u8>,
    /// The events that nobody has taken.
    events: Vec<Event>,
    /// The bytes at the first end of a chunk that is within an event.
    pub(super) split: Option<Vec<u8>>,
    /// How the body ended, if it did.
    pub(super) end: Option<End>,
    /// When the head arrived.
    since: Instant,
    /// How long after the head the first part of the body arrived.
    pub(super) first_after: Option<Duration>,
}

/// How a body ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// As HTTP says that a body ends.
    Complete,
    /// With the connection.
    Cut,
    /// With bytes that are not HTTP.
    Invalid(String),
}

impl Open {
    pub(super) fn new(head: Head, body: Body) -> Self {
        Self {
            head,
            body,
            reader: Events::default(),
            received: 0,
            bytes: Vec::new(),
            events: Vec::new(),
            split: None,
            end: None,
            since: Instant::now(),
            first_after: None,
        }
    }

    /// Reads a part; false if the body has ended or is too large, or nothing arrives in time.
    ///
    /// # Cancel safety
    /// Cancel safe: dropping the future loses no bytes.
    pub(super) async fn read(&mut self, until: Instant) -> bool {
        if self.end.is_some() || self.received > LARGEST {
            return false;
        }
        let part = match timeout_at(until, self.body.next()).await {
            Err(_) => return false,
            Ok(Ok(Some(part))) => part.bytes,
            Ok(Ok(None)) => {
                self.end = Some(End::Complete);
                return false;
            }
            Ok(Err(error)) => {
                self.end = Some(match error.kind() {
                    io::ErrorKind::InvalidData => End::Invalid(error.to_string()),
                    _ => End::Cut,
                });
                return false;
            }
        };
        self.first_after.get_or_insert_with(|| self.since.elapsed());
        if self.reader.is_within_event() && self.split.is_none() {
            self.split = Some(self.tail().to_vec());
        }
        self.received += part.len();
        self.events.extend(self.reader.feed(&part));
        let room = BODY.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&part[..part.len().min(room)]);
        true
    }

    /// Reads until there are this number of events, and takes all; fewer if the body ends or the time is over.
    ///
    /// # Cancel safety
    /// Cancel safe: the next call returns the events of a dropped future.
    pub(super) async fn events(&mut self, count: usize, until: Instant) -> Vec<Event> {
        while self.events.len() < count && self.read(until).await {}
        mem::take(&mut self.events)
    }

    /// Whether an event has begun and not ended.
    pub(super) fn is_within_event(&self) -> bool {
        self.reader.is_within_event()
    }

    /// The last bytes of the body, as far as they are kept.
    pub(super) fn tail(&self) -> &[u8] {
        &self.bytes[self.bytes.len().saturating_sub(TAIL)..]
    }

    /// The body without its head.
    pub(super) fn into_body(self) -> Body {
        self.body
    }
}

/// The number of bytes of a body that are read: a server may send without end.
const LARGEST: usize = 64 << 20;

/// The number of bytes of a body that are kept for the checks of its text.
const BODY: usize = 1 << 20;

/// The number of bytes that a finding shows of the end of a body.
const TAIL: usize = 60;
