//! Wake-ups that publishers leave to the pumps.

use std::mem;

use super::State;
use crate::shared::{Found, Waiters};

/// A walk over the members of a topic, to wake those who wait.
#[derive(Debug)]
pub(super) struct Sweep {
    topic: usize,
    /// The least slot that is next.
    next: usize,
}

/// What a pump has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Swept {
    Some,
    All,
    /// All, and nothing will be left to it again.
    Last,
}

impl State {
    /// Wakes a topic's members, or leaves that to the pumps if they are many.
    pub(super) fn wake_members(&mut self, key: usize, waiters: &mut Waiters) {
        let topic = &mut self.topics[key];
        if self.pumps.is_empty() || topic.members.len() <= AT_ONCE {
            topic.members.iter().for_each(|slot| waiters.wake(*slot));
        } else if !mem::replace(&mut topic.swept, true) {
            self.sweeps.push_back(Sweep { topic: key, next: 0 });
            self.wake_pumps(waiters);
        }
    }

    /// Wakes those who wait among the next so many members that are left to the pumps.
    pub(crate) fn sweep(&mut self, mut members: usize, waiters: &mut Waiters) -> Found<Swept> {
        if self.sweeps.is_empty() {
            return if self.drained { Found::Some(Swept::Last) } else { Found::Nothing };
        }
        while let Some(Sweep { topic, next }) = self.sweeps.front_mut() {
            // A topic that is gone has no members. If another topic has taken its key, that topic's
            // members are woken for nothing.
            if let Some(topic) = self.topics.get_mut(*topic) {
                if *next == 0 {
                    topic.swept = false;
                }
                let mut last = None;
                for slot in topic.members.range(*next..).take(members) {
                    waiters.wake(*slot);
                    members -= 1;
                    last = Some(*slot);
                }
                if let (0, Some(last)) = (members, last) {
                    *next = last + 1;
                    return Found::Some(Swept::Some);
                }
            }
            self.sweeps.pop_front();
        }
        if self.drained { Found::Some(Swept::Last) } else { Found::All(Swept::All) }
    }

    pub(crate) fn open_pump(&mut self, slot: usize) -> usize {
        self.pumps.insert(slot)
    }

    /// Lets a pump go; what was left to the last one is done at once.
    pub(crate) fn close_pump(&mut self, pump: usize, waiters: &mut Waiters) {
        self.pumps.remove(pump);
        if self.pumps.is_empty() {
            self.sweep(usize::MAX, waiters);
        }
        self.wake_pumps(waiters);
    }

    pub(crate) fn wake_pumps(&self, waiters: &mut Waiters) {
        self.pumps.iter().for_each(|(_, slot)| waiters.wake(*slot));
    }
}

/// So many are woken by the publisher itself, which costs less than to wake a pump and wait for it.
const AT_ONCE: usize = if cfg!(loom) { 0 } else { 64 };
