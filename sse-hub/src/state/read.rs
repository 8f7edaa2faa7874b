//! What comes next for a subscriber.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{AfterGap, Cursor, Next, Slices, State, Topic};
use crate::{Delivery, Gap, GapReason, Position, log::Place, shared::Found};

impl State {
    /// Reads what comes next, about `max` bytes of it.
    pub(crate) fn read(
        &mut self,
        cursor: &mut Cursor,
        delivery: Delivery,
        after_gap: AfterGap,
        max: usize,
    ) -> Found<Next> {
        if cursor.epoch != self.epoch {
            let requested = cursor.epoch.id(cursor.position).to_string();
            let gap = self.skip_all(cursor, GapReason::Foreign, requested, after_gap);
            return Found::Some(Next::Gap(gap));
        }
        let slices = match delivery {
            Delivery::All => self.read_all(cursor, max),
            Delivery::Latest => self.read_latest(cursor),
        };
        if !slices.is_empty() {
            let next = Next::Events(slices);
            let all = !self.is_complete() && self.has_all(cursor);
            return if all { Found::All(next) } else { Found::Some(next) };
        }
        if let Some(gap) = self.read_gap(cursor, after_gap) {
            return Found::Some(Next::Gap(gap));
        }
        if self.is_complete() { Found::Some(Next::End) } else { Found::Nothing }
    }

    /// Whether there is neither an event nor a gap to come, until something changes.
    fn has_all(&self, cursor: &Cursor) -> bool {
        let mut logs = cursor.topics.iter().map(|(key, _)| &self.topics[*key].log);
        logs.all(|log| log.last() <= cursor.position)
    }

    /// Events up to the next gap or the head, merged by position.
    fn read_all(&mut self, cursor: &mut Cursor, max: usize) -> Slices {
        let before = self.next_floor(cursor).map(Position::next);
        match cursor.topics[..] {
            [(key, _)] => self.read_one(cursor, key, before, max),
            _ => self.read_many(cursor, before, max),
        }
    }

    fn read_one(
        &mut self,
        cursor: &mut Cursor,
        key: usize,
        before: Option<Position>,
        max: usize,
    ) -> Slices {
        let mut slices = Slices::new();
        let mut bytes = 0;
        let log = &mut self.topics[key].log;
        while bytes < max
            && let Some(run) = log.run_after(cursor.position, before, max - bytes, &self.retention)
        {
            bytes += run.bytes.len();
            cursor.position = run.last;
            slices.push(run.bytes);
        }
        slices
    }

    /// Each topic is searched once; from then on its place is known, and the earliest is taken from a heap.
    fn read_many(&mut self, cursor: &mut Cursor, before: Option<Position>, max: usize) -> Slices {
        let has_turn = |(position, _): &(Position, Place)| before.is_none_or(|it| *position < it);
        let mut heads = BinaryHeap::with_capacity(cursor.topics.len());
        for (key, _) in &cursor.topics {
            let next = self.topics[*key].log.place_after(cursor.position, &self.retention);
            if let Some((position, place)) = next.filter(has_turn) {
                heads.push(Reverse((position, *key, place)));
            }
        }
        let mut slices = Slices::new();
        let mut bytes = 0;
        while bytes < max
            && slices.len() < MAX_RUNS
            && let Some(Reverse((_, key, place))) = heads.pop()
        {
            let other = heads.peek().map(|Reverse((position, ..))| *position);
            let before = other.or(before);
            let run = self.topics[key].log.run_at(place, before, max - bytes);
            let Some((run, next)) = run else { break };
            bytes += run.bytes.len();
            cursor.position = run.last;
            slices.push(run.bytes);
            if let Some((position, place)) = next.filter(has_turn) {
                heads.push(Reverse((position, key, place)));
            }
        }
        slices
    }

    /// The newest event of each topic that has a new one.
    fn read_latest(&mut self, cursor: &mut Cursor) -> Slices {
        let mut newest: Vec<_> = cursor
            .topics
            .iter()
            .filter_map(|(key, _)| {
                self.topics[*key].log.newest_after(cursor.position, &self.retention)
            })
            .collect();
        newest.sort_unstable_by_key(|run| run.last);
        if let Some(run) = newest.last() {
            cursor.position = run.last;
        }
        newest.into_iter().map(|run| run.bytes).collect()
    }

    /// The lowest floor that the client has to be told of.
    fn next_floor(&self, cursor: &Cursor) -> Option<Position> {
        let floors = cursor.topics.iter().map(|(key, _)| self.topics[*key].log.floor());
        floors.filter(|floor| cursor.misses(*floor)).min()
    }

    fn read_gap(&mut self, cursor: &mut Cursor, after_gap: AfterGap) -> Option<Gap> {
        self.next_floor(cursor)?;
        let requested = self.epoch.id(cursor.position).to_string();
        let logs = || cursor.topics.iter().map(|(key, _)| &self.topics[*key]);
        let next = |topic: &Topic| topic.log.next_after(cursor.position);
        let (topics, resumed_at): (Vec<_>, _) = if after_gap == AfterGap::Oldest {
            // All gaps before the next event are one.
            let event = logs().filter_map(next).min();
            let told = |topic: &&Topic| {
                let floor = topic.log.floor();
                cursor.misses(floor) && event.is_none_or(|event| floor < event)
            };
            let resumed_at = logs().filter(told).map(|topic| topic.log.floor()).max();
            (logs().filter(told).collect(), resumed_at.unwrap_or(cursor.position))
        } else {
            let lost = |topic: &&Topic| cursor.misses(topic.log.floor()) || next(topic).is_some();
            (logs().filter(lost).collect(), self.head)
        };
        let topics = topics.into_iter().map(|topic| topic.name.clone()).collect();
        cursor.position = match after_gap {
            AfterGap::Snapshot => self.highest_floor(cursor),
            _ => resumed_at,
        };
        Some(self.count(Gap { reason: GapReason::Trimmed, topics, requested, resumed_at }))
    }

    pub(super) fn count(&mut self, gap: Gap) -> Gap {
        *self.gaps.entry(gap.reason).or_default() += 1;
        gap
    }

    /// Goes on after a snapshot, which reflects everything up to a position. It was asked for behind
    /// the floors of that time, so that an older one does not ask for the next.
    pub(crate) fn resume_after_snapshot(&self, cursor: &mut Cursor, position: Position) {
        // In another life the position means nothing: the next read says so.
        if cursor.epoch == self.epoch {
            cursor.position = cursor.position.max(position.min(self.head));
        }
    }

    pub(super) fn highest_floor(&self, cursor: &Cursor) -> Position {
        let floors = cursor.topics.iter().map(|(key, _)| self.topics[*key].log.floor());
        floors.max().unwrap_or_default()
    }

    /// How many events a subscriber has still to get.
    pub(crate) fn lag(&self, cursor: &Cursor) -> usize {
        let logs = cursor.topics.iter().map(|(key, _)| &self.topics[*key].log);
        logs.map(|log| log.events_after(cursor.position)).sum()
    }
}

/// A read ends after this many runs, each of which is at least one event of another topic than the one before:
/// the lock is released, and the next read continues.
const MAX_RUNS: usize = 512;
