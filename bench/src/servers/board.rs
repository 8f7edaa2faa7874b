//! Topics that clients resume, and functions that publish to them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::Stream;
use sse_core::{Event, EventId};
use sse_hub::{Hub, Subscription, Topic};

use super::{
    Shape, bus,
    by_hand::{self, ByHand},
};
use crate::{Kind, times::Times};

/// Topics that clients resume from before their first event. Each topic numbers its own events.
#[derive(Debug)]
pub(super) struct Board {
    topics: Topics,
    /// The number of events that were published to all topics.
    published: AtomicU64,
}

#[derive(Debug)]
enum Topics {
    Ours { hub: Hub, topics: Vec<Topic>, start: EventId },
    Own(Vec<ByHand<Arc<str>>>),
    Raw(Vec<ByHand<Bytes>>),
}

impl Board {
    pub(super) fn new(kind: Kind, hub: &Hub, topics: u64) -> Self {
        let name = |number| format!("board.{number}");
        let topics = match kind {
            Kind::Ours => Topics::Ours {
                hub: hub.clone(),
                topics: (0..topics).map(|at| hub.topic(name(at)).expect("a valid name")).collect(),
                start: hub.publish_now("start", Event::data("-")).expect("within the limits"),
            },
            Kind::Own => Topics::Own((0..topics).map(|_| ByHand::default()).collect()),
            Kind::Raw => Topics::Raw((0..topics).map(|_| ByHand::default()).collect()),
        };
        Self { topics, published: AtomicU64::new(0) }
    }

    /// Publishes one event to the next topic in turn.
    pub(super) fn publish(&self, shape: Shape) {
        let at = self.published.fetch_add(1, Ordering::Relaxed);
        let count = match &self.topics {
            Topics::Ours { topics, .. } => topics.len(),
            Topics::Own(topics) => topics.len(),
            Topics::Raw(topics) => topics.len(),
        } as u64;
        let topic = at % count;
        let data = shape.data_of(at / count + 1, topic);
        match &self.topics {
            Topics::Ours { topics, .. } => {
                let published = topics[topic as usize].publish_now(Event::data(data));
                drop(published.expect("within the limits"));
            }
            Topics::Own(topics) => topics[topic as usize].publish(data.into()),
            Topics::Raw(topics) => topics[topic as usize].publish(bus::frame(data)),
        }
    }

    /// Publishes events at even intervals, and returns how long each publish took.
    pub(super) fn feed(&self, per_second: u64, count: u64, shape: Shape) -> Times {
        let (start, mut times) = (Instant::now(), Times::default());
        for number in 0..count {
            let due = start + Duration::from_secs(1).mul_f64(number as f64 / per_second as f64);
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let begin = Instant::now();
            self.publish(shape);
            times.record(begin.elapsed());
        }
        times
    }

    /// Returns the stream that our adapter sends.
    pub(super) fn subscribe(&self, first: usize, count: usize) -> Option<Subscription> {
        let Topics::Ours { hub, topics, start } = &self.topics else { return None };
        let names: Vec<_> =
            pick(topics, first, count).into_iter().map(|topic| topic.name().as_str()).collect();
        Some(hub.subscribe(names).expect("valid names").resume(start.clone()))
    }

    /// Returns the data of the framework's own events.
    pub(super) fn texts(
        &self,
        first: usize,
        count: usize,
    ) -> impl Stream<Item = Arc<str>> + Send + Sync + use<> {
        let topics = match &self.topics {
            Topics::Own(topics) => topics.as_slice(),
            _ => &[],
        };
        by_hand::resume(&pick(topics, first, count))
    }

    /// Returns the frames that the framework sends unchanged.
    pub(super) fn frames(
        &self,
        first: usize,
        count: usize,
    ) -> impl Stream<Item = Bytes> + Send + Sync + use<> {
        let topics = match &self.topics {
            Topics::Raw(topics) => topics.as_slice(),
            _ => &[],
        };
        by_hand::resume(&pick(topics, first, count))
    }
}

/// Returns `count` topics from `first` on, and continues at the beginning after the last topic.
fn pick<T>(topics: &[T], first: usize, count: usize) -> Vec<&T> {
    topics.iter().cycle().skip(first % topics.len().max(1)).take(count.min(topics.len())).collect()
}
