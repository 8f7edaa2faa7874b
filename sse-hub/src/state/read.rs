//! Reads what comes next for a subscriber.

use super::{Cursor, Next, Pending, Slices, State, cursor::Followed, join::Joined};
use crate::{
    Delivery, Gap, GapReason, OnGap, Position,
    shared::{Found, Waiters},
    work::Work,
};

impl State {
    /// Reads what comes next, about `max` bytes of it.
    pub(crate) fn read(
        &mut self,
        cursor: &mut Cursor,
        delivery: Delivery,
        on_gap: &OnGap,
        max: usize,
        waiters: &mut Waiters,
    ) -> Found<Next> {
        // A search that has begun keeps its gap, whatever else is lost meanwhile.
        let begun = matches!(cursor.pending.as_deref(), Some(Pending::Begin(_)));
        if cursor.epoch != self.epoch && !begun {
            let requested = cursor.requested();
            self.begin_with_gap(cursor, GapReason::Foreign, requested, on_gap);
        }
        if let Some(Pending::Begin(_)) = cursor.pending.as_deref() {
            return match self.find_start(cursor, on_gap, &mut waiters.work) {
                Some(Joined(Some(gap))) => Found::More(Next::Gap(gap)),
                // The log was lost before the search began, or again.
                Some(Joined(None)) | None => Found::Undecided,
            };
        }
        match cursor.topics[..] {
            [Followed { key, .. }] => {
                self.read_one(cursor, key, delivery, on_gap, max, &mut waiters.work)
            }
            _ => self.read_many(cursor, delivery, on_gap, max, waiters),
        }
    }

    /// Reads from one topic, as most subscribers do.
    fn read_one(
        &mut self,
        cursor: &mut Cursor,
        key: usize,
        delivery: Delivery,
        on_gap: &OnGap,
        max: usize,
        work: &mut Work,
    ) -> Found<Next> {
        let Cursor { position, topics, .. } = cursor;
        let progress = &mut topics[0].progress;
        let (slices, floor, last) = self.with_log(key, work, |log, rules, work| {
            let mut slices = Slices::new();
            if delivery == Delivery::Latest {
                if let Some(run) = log.newest_after(*position, &rules.pinned) {
                    *position = run.last;
                    slices.push(run.slice());
                }
            } else if log.floor() <= *position {
                progress.begin(|| {
                    work.spend(Work::SEARCH);
                    log.number_after(*position)
                });
                let mut bytes = 0;
                while bytes < max
                    && !work.is_done()
                    && let Some(run) = log.run_after(*position, None, max - bytes, &rules.pinned)
                {
                    work.spend(Work::SEARCH);
                    bytes += run.bytes().len();
                    progress.advance(run.events);
                    *position = run.last;
                    slices.push(run.slice());
                }
            }
            (slices, log.floor(), log.last())
        });
        if !slices.is_empty() {
            let all = !self.is_over(key) && last <= *position;
            let next = Next::Events(slices);
            return if all { Found::Last(next) } else { Found::More(next) };
        }
        if !cursor.misses(floor) {
            return if self.is_over(key) { Found::More(Next::End) } else { Found::Nothing };
        }
        let resumed_at = if matches!(on_gap, OnGap::Oldest) { floor } else { self.head };
        let topic = &self.topics[key];
        let missed = cursor.topics[0].miss(&topic.log, resumed_at, work);
        let topics = vec![topic.name.clone()];
        let gap = self.trimmed(cursor, topics, resumed_at, missed);
        cursor.position = if matches!(on_gap, OnGap::Snapshot(_)) { floor } else { resumed_at };
        Found::More(Next::Gap(gap))
    }

    /// Whether a subscriber of this topic that has read everything ends.
    fn is_over(&self, key: usize) -> bool {
        self.topics[key].ended.is_some() || self.is_complete()
    }

    pub(super) fn trimmed(
        &mut self,
        cursor: &Cursor,
        topics: Vec<crate::TopicName>,
        resumed_at: Position,
        missed: u64,
    ) -> Gap {
        let requested = cursor.requested();
        self.count(Gap { reason: GapReason::Trimmed, topics, requested, resumed_at, missed })
    }

    /// Continues after a snapshot, which reflects everything up to a position. It never continues before the floors of
    /// the time at which the snapshot was requested, so that an older snapshot does not cause another gap.
    pub(crate) fn resume_after_snapshot(&self, cursor: &mut Cursor, position: Position) {
        // In another epoch the position has no meaning; the next read reports the gap.
        if cursor.epoch == self.epoch {
            cursor.position = cursor.position.max(position.min(self.head));
            cursor.pending = None;
        }
    }

    /// Returns how many events a subscriber has yet to receive from `topics` of its topics; `None` if there are no more
    /// topics.
    pub(crate) fn lag(&self, cursor: &Cursor, from: usize, topics: usize) -> Option<usize> {
        let topics = cursor.topics.get(from..)?.iter().zip(from..).take(topics);
        let after = |at| cursor.after(at).max(self.lost);
        let lag: Vec<_> =
            topics.map(|(topic, at)| self.topics[topic.key].log.events_after(after(at))).collect();
        if lag.is_empty() { None } else { Some(lag.into_iter().sum()) }
    }
}
