//! Who watches how many subscribers a topic has.

use std::mem;

use super::State;
use crate::shared::{Found, Waiters};

impl State {
    /// Returns the number of subscribers if it is another than the one `seen`; has the watcher woken
    /// when it changes, if that was asked for.
    pub(crate) fn read_presence(
        &mut self,
        topic: usize,
        slot: usize,
        seen: Option<usize>,
        wait: bool,
    ) -> Found<Option<usize>> {
        if self.drained {
            return Found::Some(None);
        }
        if !wait {
            return Found::Nothing;
        }
        let topic = &mut self.topics[topic];
        let count = topic.subscribers();
        if seen == Some(count) {
            topic.waiting.insert(slot);
            return Found::Nothing;
        }
        topic.waiting.remove(&slot);
        Found::Some(Some(count))
    }

    /// Ends a watch.
    pub(crate) fn unwatch(&mut self, topic: usize, slot: usize, waiters: &mut Waiters) {
        self.topics[topic].waiting.remove(&slot);
        self.release(topic, &mut waiters.work);
    }

    /// The number of a topic's subscribers has changed. Each watcher is told once, until it waits again: so
    /// it costs no more however often the number changes.
    pub(super) fn tell_watchers(&mut self, key: usize) {
        let topic = &mut self.topics[key];
        if !topic.waiting.is_empty() && !mem::replace(&mut topic.untold, true) {
            self.untold.push_back(key);
        }
    }

    /// Tells watchers, as far as steps are left; returns whether there are more.
    pub(super) fn tell_some(&mut self, waiters: &mut Waiters) -> bool {
        while let Some(key) = self.untold.front() {
            if let Some(topic) = self.topics.get_mut(*key) {
                while let Some(slot) = topic.waiting.first().copied() {
                    if waiters.work.is_done() {
                        return true;
                    }
                    topic.waiting.pop_first();
                    waiters.wake(slot);
                }
                topic.untold = false;
            }
            self.untold.pop_front();
        }
        false
    }

    pub(crate) fn subscribers_of(&self, topic: usize) -> usize {
        self.topics[topic].subscribers()
    }
}
