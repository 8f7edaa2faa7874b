//! The events of one topic, already encoded.

mod chunk;
mod positions;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use bytes::Bytes;

use self::chunk::{Chunk, Tail};
use crate::{Position, Retention};

/// The events of one topic, already encoded, in the order of their positions.
///
/// Pure: no clock, no waker, no lock. Events are appended to an open tail. The first reader that
/// wants them seals the tail into a chunk, of which all readers then share slices; eight chunks of a
/// size become one of the next, up to 32 KiB, so that many small events cost little beside their
/// bytes. What retention lets go is dropped in whole chunks; a slice that a reader holds stays valid.
#[derive(Debug)]
pub(crate) struct Log {
    chunks: VecDeque<Chunk>,
    tail: Tail,
    /// How many events of the oldest chunk retention has let go of already.
    skip: usize,
    events: usize,
    bytes: usize,
    /// Of the last event that retention has let go of: everything after it is here.
    floor: Position,
    last: Position,
}

/// An event's place in a log, valid until the log changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    chunk: usize,
    event: usize,
}

/// Consecutive events of a log.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) bytes: Bytes,
    /// Of the last event in it.
    pub(crate) last: Position,
    events: usize,
}

impl Log {
    /// Begins a log that has lost everything up to `floor`.
    pub(crate) fn new(floor: Position) -> Self {
        Self {
            chunks: VecDeque::new(),
            tail: Tail::default(),
            skip: 0,
            events: 0,
            bytes: 0,
            floor,
            last: floor,
        }
    }

    /// Appends one event, which `write` encodes with its position in its `id:`.
    pub(crate) fn append(
        &mut self,
        position: Position,
        now: Instant,
        retention: &Retention,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        debug_assert!(position > self.last);
        if self.tail.is_closed(position, now, retention.span()) {
            self.seal(retention);
        }
        let before = self.tail.len();
        self.tail.append(position, now, write);
        self.bytes += self.tail.len() - before;
        self.events += 1;
        self.last = position;
    }

    /// Lets go of what is over the bounds; returns how many bytes.
    pub(crate) fn trim(&mut self, now: Instant, retention: &Retention) -> usize {
        let before = self.bytes;
        let oldest = retention.age.and_then(|age| now.checked_sub(age));
        if oldest.is_some_and(|oldest| self.tail.newest().is_some_and(|newest| newest < oldest)) {
            self.seal(retention);
        }
        while let Some(chunk) = self.chunks.front() {
            let old = oldest.is_some_and(|oldest| chunk.newest() < oldest);
            let over = self.bytes - chunk.len() >= retention.bytes;
            if !old && !over {
                break;
            }
            self.drop_oldest_chunk();
        }
        while self.events > retention.events {
            let over = self.events - retention.events;
            self.let_go(over, retention);
        }
        before - self.bytes
    }

    /// Lets go of the oldest chunk, whatever the bounds; returns how many bytes.
    pub(crate) fn trim_oldest(&mut self, retention: &Retention) -> usize {
        if self.chunks.is_empty() {
            self.seal(retention);
        }
        self.drop_oldest_chunk()
    }

    /// Lets go of everything up to a position: a backend has lost it.
    pub(crate) fn raise_floor(&mut self, floor: Position, retention: &Retention) {
        self.seal(retention);
        while self.chunks.front().is_some_and(|chunk| chunk.last() <= floor) {
            self.drop_oldest_chunk();
        }
        if let Some(chunk) = self.chunks.front() {
            let gone = chunk.count_up_to(floor).saturating_sub(self.skip);
            self.skip += gone;
            self.events -= gone;
        }
        self.floor = self.floor.max(floor);
        self.last = self.last.max(floor);
    }

    /// The next events after a position, in one slice: whole events of one chunk, at least one, up
    /// to about `max` bytes, and none from `before` on.
    pub(crate) fn run_after(
        &mut self,
        after: Position,
        before: Option<Position>,
        max: usize,
        retention: &Retention,
    ) -> Option<Run> {
        if after >= self.last {
            return None;
        }
        self.seal(retention);
        let at = self.chunk_after(after);
        let chunk = self.chunks.get(at)?;
        let skip = if at == 0 { self.skip } else { 0 };
        chunk.run(chunk.count_up_to(after).max(skip), before, max)
    }

    /// The next event after a position: where it stands, and its place. Seals the tail.
    pub(crate) fn place_after(
        &mut self,
        after: Position,
        retention: &Retention,
    ) -> Option<(Position, Place)> {
        if after >= self.last {
            return None;
        }
        self.seal(retention);
        let chunk = self.chunk_after(after);
        let skip = if chunk == 0 { self.skip } else { 0 };
        let event = self.chunks.get(chunk)?.count_up_to(after).max(skip);
        self.event_at(Place { chunk, event })
    }

    /// As [`run_after`](Self::run_after), from a place on; and the event that follows.
    pub(crate) fn run_at(
        &self,
        place: Place,
        before: Option<Position>,
        max: usize,
    ) -> Option<(Run, Option<(Position, Place)>)> {
        let chunk = self.chunks.get(place.chunk)?;
        let run = chunk.run(place.event, before, max)?;
        let next = Place { event: place.event + run.events, ..place };
        let next = self
            .event_at(next)
            .or_else(|| self.event_at(Place { chunk: place.chunk + 1, event: 0 }));
        Some((run, next))
    }

    fn event_at(&self, place: Place) -> Option<(Position, Place)> {
        Some((self.chunks.get(place.chunk)?.position(place.event)?, place))
    }

    /// Where the next event after a position stands.
    pub(crate) fn next_after(&self, after: Position) -> Option<Position> {
        if after >= self.last {
            return None;
        }
        let at = self.chunk_after(after);
        let Some(chunk) = self.chunks.get(at) else {
            return self.tail.position(self.tail.count_up_to(after));
        };
        let skip = if at == 0 { self.skip } else { 0 };
        chunk.position(chunk.count_up_to(after).max(skip))
    }

    /// The first chunk that has an event after a position; behind the last if none has.
    fn chunk_after(&self, after: Position) -> usize {
        // Most readers have read all but the newest.
        let mut newest = self.chunks.iter().rev();
        if let (Some(last), Some(before)) = (newest.next(), newest.next())
            && before.last() <= after
        {
            return self.chunks.len() - usize::from(after < last.last());
        }
        self.chunks.partition_point(|chunk| chunk.last() <= after)
    }

    /// The newest event, if it stands after a position.
    pub(crate) fn newest_after(&mut self, after: Position, retention: &Retention) -> Option<Run> {
        if after >= self.last || self.events == 0 {
            return None;
        }
        self.seal(retention);
        let chunk = self.chunks.back()?;
        chunk.run(chunk.events() - 1, None, 1)
    }

    /// How many events stand after a position.
    pub(crate) fn events_after(&self, after: Position) -> usize {
        let chunks = self.chunks.iter().enumerate().rev();
        let mut events = self.tail.events() - self.tail.count_up_to(after);
        for (at, chunk) in chunks {
            let skip = if at == 0 { self.skip } else { 0 };
            let before = chunk.count_up_to(after).max(skip);
            events += chunk.events() - before;
            if before > skip {
                break;
            }
        }
        events
    }

    /// Where the newest `count` events stand, newest first.
    pub(crate) fn newest_positions(&self, count: usize) -> Vec<Position> {
        let tail = (0..self.tail.events()).rev().filter_map(|at| self.tail.position(at));
        let chunks = self.chunks.iter().enumerate().rev().flat_map(|(at, chunk)| {
            let skip = if at == 0 { self.skip } else { 0 };
            (skip..chunk.events()).rev().filter_map(|at| chunk.position(at))
        });
        tail.chain(chunks).take(count).collect()
    }

    /// Where the oldest event stands.
    pub(crate) fn oldest(&self) -> Option<Position> {
        self.next_after(self.floor)
    }

    /// Where the newest event stands or has stood.
    pub(crate) fn last(&self) -> Position {
        self.last
    }

    pub(crate) fn floor(&self) -> Position {
        self.floor
    }

    pub(crate) fn events(&self) -> usize {
        self.events
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Closes the tail, so that its bytes can be shared.
    fn seal(&mut self, retention: &Retention) {
        if let Some(chunk) = self.tail.seal() {
            // Not with the new one, which those who have read all before it read from its start.
            self.merge(retention.span());
            self.chunks.push_back(chunk);
        }
    }

    fn merge(&mut self, span: Option<Duration>) {
        while let Some(start) = self.chunks.len().checked_sub(MERGE) {
            // Not `make_contiguous`, which may move all chunks of the log.
            let Some(merged) = Chunk::merge(self.chunks.range(start..), span) else {
                return;
            };
            self.chunks.truncate(start);
            self.chunks.push_back(merged);
        }
    }

    fn drop_oldest_chunk(&mut self) -> usize {
        let Some(chunk) = self.chunks.pop_front() else { return 0 };
        self.events -= chunk.events() - std::mem::take(&mut self.skip);
        self.floor = self.floor.max(chunk.last());
        self.bytes -= chunk.len();
        chunk.len()
    }

    /// Lets go of some events of the oldest chunk, at most all of them.
    fn let_go(&mut self, events: usize, retention: &Retention) {
        if self.chunks.is_empty() {
            self.seal(retention);
        }
        let Some(chunk) = self.chunks.front() else { return };
        if self.skip + events >= chunk.events() {
            self.drop_oldest_chunk();
            return;
        }
        self.skip += events;
        self.events -= events;
        self.floor = chunk.position(self.skip - 1).unwrap_or(self.floor);
    }
}

/// The largest event that a log can hold, in bytes, whatever the limits: a chunk's index has 32 bits.
pub(crate) const MAX_EVENT_BYTES: usize = 1 << 30;

/// So many chunks of a level become one of the next.
const MERGE: usize = 8;

#[cfg(test)]
mod tests;
