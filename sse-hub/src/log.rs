//! The events of one topic, already encoded.

mod bounds;
mod chunk;
mod positions;
mod read;

use std::{collections::VecDeque, mem, ops::Range, time::Instant};

use bytes::Bytes;

pub(crate) use self::bounds::Bounds;
use self::chunk::{ALLOCATION, Chunk, OpenChunk};
use crate::{Position, metrics::Published, pinned::Pinned, work::Work};

/// The events of one topic, already encoded, in the order of their positions.
///
/// It is pure: it has no clock, no waker and no lock. Events are appended to an open chunk. The first reader that wants
/// them seals it, and all readers then share slices of it. Eight chunks of a size become one of the next, up to 32 KiB,
/// so that many small events cost little beside their bytes. Retention drops whole chunks; a slice that a reader holds
/// stays valid.
///
/// No call takes longer because more is kept: work that could is counted as [`Work`], and continues at the next call.
#[derive(Debug)]
pub(crate) struct Log {
    // Boxed, since a queue copies its elements when it grows.
    chunks: VecDeque<Box<Chunk>>,
    open: OpenChunk,
    /// The number of events of the oldest chunk that are already evicted.
    skip: usize,
    /// The number of events in all chunks, without the skipped ones. It may include events that are evicted, but not
    /// yet [released](Self::release).
    events: usize,
    /// The number of events that were ever appended.
    appended: u64,
    bytes: usize,
    /// The memory that the chunks take.
    chunk_memory: usize,
    /// The position of the last evicted event: everything after it is kept.
    floor: Position,
    last: Position,
    /// A chunk was added since the last merge.
    grown: bool,
}

/// How a log keeps its events.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub(crate) bounds: Bounds,
    pub(crate) pinned: Pinned,
}

/// An event's place in a log.
///
/// Once the log has changed, another event may be there, or none; the position shows which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) position: Position,
    chunk: u32,
    event: u32,
}

/// A part of a log, which keeps a chunk of it alive.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) bytes: Bytes,
    /// The size of the chunk.
    pub(crate) keeps: usize,
    pub(crate) events: usize,
    pub(crate) published: Published,
}

/// Consecutive events of a log.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    chunk: &'a Bytes,
    range: Range<usize>,
    /// The position of its last event.
    pub(crate) last: Position,
    pub(crate) events: usize,
    /// When the newest event of the chunk was published.
    pub(crate) published: Published,
}

impl Run<'_> {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.chunk[self.range.clone()]
    }

    pub(crate) fn slice(&self) -> Slice {
        let bytes = self.chunk.slice(self.range.clone());
        let Self { events, published, .. } = *self;
        Slice { bytes, keeps: self.chunk.len(), events, published }
    }
}

impl Log {
    /// Begins a log that has lost everything up to `floor`.
    pub(crate) fn new(floor: Position) -> Self {
        Self {
            chunks: VecDeque::new(),
            open: OpenChunk::default(),
            skip: 0,
            events: 0,
            appended: 0,
            bytes: 0,
            chunk_memory: 0,
            floor,
            last: floor,
            grown: false,
        }
    }

    /// Appends one event, which `write` encodes with its position in its `id:`.
    pub(crate) fn append(
        &mut self,
        position: Position,
        now: Instant,
        rules: &Rules,
        work: &mut Work,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        debug_assert!(position > self.last);
        if self.open.is_closed(position, now, rules.bounds.span()) {
            self.seal(&rules.pinned);
        }
        let before = self.open.len();
        self.open.append(position, now, write);
        self.bytes += self.open.len() - before;
        self.events += 1;
        self.appended += 1;
        self.last = position;
        self.merge(rules, work);
    }

    /// Appends one event that is encoded already. Its bytes are not copied.
    pub(crate) fn append_encoded(
        &mut self,
        position: Position,
        now: Instant,
        rules: &Rules,
        work: &mut Work,
        bytes: Vec<u8>,
    ) {
        debug_assert!(position > self.last);
        self.seal(&rules.pinned);
        self.bytes += bytes.len();
        self.events += 1;
        self.appended += 1;
        self.last = position;
        self.push(Chunk::of(position, now, bytes, &rules.pinned));
        self.merge(rules, work);
    }

    /// Whether the oldest chunk is older than it may be.
    pub(crate) fn is_old(&self, now: Instant, bounds: &Bounds) -> bool {
        let oldest = bounds.age.and_then(|age| now.checked_sub(age));
        let newest = self.chunks.front().map(|chunk| chunk.newest()).or(self.open.newest());
        oldest.zip(newest).is_some_and(|(oldest, newest)| newest < oldest)
    }

    /// Evicts events over the bounds, while steps are left; returns whether there is more.
    pub(crate) fn trim(&mut self, now: Instant, rules: &Rules, work: &mut Work) -> bool {
        let Rules { bounds, pinned } = rules;
        let oldest = bounds.age.and_then(|age| now.checked_sub(age));
        if oldest.is_some_and(|oldest| self.open.newest().is_some_and(|newest| newest < oldest)) {
            self.seal(pinned);
        }
        while let Some(chunk) = self.chunks.front() {
            let old = oldest.is_some_and(|oldest| chunk.newest() < oldest);
            let over = self.bytes - chunk.len() >= bounds.bytes;
            if !old && !over {
                break;
            }
            if work.is_done() {
                return true;
            }
            self.drop_oldest_chunk(work);
        }
        while self.events > bounds.events {
            if work.is_done() {
                return true;
            }
            self.evict_events(self.events - bounds.events, rules, work);
        }
        false
    }

    /// Evicts the oldest chunk, whatever the bounds.
    pub(crate) fn evict_chunk(&mut self, rules: &Rules, work: &mut Work) {
        if self.chunks.is_empty() {
            self.seal(&rules.pinned);
        }
        self.drop_oldest_chunk(work);
    }

    /// Counts everything up to a position as evicted, since a backend has lost it. The memory is kept until it is
    /// [released](Self::release).
    pub(crate) fn raise_floor(&mut self, floor: Position) {
        self.floor = self.floor.max(floor);
        self.last = self.last.max(floor);
    }

    /// Drops events below the floor, while steps are left; returns whether there is more.
    pub(crate) fn release(&mut self, rules: &Rules, work: &mut Work) -> bool {
        if self.open.first().is_some_and(|first| first <= self.floor) {
            self.seal(&rules.pinned);
        }
        while self.chunks.front().is_some_and(|chunk| chunk.last() <= self.floor) {
            if work.is_done() {
                return true;
            }
            self.drop_oldest_chunk(work);
        }
        if let Some(chunk) = self.chunks.front() {
            let gone = chunk.count_up_to(self.floor).saturating_sub(self.skip);
            self.skip += gone;
            self.events -= gone;
        }
        false
    }

    /// Drops everything at once, after the lock is released; the log begins again. It continues to number its events.
    pub(crate) fn reset(&mut self, floor: Position, work: &mut Work) {
        let new = Self { appended: self.appended, ..Self::new(floor) };
        let old = mem::replace(self, new);
        if old.bytes > 0 {
            work.drop_later(Box::new(old));
        }
    }

    /// Returns the position of the oldest event.
    pub(crate) fn oldest(&self) -> Option<Position> {
        self.next_after(self.floor)
    }

    /// Returns the position of the newest event, even if it is evicted.
    pub(crate) fn last(&self) -> Position {
        self.last
    }

    pub(crate) fn floor(&self) -> Position {
        self.floor
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.last <= self.floor
    }

    pub(crate) fn events(&self) -> usize {
        self.events
    }

    /// Returns the bytes of the encoded events.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The memory that it takes beside the struct itself, in bytes: events, indices, and spare capacity.
    pub(crate) fn memory(&self) -> usize {
        let mut capacity = self.chunks.capacity();
        if self.open.events() > 0 && self.chunks.len() == capacity {
            capacity = (2 * capacity).max(4);
        }
        let chunks = capacity * size_of::<Box<Chunk>>() + ALLOCATION;
        chunks + self.chunk_memory + self.open.memory()
    }

    /// Seals the open chunk, so that its bytes can be shared.
    fn seal(&mut self, pinned: &Pinned) {
        if let Some(chunk) = self.open.seal(pinned) {
            self.push(chunk);
        }
    }

    fn push(&mut self, mut chunk: Chunk) {
        chunk.before = self.appended - chunk.events() as u64;
        self.chunk_memory += chunk.memory();
        self.chunks.push_back(Box::new(chunk));
        self.grown = true;
    }

    /// Merges chunks. Readers do not call it, since they may read many logs at once.
    fn merge(&mut self, rules: &Rules, work: &mut Work) {
        if !mem::take(&mut self.grown) {
            return;
        }
        // The newest chunk is not merged: readers that keep up read it from its start.
        let Some(newest) = self.chunks.pop_back() else { return };
        let span = rules.bounds.span();
        while let Some(start) = self.chunks.len().checked_sub(MERGE) {
            // `make_contiguous` may move all chunks of the log.
            let chunks = self.chunks.range(start..).map(Box::as_ref);
            let Some(merged) = Chunk::merge(chunks, span, &rules.pinned) else { break };
            work.spend(merged.len() / 64);
            self.chunk_memory += merged.memory();
            for chunk in self.chunks.drain(start..) {
                self.chunk_memory -= chunk.memory();
            }
            self.chunks.push_back(Box::new(merged));
        }
        self.chunks.push_back(newest);
    }

    fn drop_oldest_chunk(&mut self, work: &mut Work) {
        let Some(chunk) = self.chunks.pop_front() else { return };
        self.events -= chunk.events() - mem::take(&mut self.skip);
        self.floor = self.floor.max(chunk.last());
        self.bytes -= chunk.len();
        self.chunk_memory -= chunk.memory();
        if self.chunks.is_empty() {
            self.chunks.shrink_to_fit();
        }
        work.spend(4);
        if chunk.len() > chunk::MAX_BYTES {
            work.drop_later(chunk);
        }
    }

    /// Evicts some events of the oldest chunk, at most all of them.
    fn evict_events(&mut self, events: usize, rules: &Rules, work: &mut Work) {
        if self.chunks.is_empty() {
            self.seal(&rules.pinned);
        }
        let Some(chunk) = self.chunks.front() else { return };
        if self.skip + events >= chunk.events() {
            self.drop_oldest_chunk(work);
            return;
        }
        self.skip += events;
        self.events -= events;
        self.floor = chunk.position(self.skip - 1).unwrap_or(self.floor).max(self.floor);
    }
}

/// The largest event that a log can hold, in bytes, whatever the limits: a chunk's index has 32 bits.
pub(crate) const MAX_EVENT_BYTES: usize = 1 << 30;

/// The number of chunks of a level that become one of the next.
const MERGE: usize = 8;

#[cfg(test)]
mod tests;
