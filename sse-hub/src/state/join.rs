//! The beginning and the end of a subscription.

use std::{collections::BinaryHeap, mem, time::Instant};

use super::{
    Cursor, Pending, State,
    backlog::{Backlog, Starts},
    begin::Begin,
    cursor::Followed,
};
use crate::{
    Gap, GapReason, OnGap, Position, Start, SubscribeError, TopicName,
    metrics::Progress,
    shared::Waiters,
    state::{Source, topics::Full},
    work::Work,
};

/// The request of a subscription.
#[derive(Debug)]
pub(crate) struct Join<'a> {
    pub(crate) names: &'a [TopicName],
    /// The number of them for which room is still reserved.
    pub(crate) reserved: &'a mut usize,
    pub(crate) last_event_id: Option<&'a str>,
    pub(crate) start: Start,
    /// The starts of topics that have their own, in the order of the names; empty if none has.
    pub(crate) starts: &'a mut Vec<Option<Start>>,
    pub(crate) on_gap: &'a OnGap,
    /// Whether the events that it misses are counted.
    pub(crate) counted: bool,
}

/// A subscription has begun; the gap is set if the client's last event ID cannot be resumed.
#[derive(Debug)]
pub(crate) struct Joined(pub(crate) Option<Gap>);

impl State {
    /// Counts a subscriber that will join its topics soon.
    pub(crate) fn admit(&mut self, limit: usize, now: Instant) -> Result<(), SubscribeError> {
        if self.drained {
            return Err(SubscribeError::Drained);
        }
        self.check_followed(now).map_err(SubscribeError::Background)?;
        if self.subscribers >= limit {
            return Err(SubscribeError::TooManySubscribers { limit });
        }
        self.subscribers += 1;
        Ok(())
    }

    /// Notes that a subscriber is gone, whether it had joined or not.
    pub(crate) fn dismiss(&mut self) {
        self.subscribers -= 1;
    }

    /// Reserves room for those topics that do not exist yet; returns their number.
    pub(crate) fn reserve(&mut self, names: &[TopicName], work: &mut Work) -> Result<usize, Full> {
        let new = names.iter().filter(|name| self.key(name).is_none()).count();
        work.spend(names.len() * 4);
        self.make_room(new, work)?;
        self.reserved += new;
        Ok(new)
    }

    pub(crate) fn cancel_reservation(&mut self, topics: usize) {
        self.reserved -= topics;
    }

    /// Begins a subscription, while steps are left; returns `None` if it has not begun yet.
    pub(crate) fn join(
        &mut self,
        cursor: &mut Cursor,
        join: Join<'_>,
        waiters: &mut Waiters,
    ) -> Option<Joined> {
        let Join { names, reserved, last_event_id, start, starts, on_gap, counted } = join;
        while let Some(name) = names.get(cursor.topics.len()) {
            if waiters.work.is_done() {
                return None;
            }
            let key = self.key(name).unwrap_or_else(|| {
                // Room was made for it when the subscription was asked for.
                if *reserved > 0 {
                    *reserved -= 1;
                    self.reserved -= 1;
                }
                self.begin_topic(name, &mut waiters.work)
            });
            waiters.work.spend(Work::SEARCH);
            self.topics[key].members.insert(cursor.slot);
            self.relist(key, &mut waiters.work);
            cursor.topics.push(Followed { key, progress: Progress::new(counted) });
            self.notify_watchers(key);
        }
        if cursor.pending.is_none() {
            cursor.epoch = self.epoch.clone();
            let position =
                last_event_id.map(|id| self.epoch.position(id).and_then(|it| self.check(it)));
            match position {
                Some(Ok(position)) => {
                    cursor.position = position;
                    return Some(Joined(None));
                }
                None => self.begin(cursor, start, mem::take(starts), None),
                Some(Err(reason)) => {
                    let requested = last_event_id.unwrap_or_default().to_owned();
                    self.begin_with_gap(cursor, reason, requested, on_gap);
                }
            }
        }
        self.find_start(cursor, on_gap, &mut waiters.work)
    }

    /// Whether this epoch can have an event at a position.
    pub(super) fn check(&self, position: Position) -> Result<Position, GapReason> {
        let newest = match self.source {
            Source::Here => self.head,
            Source::Own => self.head.max(self.acknowledged),
            Source::Many => return Ok(position),
        };
        if position > newest { Err(GapReason::Future) } else { Ok(position) }
    }

    /// Begins again, with a gap over everything before the next delivery.
    pub(super) fn begin_with_gap(
        &self,
        cursor: &mut Cursor,
        reason: GapReason,
        requested: String,
        on_gap: &OnGap,
    ) {
        let start = if matches!(on_gap, OnGap::Oldest) { Start::Earliest } else { Start::Live };
        let topics = Vec::with_capacity(cursor.topics.len().min(Work::STEPS));
        let gap = Gap { reason, topics, requested, resumed_at: Position::START, missed: 0 };
        cursor.backlog = None;
        self.begin(cursor, start, Vec::new(), Some(gap));
    }

    fn begin(
        &self,
        cursor: &mut Cursor,
        start: Start,
        starts: Vec<Option<Start>>,
        gap: Option<Gap>,
    ) {
        let left = if let Start::Last(count) = start { count } else { 0 };
        cursor.epoch = self.epoch.clone();
        cursor.pending = Some(Box::new(Pending::Begin(Begin {
            epoch: self.epoch.clone(),
            start,
            horizon: self.head,
            looked_at: 0,
            first: None,
            highest_floor: Position::START,
            starts: Starts::new(starts),
            earliest: None,
            // Whole from the start: growing it would copy it in one hold.
            newest: BinaryHeap::with_capacity(if left > 0 { cursor.topics.len() } else { 0 }),
            left,
            gap,
        })));
    }

    /// Continues the search for the start, while steps are left; returns `None` if there is more to do.
    pub(super) fn find_start(
        &mut self,
        cursor: &mut Cursor,
        on_gap: &OnGap,
        work: &mut Work,
    ) -> Option<Joined> {
        let mut pending = cursor.pending.take();
        let Some(Pending::Begin(begin)) = pending.as_deref_mut() else { return Some(Joined(None)) };
        if begin.epoch != self.epoch {
            // The log was lost meanwhile.
            let gap = begin.gap.take().map(|gap| Gap { topics: Vec::new(), ..gap });
            let starts = mem::take(&mut begin.starts.asked);
            self.begin(cursor, begin.start, starts, gap);
            return None;
        }
        // All subscriptions that begin with the next event begin at the same position, whatever their topics.
        if (begin.start != Start::Live || begin.gap.is_some() || !begin.starts.asked.is_empty())
            && !(self.look_at_topics(&mut cursor.topics, begin, work)
                && self.count_newest(&cursor.topics, begin, work))
        {
            cursor.pending = pending;
            return None;
        }
        cursor.position = begin.first.map_or(begin.horizon, Position::previous);
        if !matches!(on_gap, OnGap::Oldest) {
            // A gap on the way would trigger the policy, so the start is after all of them.
            cursor.position = cursor.position.max(begin.highest_floor);
        }
        if let Some(earliest) = begin.earliest {
            let others = cursor.position;
            let horizon = begin.horizon.max(others);
            cursor.position = others.min(earliest);
            if cursor.position < horizon {
                let starts = Starts { others, ..mem::take(&mut begin.starts) };
                cursor.backlog = Some(Box::new(Backlog { horizon, starts }));
            }
        }
        let Some(mut gap) = begin.gap.take() else { return Some(Joined(None)) };
        gap.resumed_at = cursor.position;
        if matches!(on_gap, OnGap::Snapshot(_)) {
            cursor.position = begin.highest_floor;
        }
        Some(Joined(Some(self.count(gap))))
    }

    /// Searches each topic; returns whether it has searched all.
    fn look_at_topics(
        &mut self,
        topics: &mut [Followed],
        begin: &mut Begin,
        work: &mut Work,
    ) -> bool {
        while let Some(Followed { key, progress }) = topics.get_mut(begin.looked_at) {
            if work.is_done() {
                return false;
            }
            work.spend(1);
            progress.forget();
            self.settle(*key, work);
            let own = begin.starts.asked.get(begin.looked_at).copied().flatten();
            if !begin.starts.asked.is_empty() {
                let own = own.map(|start| self.start_of(*key, start, begin.horizon, work));
                begin.earliest = [begin.earliest, own].into_iter().flatten().min();
                begin.starts.own.push(own);
            }
            let topic = &self.topics[*key];
            begin.highest_floor = begin.highest_floor.max(topic.log.floor());
            if let Some(gap) = &mut begin.gap {
                gap.topics.push(topic.name.clone());
            }
            match begin.start {
                _ if own.is_some() => {}
                Start::Earliest => {
                    work.spend(Work::SEARCH);
                    let oldest = topic.log.oldest().filter(|oldest| *oldest <= begin.horizon);
                    begin.first = [begin.first, oldest].into_iter().flatten().min();
                }
                Start::Last(1..) => {
                    work.spend(Work::SEARCH);
                    let after = begin.horizon.next();
                    let newest = self.with_log(*key, work, |log, rules, _| {
                        log.place_before(after, &rules.pinned)
                    });
                    begin.newest.extend(newest.map(|place| (place, begin.looked_at)));
                }
                Start::Live | Start::Last(_) => {}
            }
            begin.looked_at += 1;
        }
        true
    }

    /// Returns after which position a topic with a start of its own delivers events.
    fn start_of(
        &mut self,
        key: usize,
        start: Start,
        horizon: Position,
        work: &mut Work,
    ) -> Position {
        work.spend(Work::SEARCH);
        let first = self.with_log(key, work, |log, rules, _| match start {
            Start::Live => None,
            Start::Earliest => log.oldest().filter(|oldest| *oldest <= horizon),
            Start::Last(count) => log.oldest_of_newest(count, horizon, &rules.pinned),
        });
        first.map_or(horizon, Position::previous)
    }

    /// Counts the newest events of all topics together, backwards from the last; returns whether it has counted as many
    /// as were asked for.
    fn count_newest(&mut self, topics: &[Followed], begin: &mut Begin, work: &mut Work) -> bool {
        while begin.left > 0
            && let Some((place, topic)) = begin.newest.pop()
        {
            if work.is_done() {
                begin.newest.push((place, topic));
                return false;
            }
            // Its topic's memory, and two ways through the heap take steps.
            work.spend(8);
            let before = self.with_log(topics[topic].key, work, |log, rules, _| {
                let kept = log.floor() < place.position;
                kept.then(|| log.before(place, &rules.pinned))
            });
            // An event that was evicted meanwhile has nothing before it.
            if let Some(before) = before {
                begin.first = Some(place.position);
                begin.left -= 1;
                begin.newest.extend(before.map(|place| (place, topic)));
            }
        }
        true
    }

    /// Ends a subscription, while steps are left; returns whether there is more.
    pub(crate) fn leave(&mut self, cursor: &mut Cursor, waiters: &mut Waiters) -> bool {
        cursor.pending = None;
        while let Some(Followed { key, .. }) = cursor.topics.last().copied() {
            if waiters.work.is_done() {
                return true;
            }
            waiters.work.spend(4);
            cursor.topics.pop();
            self.topics[key].members.remove(&cursor.slot);
            self.relist(key, &mut waiters.work);
            self.notify_watchers(key);
            self.remove_if_idle(key, &mut waiters.work);
        }
        false
    }
}
