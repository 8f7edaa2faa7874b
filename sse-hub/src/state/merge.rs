//! The events of several topics in one order.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

use super::{AfterGap, Cursor, Next, Pending, Slices, State};
use crate::{
    Delivery, Position, TopicName,
    log::Place,
    shared::{Found, Waiters},
    work::Work,
};

/// The next event of each of a subscriber's topics, the earliest first.
///
/// It is kept from one read to the next, so that each topic is searched once. Only events up to the
/// horizon come from it: a topic that was looked at may have later ones by now. What is evicted meanwhile is
/// noticed when its turn comes, since an event's topic then has a floor at its position or behind.
#[derive(Debug)]
pub(super) struct Merge {
    /// Where the newest event stood at the beginning.
    horizon: Position,
    /// Up to where all topics had lost everything.
    lost: Position,
    /// How many of the topics were looked at.
    looked_at: usize,
    heads: BinaryHeap<Reverse<Head>>,
    highest_floor: Position,
    /// The topics of a gap, while it is put together.
    told: Vec<TopicName>,
    told_up_to: Position,
    /// The subscriber has waited since the beginning, and nobody has woken it.
    waits: bool,
}

/// What comes next of one topic.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    position: Position,
    topic: usize,
    /// Of the event; the end of a gap has none.
    place: Option<Place>,
}

impl State {
    /// Reads from several topics, or tells what they have lost: as far as steps are left.
    pub(super) fn read_many(
        &mut self,
        cursor: &mut Cursor,
        delivery: Delivery,
        after_gap: AfterGap,
        max: usize,
        waiters: &mut Waiters,
    ) -> Found<Next> {
        let mut merge = match cursor.pending.take().map(|pending| *pending) {
            Some(Pending::Merge(merge)) if merge.lost == self.lost => merge,
            _ => Merge::new(self.head, self.lost),
        };
        let begins = merge.looked_at == 0;
        merge.waits &= waiters.is_armed(cursor.slot);
        let found = self.go_on(&mut merge, cursor, delivery, after_gap, max, &mut waiters.work);
        let is_over = merge.heads.is_empty() && merge.looked_at == cursor.topics.len();
        match found {
            Some(Next::Events(slices)) => {
                let all = is_over && merge.horizon == self.head && !self.is_complete();
                if !is_over {
                    cursor.pending = Some(Box::new(Pending::Merge(merge)));
                }
                let next = Next::Events(slices);
                if all { Found::All(next) } else { Found::Some(next) }
            }
            Some(next) => Found::Some(next),
            None if !is_over => {
                merge.waits |= begins;
                cursor.pending = Some(Box::new(Pending::Merge(merge)));
                Found::More
            }
            None if !(begins || merge.waits || merge.horizon == self.head) => Found::More,
            None if self.is_complete() => Found::Some(Next::End),
            None => Found::Nothing,
        }
    }

    /// `None` if nothing was found, or nothing yet.
    fn go_on(
        &mut self,
        merge: &mut Merge,
        cursor: &mut Cursor,
        delivery: Delivery,
        after_gap: AfterGap,
        max: usize,
        work: &mut Work,
    ) -> Option<Next> {
        while let Some(key) = cursor.topics.get(merge.looked_at) {
            if work.is_done() {
                return None;
            }
            self.look_at(*key, merge, cursor.position, delivery, work);
            merge.looked_at += 1;
        }
        if merge.told.is_empty() {
            let slices = self.take_events(merge, &mut cursor.position, delivery, max, work);
            if !slices.is_empty() {
                return Some(Next::Events(slices));
            }
        }
        if work.is_done() || merge.told.is_empty() && merge.heads.is_empty() {
            return None;
        }
        let resumed_at = self.gather_gap(merge, delivery, after_gap, work)?;
        let topics = std::mem::take(&mut merge.told);
        let gap = self.trimmed(cursor.position, topics, resumed_at);
        cursor.position = match after_gap {
            AfterGap::Snapshot => merge.highest_floor,
            _ => resumed_at,
        };
        Some(Next::Gap(gap))
    }

    /// Looks for the next event of a topic, or what it has lost.
    fn look_at(
        &mut self,
        key: usize,
        merge: &mut Merge,
        after: Position,
        delivery: Delivery,
        work: &mut Work,
    ) {
        work.take(1);
        self.settle(key, work);
        let log = &self.topics[key].log;
        let floor = log.floor();
        merge.highest_floor = merge.highest_floor.max(floor);
        let misses = floor > after;
        if misses && (delivery == Delivery::All || log.is_empty()) {
            merge.push(Head { position: floor, topic: key, place: None });
        } else if log.last() > after {
            work.take(Work::SEARCH);
            let place = self.with_log(key, work, |log, rules, _| match delivery {
                Delivery::All => log.place_after(after, &rules.pinned),
                Delivery::Latest => log.place_before(log.last().next(), &rules.pinned),
            });
            if let Some(place) = place {
                merge.push(Head { position: place.position, topic: key, place: Some(place) });
            }
        }
    }

    /// Takes the next events, up to about `max` bytes or a gap.
    fn take_events(
        &mut self,
        merge: &mut Merge,
        position: &mut Position,
        delivery: Delivery,
        max: usize,
        work: &mut Work,
    ) -> Slices {
        let mut slices = Slices::new();
        let mut bytes = 0;
        while bytes < max
            && !work.is_done()
            && let Some(Reverse(Head { topic, place: Some(place), .. })) = merge.heads.peek()
        {
            let (topic, place) = (*topic, *place);
            merge.heads.pop();
            // For the event itself, for its bytes, and for its way through the heap.
            work.take(6);
            self.settle(topic, work);
            let floor = self.topics[topic].log.floor();
            if floor >= place.position {
                let none_left = self.topics[topic].log.is_empty();
                if delivery == Delivery::All || none_left {
                    merge.push(Head { position: floor, topic, place: None });
                }
                continue;
            }
            let before = merge.heads.peek().map_or(merge.horizon.next(), |head| head.0.position);
            let log = &self.topics[topic].log;
            let run = match delivery {
                Delivery::All => {
                    let Some(run) = log.run_at(place, Some(before), max - bytes) else {
                        // It stands elsewhere by now.
                        self.look_at(topic, merge, place.position.previous(), delivery, work);
                        continue;
                    };
                    Some(run)
                }
                // A newer one comes next time.
                Delivery::Latest if log.last() > place.position => None,
                Delivery::Latest => self.with_log(topic, work, |log, rules, _| {
                    log.newest_after(*position, &rules.pinned).map(|run| (run, None))
                }),
            };
            let Some((run, next)) = run else { continue };
            bytes += run.slice.bytes.len();
            *position = run.last;
            slices.push(run.slice);
            if let Some(place) = next {
                merge.push(Head { position: place.position, topic, place: Some(place) });
            }
        }
        slices
    }

    /// Gathers the topics of a gap; returns where to go on after it, `None` if there is more to do.
    fn gather_gap(
        &mut self,
        merge: &mut Merge,
        delivery: Delivery,
        after_gap: AfterGap,
        work: &mut Work,
    ) -> Option<Position> {
        // All gaps before the next event are one; or else everything is passed over.
        let oldest = after_gap == AfterGap::Oldest;
        while let Some(Reverse(head)) = merge.heads.peek()
            && (!oldest || head.place.is_none())
        {
            if work.is_done() {
                return None;
            }
            work.take(2);
            let (key, position) = (head.topic, head.position);
            merge.heads.pop();
            merge.told.push(self.topics[key].name.clone());
            merge.told_up_to = position;
            if oldest {
                self.look_at(key, merge, position, delivery, work);
            }
        }
        Some(if oldest { merge.told_up_to } else { merge.horizon })
    }
}

impl Merge {
    fn new(horizon: Position, lost: Position) -> Self {
        Self {
            horizon,
            lost,
            looked_at: 0,
            heads: BinaryHeap::new(),
            highest_floor: Position::START,
            told: Vec::new(),
            told_up_to: Position::START,
            waits: false,
        }
    }

    /// What is behind the horizon is for the next merge.
    fn push(&mut self, head: Head) {
        if head.position <= self.horizon {
            self.heads.push(Reverse(head));
        }
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.position, self.topic).cmp(&(other.position, other.topic))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
