//! Events whose bytes stand side by side.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{MERGE, Run};
use crate::Position;

/// Events that no more are added to.
///
/// A position is not stored beside its event: it stands in the event's own `id:`, so the index has
/// 4 bytes an event.
#[derive(Debug)]
pub(super) struct Chunk {
    bytes: Bytes,
    ends: Box<[u32]>,
    first: Position,
    last: Position,
    oldest: Instant,
    newest: Instant,
    /// How often merged.
    level: u8,
}

/// Events that more are added to.
#[derive(Debug, Default)]
pub(super) struct Tail {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    first: Position,
    last: Position,
    times: Option<(Instant, Instant)>,
}

impl Tail {
    pub(super) fn append(
        &mut self,
        position: Position,
        now: Instant,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        write(&mut self.bytes);
        if self.ends.is_empty() {
            self.first = position;
        }
        self.ends.push(index(self.bytes.len()));
        self.last = position;
        self.times = Some((self.times.map_or(now, |(oldest, _)| oldest), now));
    }

    /// Whether the next event begins another tail.
    pub(super) fn is_closed(&self, now: Instant, span: Option<Duration>) -> bool {
        let old =
            |(oldest, _)| span.is_some_and(|span| now.saturating_duration_since(oldest) > span);
        self.bytes.len() >= MAX_BYTES || self.times.is_some_and(old)
    }

    pub(super) fn seal(&mut self) -> Option<Chunk> {
        let (oldest, newest) = self.times?;
        let Self { mut bytes, ends, first, last, .. } = std::mem::take(self);
        bytes.shrink_to_fit();
        Some(Chunk {
            bytes: bytes.into(),
            ends: ends.into(),
            first,
            last,
            oldest,
            newest,
            level: 0,
        })
    }

    pub(super) fn newest(&self) -> Option<Instant> {
        self.times.map(|(_, newest)| newest)
    }

    pub(super) fn events(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn position(&self, event: usize) -> Option<Position> {
        position(&self.bytes, &self.ends, event)
    }

    pub(super) fn count_up_to(&self, position: Position) -> usize {
        count_up_to(&self.bytes, &self.ends, self.last, position)
    }
}

/// Converts an offset in a chunk's bytes.
fn index(bytes: usize) -> u32 {
    bytes
        .try_into()
        .expect("a chunk holds at most MAX_BYTES plus one event of at most MAX_EVENT_BYTES")
}

impl Chunk {
    /// Puts chunks of one level together; `None` if they are of several, or would make too large or
    /// too long-lived a chunk.
    pub(super) fn merge<'a>(
        chunks: impl DoubleEndedIterator<Item = &'a Self> + Clone,
        span: Option<Duration>,
    ) -> Option<Self> {
        let (first, last) = (chunks.clone().next()?, chunks.clone().next_back()?);
        debug_assert_eq!(chunks.clone().count(), MERGE);
        let len = chunks.clone().map(Self::len).sum();
        let long =
            span.is_some_and(|span| last.newest.saturating_duration_since(first.oldest) > span);
        if len > MAX_BYTES || long || chunks.clone().any(|chunk| chunk.level != first.level) {
            return None;
        }
        let mut bytes = Vec::with_capacity(len);
        let mut ends = Vec::with_capacity(chunks.clone().map(Self::events).sum());
        for chunk in chunks {
            let start = index(bytes.len());
            ends.extend(chunk.ends.iter().map(|end| start + end));
            bytes.extend_from_slice(&chunk.bytes);
        }
        Some(Self {
            bytes: bytes.into(),
            ends: ends.into(),
            first: first.first,
            last: last.last,
            oldest: first.oldest,
            newest: last.newest,
            level: first.level + 1,
        })
    }

    /// Events from one on, up to `max` bytes but at least one, and none from `before` on.
    pub(super) fn run(&self, from: usize, before: Option<Position>, max: usize) -> Option<Run> {
        let start = start(&self.ends, from);
        let limit = match before {
            Some(before) => self.count_up_to(before.previous()),
            None => self.ends.len(),
        };
        let fitting = self.ends[..limit].partition_point(|end| *end as usize <= start + max);
        let to = fitting.max(from + 1).min(limit);
        let end = *self.ends.get(to.checked_sub(1)?)? as usize;
        if to <= from {
            return None;
        }
        let last = if to == self.ends.len() { self.last } else { self.position(to - 1)? };
        Some(Run { bytes: self.bytes.slice(start..end), last })
    }

    pub(super) fn position(&self, event: usize) -> Option<Position> {
        position(&self.bytes, &self.ends, event)
    }

    pub(super) fn count_up_to(&self, position: Position) -> usize {
        if position < self.first {
            return 0;
        }
        count_up_to(&self.bytes, &self.ends, self.last, position)
    }

    pub(super) fn events(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn last(&self) -> Position {
        self.last
    }

    pub(super) fn newest(&self) -> Instant {
        self.newest
    }
}

fn start(ends: &[u32], event: usize) -> usize {
    event.checked_sub(1).and_then(|before| ends.get(before)).map_or(0, |end| *end as usize)
}

/// Reads an event's position out of its `id: epoch.position`.
fn position(bytes: &[u8], ends: &[u32], event: usize) -> Option<Position> {
    let end = *ends.get(event)? as usize;
    let mut lines = bytes[start(ends, event)..end].split(|byte| *byte == b'\n');
    let id = std::str::from_utf8(lines.find_map(|line| line.strip_prefix(b"id: "))?).ok()?;
    Position::parse(id.rsplit_once('.')?.1)
}

/// How many events stand at a position or before.
fn count_up_to(bytes: &[u8], ends: &[u32], last: Position, up_to: Position) -> usize {
    if up_to >= last {
        return ends.len();
    }
    let (mut low, mut high) = (0, ends.len());
    while low < high {
        let middle = low.midpoint(high);
        match position(bytes, ends, middle) {
            Some(position) if position <= up_to => low = middle + 1,
            _ => high = middle,
        }
    }
    low
}

/// A chunk is not made larger than this, other than by one large event.
pub(super) const MAX_BYTES: usize = 32 * 1024;
