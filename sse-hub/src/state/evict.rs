//! Evicts events and topics.

use std::time::Instant;

use super::State;
use crate::{Position, shared::Waiters, work::Work};

impl State {
    /// Sets the time: [`work`](Self::work) evicts what is older than its retention.
    pub(crate) fn tick(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.outdated = true;
    }

    /// Evicts a topic's events up to a position, while steps are left; returns whether there is more.
    pub(crate) fn trim(&mut self, name: &str, up_to: Position, work: &mut Work) -> bool {
        let Some(key) = self.key(name) else { return false };
        work.spend(Work::SEARCH);
        let more = self.with_log(key, work, |log, rules, work| {
            // A floor is where an event was: at another topic's event, the gap would cover that one too.
            if let Some(last) = log.place_before(up_to.next(), &rules.pinned) {
                log.raise_floor(last.position);
            }
            log.release(rules, work)
        });
        if !more {
            self.remove_if_idle(key, work);
        }
        more
    }

    /// Evicts events that are over the limits, too old or lost, while steps are left; returns whether there is more.
    pub(super) fn evict(&mut self, waiters: &mut Waiters) -> bool {
        let work = &mut waiters.work;
        if self.forget_ends(work) {
            return true;
        }
        while let Some(key) = self.untrimmed.last().copied() {
            let now = self.now;
            if self.topics.get(key).is_some()
                && self.with_log(key, work, |log, rules, work| log.trim(now, rules, work))
            {
                return true;
            }
            self.untrimmed.pop();
        }
        while let Some(stale) = self.stale.last_mut() {
            let Some((_, key)) = stale.pop_first() else {
                self.stale.pop();
                continue;
            };
            work.spend(4);
            self.remove_if_idle(key, work);
            if work.is_done() {
                return true;
            }
        }
        loop {
            let over = self.memory() > self.limits.bytes;
            if !over && !self.outdated {
                return false;
            }
            let Some((_, key)) = self.oldest.first().copied() else {
                self.outdated = false;
                return false;
            };
            if waiters.work.is_done() {
                return true;
            }
            self.outdated = self.evict_oldest(key, over, waiters);
        }
    }

    /// Evicts events of the topic with the oldest one; returns whether the next may be due as well.
    fn evict_oldest(&mut self, key: usize, over: bool, waiters: &mut Waiters) -> bool {
        let work = &mut waiters.work;
        work.spend(4);
        self.settle(key, work);
        let (now, topic) = (self.now, &self.topics[key]);
        let Some(listed) = topic.listed else { return true };
        let there = topic.log.floor() < listed;
        let due = !there || topic.log.is_old(now, &self.rules.bounds);
        if !due && !over {
            return false;
        }
        let more = self.with_log(key, work, |log, rules, work| {
            if log.is_empty() {
                log.reset(log.floor(), work);
                return false;
            }
            if over && there {
                log.evict_chunk(rules, work);
            }
            log.release(rules, work) || log.trim(now, rules, work)
        });
        if more {
            return true;
        }
        self.oldest.remove(&(listed, key));
        let topic = &mut self.topics[key];
        topic.listed = topic.log.oldest();
        if let Some(oldest) = topic.listed {
            self.oldest.insert((oldest, key));
        }
        self.relist(key, work);
        self.remove_if_idle(key, work);
        due
    }
}
