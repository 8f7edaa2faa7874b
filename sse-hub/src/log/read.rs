//! Reading from a log.

use super::{Log, Place, Run};
use crate::{Position, pinned::Pinned};

impl Log {
    /// Returns the next events after a position in one slice: whole events of one chunk, at least one, up to about
    /// `max` bytes, and none from `before` on.
    pub(crate) fn run_after(
        &mut self,
        after: Position,
        before: Option<Position>,
        max: usize,
        pinned: &Pinned,
    ) -> Option<Run<'_>> {
        let place = self.place_after(after, pinned)?;
        self.chunks[place.chunk as usize].run(place.event as usize, before, max)
    }

    /// Returns the place of the next event after a position. Seals the open chunk.
    pub(crate) fn place_after(&mut self, after: Position, pinned: &Pinned) -> Option<Place> {
        let after = after.max(self.floor);
        if after >= self.last {
            return None;
        }
        self.seal(pinned);
        let chunk = self.chunk_after(after);
        let event = self.chunks.get(chunk)?.count_up_to(after);
        self.place(chunk, event)
    }

    /// As [`run_after`](Self::run_after), from a place on; also returns the place that follows. Returns `None` if the
    /// event is no longer at that place.
    pub(crate) fn run_at(
        &self,
        place: Place,
        before: Option<Position>,
        max: usize,
    ) -> Option<(Run<'_>, Option<Place>)> {
        let (at, event) = (place.chunk as usize, place.event as usize);
        let chunk = self.chunks.get(at)?;
        if chunk.position(event) != Some(place.position) || place.position <= self.floor {
            return None;
        }
        let run = chunk.run(event, before, max)?;
        let next = self.place(at, event + run.events).or_else(|| self.place(at + 1, 0));
        Some((run, next))
    }

    /// Returns the place of the last event before a position. Seals the open chunk.
    pub(crate) fn place_before(&mut self, before: Position, pinned: &Pinned) -> Option<Place> {
        self.seal(pinned);
        let chunks = self.chunks.partition_point(|chunk| chunk.first() < before);
        let chunk = chunks.checked_sub(1)?;
        let event = self.chunks[chunk].count_up_to(before.previous());
        self.place(chunk, event.checked_sub(1)?)
    }

    /// Returns the place of the event before another.
    pub(crate) fn before(&mut self, place: Place, pinned: &Pinned) -> Option<Place> {
        let (chunk, event) = (place.chunk as usize, place.event as usize);
        if self.place(chunk, event) != Some(place) {
            return self.place_before(place.position, pinned);
        }
        match (chunk, event) {
            (chunk, event @ 1..) => self.place(chunk, event - 1),
            (0, 0) => None,
            (chunk, 0) => self.place(chunk - 1, self.chunks[chunk - 1].events() - 1),
        }
    }

    /// The oldest of the newest `count` events up to a position, of those that are kept.
    pub(crate) fn oldest_of_newest(
        &mut self,
        count: usize,
        up_to: Position,
        pinned: &Pinned,
    ) -> Option<Position> {
        let newest = self.place_before(up_to.next(), pinned)?;
        let number = self.chunks[newest.chunk as usize].before + u64::from(newest.event);
        let first = number.saturating_sub(count.checked_sub(1)? as u64);
        let chunks = self.chunks.partition_point(|chunk| chunk.before <= first);
        let kept = chunks.checked_sub(1).and_then(|at| {
            let chunk = &self.chunks[at];
            chunk.position((first - chunk.before) as usize).filter(|first| *first > self.floor)
        });
        kept.or_else(|| self.oldest())
    }

    fn place(&self, chunk: usize, event: usize) -> Option<Place> {
        let position = self.chunks.get(chunk)?.position(event)?;
        let (chunk, event) = (chunk.try_into().ok()?, event.try_into().ok()?);
        (position > self.floor).then_some(Place { position, chunk, event })
    }

    /// Returns the position of the next event after a position.
    pub(crate) fn next_after(&self, after: Position) -> Option<Position> {
        let after = after.max(self.floor);
        if after >= self.last {
            return None;
        }
        match self.chunks.get(self.chunk_after(after)) {
            Some(chunk) => chunk.position(chunk.count_up_to(after)),
            None => self.open.position(self.open.count_up_to(after)),
        }
    }

    /// Returns the index of the first chunk with an event after a position; past the last if none has.
    fn chunk_after(&self, after: Position) -> usize {
        // Most readers have read everything but the newest chunk.
        let mut newest = self.chunks.iter().rev();
        if let (Some(last), Some(before)) = (newest.next(), newest.next())
            && before.last() <= after
        {
            return self.chunks.len() - usize::from(after < last.last());
        }
        self.chunks.partition_point(|chunk| chunk.last() <= after)
    }

    /// Returns the newest event, if it is after a position.
    pub(crate) fn newest_after(&mut self, after: Position, pinned: &Pinned) -> Option<Run<'_>> {
        if after.max(self.floor) >= self.last {
            return None;
        }
        self.seal(pinned);
        let chunk = self.chunks.back()?;
        chunk.run(chunk.events() - 1, None, 1)
    }

    /// Returns the number of events after a position.
    pub(crate) fn events_after(&self, after: Position) -> usize {
        let after = after.max(self.floor);
        match self.chunks.get(self.chunk_after(after)) {
            Some(chunk) => (self.appended - chunk.before) as usize - chunk.count_up_to(after),
            None => self.open.events() - self.open.count_up_to(after),
        }
    }

    /// Returns the number of the next event after a position, counted from the first that was appended. The event may
    /// not exist yet.
    pub(crate) fn number_after(&self, after: Position) -> u64 {
        self.appended - self.events_after(after) as u64
    }
}
