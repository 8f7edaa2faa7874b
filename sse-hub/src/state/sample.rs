//! Looks at some topics at a time, for the inspector.

use std::time::{Duration, Instant};

use super::State;
use crate::{Position, TopicName, TopicStats};

impl State {
    /// Returns the next topics from a key on, and the key to continue from, if there are more.
    pub(crate) fn some_topics(&self, from: usize) -> (Vec<(TopicName, TopicStats)>, Option<usize>) {
        let end = from.saturating_add(TOPICS).min(self.topics.end());
        let topics = (from..end).filter_map(|key| self.topics.get(key));
        let topics = topics.map(|topic| (topic.name.clone(), TopicStats::of(topic))).collect();
        (topics, (end < self.topics.end()).then_some(end))
    }

    /// Returns the number of events of some topics after a position.
    pub(crate) fn events_after(&self, topics: &[TopicName], after: Position) -> usize {
        let after = after.max(self.lost);
        let topics = topics.iter().filter_map(|name| self.find(name.as_str()));
        topics.map(|topic| topic.log.events_after(after)).sum()
    }

    /// Returns for how long the backend has been away, if it is.
    pub(crate) fn away(&self, now: Instant) -> Option<Duration> {
        self.away_since.map(|since| now.saturating_duration_since(since))
    }
}

/// The number of places in the table that one hold of the lock looks at.
const TOPICS: usize = 64;
