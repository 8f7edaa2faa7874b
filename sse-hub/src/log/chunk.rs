//! Events whose bytes are contiguous.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{MERGE, Run, positions::Positions};
use crate::{
    Position,
    metrics::Published,
    pinned::{Lease, Pinned},
};

/// A sealed chunk, to which no events are added.
///
/// The index has 8 bytes per event, or 12 if positions have two halves: 4 for the event's end, and the rest for its
/// position.
#[derive(Debug)]
pub(super) struct Chunk {
    bytes: Bytes,
    ends: Box<[u32]>,
    positions: Positions,
    first: Position,
    last: Position,
    oldest: Instant,
    newest: Instant,
    /// The number of merges that it results from.
    level: u8,
    /// The number of events that the log had before.
    pub(super) before: u64,
    #[expect(dead_code, reason = "its drop counts")]
    lease: Option<Lease>,
}

/// The open chunk, to which events are added.
#[derive(Debug, Default)]
pub(super) struct OpenChunk {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    positions: Positions,
    last: Position,
    times: Option<(Instant, Instant)>,
}

impl OpenChunk {
    /// Appends an event, unless the chunk [is closed](Self::is_closed) to it.
    pub(super) fn append(
        &mut self,
        position: Position,
        now: Instant,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        debug_assert!(self.positions.reach(position));
        self.positions.push(position);
        write(&mut self.bytes);
        self.ends.push(index(self.bytes.len()));
        self.last = position;
        self.times = Some((self.times.map_or(now, |(oldest, _)| oldest), now));
    }

    /// Whether the next event has to begin another chunk.
    pub(super) fn is_closed(
        &self,
        position: Position,
        now: Instant,
        span: Option<Duration>,
    ) -> bool {
        let old =
            |(oldest, _)| span.is_some_and(|span| now.saturating_duration_since(oldest) > span);
        self.bytes.len() >= MAX_BYTES
            || self.times.is_some_and(old)
            || !self.positions.reach(position)
    }

    pub(super) fn seal(&mut self, pinned: &Pinned) -> Option<Chunk> {
        let (oldest, newest) = self.times?;
        let Self { mut bytes, ends, mut positions, last, .. } = std::mem::take(self);
        bytes.shrink_to_fit();
        positions.shrink();
        let first = positions.get(0).unwrap_or(last);
        let (bytes, lease) = pinned.share(bytes);
        let ends = ends.into();
        Some(Chunk {
            bytes,
            ends,
            positions,
            first,
            last,
            oldest,
            newest,
            level: 0,
            before: 0,
            lease,
        })
    }

    /// The memory that it takes beside the struct itself, in bytes. This is no less than that of the sealed chunk that
    /// it becomes, so that a reader never makes the hub evict events.
    pub(super) fn memory(&self) -> usize {
        if self.times.is_none() {
            return 0;
        }
        let index = self.ends.capacity() * size_of::<u32>() + self.positions.memory();
        self.bytes.capacity() + index + CHUNK
    }

    pub(super) fn first(&self) -> Option<Position> {
        self.positions.get(0)
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
        self.positions.get(event)
    }

    pub(super) fn count_up_to(&self, position: Position) -> usize {
        if position >= self.last { self.ends.len() } else { self.positions.count_up_to(position) }
    }
}

/// Converts an offset in a chunk's bytes.
fn index(bytes: usize) -> u32 {
    bytes
        .try_into()
        .expect("a chunk holds at most MAX_BYTES plus one event of at most MAX_EVENT_BYTES")
}

impl Chunk {
    /// Merges chunks of one level; returns `None` if their levels differ, or the result would be too large or cover too
    /// long a time.
    pub(super) fn merge<'a>(
        chunks: impl DoubleEndedIterator<Item = &'a Self> + Clone,
        span: Option<Duration>,
        pinned: &Pinned,
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
        let mut positions = Positions::default();
        for chunk in chunks {
            let mut each = (0..chunk.events()).filter_map(|event| chunk.position(event));
            if !each.all(|position| positions.push(position)) {
                return None;
            }
            let start = index(bytes.len());
            ends.extend(chunk.ends.iter().map(|end| start + end));
            bytes.extend_from_slice(&chunk.bytes);
        }
        positions.shrink();
        let (bytes, lease) = pinned.share(bytes);
        Some(Self {
            bytes,
            ends: ends.into(),
            positions,
            first: first.first,
            last: last.last,
            oldest: first.oldest,
            newest: last.newest,
            level: first.level + 1,
            before: first.before,
            lease,
        })
    }

    /// Returns a chunk of one event.
    pub(super) fn of(position: Position, now: Instant, bytes: Vec<u8>, pinned: &Pinned) -> Self {
        let mut open = OpenChunk::default();
        open.append(position, now, |out| *out = bytes);
        open.seal(pinned).expect("a chunk with an event")
    }

    /// The memory that it takes, in bytes.
    pub(super) fn memory(&self) -> usize {
        let index = size_of_val(&*self.ends) + self.positions.memory();
        self.bytes.len() + index + CHUNK
    }

    /// Returns events from one on: up to `max` bytes but at least one, and none from `before` on.
    pub(super) fn run(&self, from: usize, before: Option<Position>, max: usize) -> Option<Run<'_>> {
        let start = start(&self.ends, from);
        let limit = match before {
            Some(before) if before <= self.last => {
                self.positions.count_from(from, before.previous())
            }
            _ => self.ends.len(),
        };
        let fitting = self.ends[..limit].partition_point(|end| *end as usize <= start + max);
        let to = fitting.max(from + 1).min(limit);
        let end = *self.ends.get(to.checked_sub(1)?)? as usize;
        if to <= from {
            return None;
        }
        let last = if to == self.ends.len() { self.last } else { self.position(to - 1)? };
        let published = Published::at(self.newest);
        Some(Run { chunk: &self.bytes, range: start..end, last, events: to - from, published })
    }

    pub(super) fn position(&self, event: usize) -> Option<Position> {
        self.positions.get(event)
    }

    pub(super) fn count_up_to(&self, position: Position) -> usize {
        if position < self.first {
            return 0;
        }
        if position >= self.last { self.ends.len() } else { self.positions.count_up_to(position) }
    }

    pub(super) fn events(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn first(&self) -> Position {
        self.first
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

/// The bytes that an allocator adds to each allocation.
pub(super) const ALLOCATION: usize = 16;

/// The bytes that a chunk takes beside its events and its index; this includes two reference counts.
const CHUNK: usize = size_of::<Chunk>() + 4 * ALLOCATION + 96;

/// The largest size of a chunk, unless it holds one larger event.
pub(super) const MAX_BYTES: usize = 32 * 1024;
