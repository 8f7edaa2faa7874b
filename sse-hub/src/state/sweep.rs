//! Wake-ups that take more than one hold of the lock, and those that publishers leave to the background.

use std::mem;

use super::State;
use crate::shared::{Found, Waiters};

/// A walk over the members of a topic, to wake those that wait.
#[derive(Debug)]
pub(super) struct Walk {
    topic: usize,
    /// The smallest slot that is next.
    next: usize,
}

/// Whether a background future has woken all members that were left to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sweep {
    /// There are more to wake.
    More,
    Done,
}

impl State {
    /// Wakes a topic's members, or leaves them for later if there are many.
    pub(super) fn wake_members(&mut self, key: usize, waiters: &mut Waiters) {
        let topic = &mut self.topics[key];
        if topic.members.len() <= AT_ONCE {
            topic.members.iter().for_each(|slot| waiters.wake(*slot));
        } else if !mem::replace(&mut topic.swept, true) {
            self.sweeps.push_back(Walk { topic: key, next: 0 });
            self.wake_backgrounds(waiters);
        }
    }

    /// Arranges for all waiting tasks to be woken.
    pub(super) fn wake_everyone(&mut self) {
        self.everyone = Some(0);
    }

    /// Wakes tasks that have yet to be woken, while steps are left; returns whether there are more.
    pub(super) fn wake_some(&mut self, waiters: &mut Waiters) -> bool {
        if let Some(first) = self.everyone {
            self.everyone = waiters.wake_from(first);
            if self.everyone.is_some() {
                return true;
            }
        }
        if self.principals.wake_some(waiters) || self.notify_some(waiters) {
            return true;
        }
        self.backgrounds.is_empty() && self.sweep_some(usize::MAX, waiters)
    }

    /// Wakes the waiting ones of the next `members` members, while steps are left; returns whether there are more.
    fn sweep_some(&mut self, mut members: usize, waiters: &mut Waiters) -> bool {
        while let Some(Walk { topic, next }) = self.sweeps.front_mut() {
            // A removed topic has no members. If another topic has its key now, that topic's members are woken
            // needlessly.
            if let Some(topic) = self.topics.get_mut(*topic) {
                if *next == 0 {
                    topic.swept = false;
                }
                members = members.min(waiters.work.left());
                let mut last = None;
                for slot in topic.members.range(*next..).take(members) {
                    waiters.wake(*slot);
                    members -= 1;
                    last = Some(*slot);
                }
                if members == 0 {
                    // If no step was left at the start, it has not begun.
                    *next = last.map_or(*next, |last| last + 1);
                    topic.swept |= *next == 0;
                    return true;
                }
            }
            self.sweeps.pop_front();
            waiters.work.spend(1);
        }
        false
    }

    /// Wakes the waiting ones of the next `members` members that are left to the background.
    pub(crate) fn sweep(&mut self, members: usize, waiters: &mut Waiters) -> Found<Sweep> {
        if self.sweeps.is_empty() {
            return Found::Nothing;
        }
        if self.sweep_some(members, waiters) {
            return Found::More(Sweep::More);
        }
        Found::Last(Sweep::Done)
    }

    pub(crate) fn open_background(&mut self, slot: usize) {
        self.backgrounds.insert(slot);
    }

    /// Removes a background future; members that were left to the last one become [`work`](Self::work).
    pub(crate) fn close_background(&mut self, slot: usize, waiters: &mut Waiters) {
        self.backgrounds.remove(&slot);
        self.wake_backgrounds(waiters);
    }

    pub(crate) fn wake_backgrounds(&self, waiters: &mut Waiters) {
        self.backgrounds.iter().for_each(|slot| waiters.wake(*slot));
    }
}

/// The largest audience that the publisher wakes itself: this costs less than waking a background and waiting for it.
const AT_ONCE: usize = if cfg!(loom) { 0 } else { 64 };
