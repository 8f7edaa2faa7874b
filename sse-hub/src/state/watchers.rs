//! The watchers of a topic's number of subscribers.

use std::mem;

use super::State;
#[cfg(feature = "tokio")]
use crate::shared::Found;
use crate::shared::Waiters;

impl State {
    /// Returns the number of subscribers if it differs from the one `seen`; otherwise the watcher is woken when
    /// it changes, if it asks to `wait`.
    #[cfg(feature = "tokio")]
    pub(crate) fn read_count(
        &mut self,
        topic: usize,
        slot: usize,
        seen: Option<usize>,
        wait: bool,
    ) -> Found<Option<usize>> {
        if self.drained {
            return Found::More(None);
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
        Found::More(Some(count))
    }

    /// Ends a watch.
    #[cfg(feature = "tokio")]
    pub(crate) fn unwatch(&mut self, topic: usize, slot: usize, waiters: &mut Waiters) {
        self.topics[topic].waiting.remove(&slot);
        self.release(topic, &mut waiters.work);
    }

    /// Notes that the number of a topic's subscribers has changed. Each watcher is woken once until it waits again, so
    /// frequent changes cost no more.
    pub(super) fn notify_watchers(&mut self, key: usize) {
        let topic = &mut self.topics[key];
        if !topic.waiting.is_empty() && !mem::replace(&mut topic.unnotified, true) {
            self.unnotified.push_back(key);
        }
    }

    /// Wakes watchers, while steps are left; returns whether there are more.
    pub(super) fn notify_some(&mut self, waiters: &mut Waiters) -> bool {
        while let Some(key) = self.unnotified.front() {
            if let Some(topic) = self.topics.get_mut(*key) {
                while let Some(slot) = topic.waiting.first().copied() {
                    if waiters.work.is_done() {
                        return true;
                    }
                    topic.waiting.pop_first();
                    waiters.wake(slot);
                }
                topic.unnotified = false;
            }
            self.unnotified.pop_front();
        }
        false
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn subscribers_of(&self, topic: usize) -> usize {
        self.topics[topic].subscribers()
    }
}
