//! Reads the events of several topics in one order.

use std::mem;

use bytes::Bytes;

use super::{
    Cursor, Next, Pending, Slices, State,
    cursor::Followed,
    heads::{self, Head},
    merge::Merge,
};
use crate::{
    Delivery, OnGap, Position,
    log::{Run, Slice},
    metrics::Published,
    shared::{Found, Waiters},
    work::Work,
};

impl State {
    /// Reads from several topics, or reports what they have lost, while steps are left.
    pub(super) fn read_many(
        &mut self,
        cursor: &mut Cursor,
        delivery: Delivery,
        on_gap: &OnGap,
        max: usize,
        waiters: &mut Waiters,
    ) -> Found<Next> {
        let (mut merge, begins) = match cursor.pending.take().map(|pending| *pending) {
            Some(Pending::Merge(merge)) if merge.lost == self.lost => (merge, false),
            pending => {
                let horizon = cursor.backlog.as_ref().map_or(self.head, |backlog| backlog.horizon);
                let mut merge = Merge::new(horizon, self.lost, cursor.topics.len(), delivery);
                if let Some(Pending::Merge(before)) = pending {
                    merge.missed = before.missed;
                }
                (merge, true)
            }
        };
        merge.waits &= waiters.is_armed(cursor.slot);
        let found = self.go_on(&mut merge, cursor, on_gap, max, &mut waiters.work);
        // The next merge notices that they have ended after the horizon.
        let ended = merge.ended == cursor.topics.len();
        let is_over = merge.heads.is_empty() && merge.looked_at == cursor.topics.len();
        let in_backlog = cursor.backlog.is_some();
        if is_over && let Some(backlog) = cursor.backlog.take() {
            cursor.position = cursor.position.max(backlog.horizon);
            waiters.work.drop_later(backlog);
        }
        match found {
            Some(Next::Events(slices)) => {
                let all = is_over && merge.horizon == self.head && !ended && !self.is_complete();
                if !is_over {
                    cursor.pending = Some(Box::new(Pending::Merge(merge)));
                }
                let next = match in_backlog {
                    true => Next::Backlog(slices, cursor.id()),
                    false => Next::Events(slices),
                };
                if all { Found::Last(next) } else { Found::More(next) }
            }
            Some(next) => Found::More(next),
            None if !is_over => {
                merge.waits |= begins;
                cursor.pending = Some(Box::new(Pending::Merge(merge)));
                Found::Undecided
            }
            None if ended && merge.last_end <= merge.horizon => Found::More(Next::End),
            None if ended => Found::Undecided,
            // Its topics may have events after the horizon. A slot that was armed is woken for them, but perhaps
            // only later, by a sweep, and a drain must not end the subscription before it has read them.
            None if merge.horizon != self.head && (!merge.waits || self.is_complete()) => {
                Found::Undecided
            }
            None if self.is_complete() => Found::More(Next::End),
            None => Found::Nothing,
        }
    }

    /// Returns `None` if nothing was found, or not yet.
    fn go_on(
        &mut self,
        merge: &mut Merge,
        cursor: &mut Cursor,
        on_gap: &OnGap,
        max: usize,
        work: &mut Work,
    ) -> Option<Next> {
        while let Some(Followed { key, .. }) = cursor.topics.get(merge.looked_at).copied() {
            if work.is_done() {
                return None;
            }
            let after = cursor.after(merge.looked_at);
            self.look_at(merge.looked_at, cursor, merge, after, work);
            merge.looked_at += 1;
            if let Some(end) = self.topics[key].ended {
                merge.ended += 1;
                merge.last_end = merge.last_end.max(end.last);
            }
        }
        if merge.gap_topics.is_empty() {
            let slices = self.take_events(merge, cursor, max, work);
            if !slices.is_empty() {
                return Some(Next::Events(slices));
            }
        }
        if work.is_done() || merge.gap_topics.is_empty() && merge.heads.is_empty() {
            return None;
        }
        let resumed_at = self.gather_gap(merge, cursor, on_gap, work)?;
        let topics = mem::take(&mut merge.gap_topics);
        let gap = self.trimmed(cursor, topics, resumed_at, mem::take(&mut merge.missed));
        cursor.position = match on_gap {
            OnGap::Snapshot(_) => merge.highest_floor,
            _ => resumed_at,
        };
        if !matches!(on_gap, OnGap::Oldest) {
            cursor.backlog = None;
        }
        Some(Next::Gap(gap))
    }

    /// Looks for the next event of a topic, or for its gap.
    fn look_at(
        &mut self,
        at: usize,
        cursor: &mut Cursor,
        merge: &mut Merge,
        after: Position,
        work: &mut Work,
    ) {
        let Followed { key, progress } = &mut cursor.topics[at];
        let key = *key;
        work.spend(1);
        self.settle(key, work);
        let log = &self.topics[key].log;
        let floor = log.floor();
        merge.highest_floor = merge.highest_floor.max(floor);
        let misses = floor > after;
        if misses && (merge.delivery == Delivery::All || log.is_empty()) {
            merge.push(Head { at, next: heads::Next::Gap(floor) });
            return;
        }
        progress.begin(|| {
            work.spend(Work::SEARCH);
            log.number_after(after)
        });
        if log.last() > after {
            work.spend(Work::SEARCH);
            let place = self.with_log(key, work, |log, rules, _| match merge.delivery {
                Delivery::All => log.place_after(after, &rules.pinned),
                Delivery::Latest => log.place_before(log.last().next(), &rules.pinned),
            });
            if let Some(place) = place {
                merge.push(Head { at, next: heads::Next::Event(place) });
            }
        }
    }

    /// Takes the next events, up to about `max` bytes or a gap.
    fn take_events(
        &mut self,
        merge: &mut Merge,
        cursor: &mut Cursor,
        max: usize,
        work: &mut Work,
    ) -> Slices {
        let mut taken = Taken::default();
        while taken.bytes < max
            && !work.is_done()
            && let Some(Head { at, next: heads::Next::Event(place) }) = merge.heads.first()
        {
            let topic = cursor.topics[at].key;
            // Its topic's memory, its bytes, and its way through the heap take steps.
            work.spend(12);
            self.settle(topic, work);
            let log = &self.topics[topic].log;
            let floor = log.floor();
            if floor >= place.position {
                merge.heads.pop();
                if merge.delivery == Delivery::All || log.is_empty() {
                    merge.push(Head { at, next: heads::Next::Gap(floor) });
                }
            } else if merge.delivery == Delivery::Latest {
                merge.heads.pop();
                // A newer one, if there is one, comes next time.
                if log.last() == place.position {
                    cursor.position = place.position;
                    self.with_log(topic, work, |log, rules, _| {
                        let newest = log.newest_after(place.position.previous(), &rules.pinned);
                        newest.iter().for_each(|run| taken.push(run));
                    });
                }
            } else {
                let before = merge.heads.second().unwrap_or(merge.horizon.next());
                if let Some((run, next)) = log.run_at(place, Some(before), max - taken.bytes) {
                    cursor.position = run.last;
                    cursor.topics[at].progress.advance(run.events);
                    taken.push(&run);
                    match next.filter(|next| next.position <= merge.horizon) {
                        Some(place) => {
                            let next = heads::Next::Event(place);
                            merge.heads.replace_first(Head { at, next });
                        }
                        None => merge.heads.pop(),
                    }
                } else {
                    // A merge of chunks has moved it.
                    merge.heads.pop();
                    self.look_at(at, cursor, merge, place.position.previous(), work);
                }
            }
        }
        taken.end()
    }

    /// Gathers the topics of a gap; returns the position after it, or `None` if there is more to do.
    fn gather_gap(
        &mut self,
        merge: &mut Merge,
        cursor: &mut Cursor,
        on_gap: &OnGap,
        work: &mut Work,
    ) -> Option<Position> {
        // With `Oldest`, all gaps before the next event become one. With any other policy, everything up to the horizon
        // is skipped.
        let oldest = matches!(on_gap, OnGap::Oldest);
        while let Some(head) = merge.heads.first()
            && (!oldest || matches!(head.next, heads::Next::Gap(_)))
        {
            if work.is_done() {
                return None;
            }
            work.spend(2);
            let (at, position) = (head.at, head.position());
            let followed = &mut cursor.topics[at];
            let topic = &self.topics[followed.key];
            let resumed_at = if oldest { position } else { merge.horizon };
            merge.missed += followed.miss(&topic.log, resumed_at, work);
            merge.heads.pop();
            merge.gap_topics.push(topic.name.clone());
            merge.gap_up_to = position;
            if oldest {
                self.look_at(at, cursor, merge, position, work);
            }
        }
        Some(if oldest { merge.gap_up_to } else { merge.horizon })
    }
}

/// The events that one read takes.
#[derive(Default)]
struct Taken {
    slices: Slices,
    bytes: usize,
    /// Small events, copied together: sharing a slice costs more than copying it.
    small: Vec<u8>,
    small_events: usize,
    small_published: Published,
}

impl Taken {
    fn push(&mut self, run: &Run<'_>) {
        let bytes = run.bytes();
        self.bytes += bytes.len();
        if bytes.len() < SMALL {
            self.small.extend_from_slice(bytes);
            self.small_events += run.events;
            self.small_published = run.published;
        } else {
            self.push_small();
            self.slices.push(run.slice());
        }
    }

    fn push_small(&mut self) {
        if !self.small.is_empty() {
            let bytes: Bytes = mem::take(&mut self.small).into();
            let events = mem::take(&mut self.small_events);
            let published = self.small_published;
            self.slices.push(Slice { keeps: bytes.len(), bytes, events, published });
        }
    }

    fn end(mut self) -> Slices {
        self.push_small();
        self.slices
    }
}

/// Events of several topics that are smaller than this are copied.
const SMALL: usize = 512;
