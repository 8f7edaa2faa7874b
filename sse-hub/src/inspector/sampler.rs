//! Takes one snapshot each second for all viewers, while there are any.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use sse_core::{EndReason, Event, EventName, Frame, Shutdown};
use tokio::{
    sync::watch,
    task::yield_now,
    time::{MissedTickBehavior, interval},
};

use super::{
    snapshot::{Backend, Connection, Snapshot, Streams, Topic},
    top::Top,
};
use crate::{Stats, inner::Inner, probe::Probe, probes::Probes};

/// Takes one snapshot each second for all viewers, while there are any.
pub(super) struct Sampler {
    inner: Arc<Inner>,
    probes: Arc<Probes>,
    shutdown: Mutex<Option<Shutdown>>,
    ends: Mutex<BTreeMap<&'static str, u64>>,
    began: Instant,
    /// Present while a task takes snapshots.
    viewers: Mutex<Option<watch::Sender<Frame>>>,
}

impl Sampler {
    pub(super) fn new(inner: Arc<Inner>, probes: Arc<Probes>) -> Self {
        Self {
            inner,
            probes,
            shutdown: Mutex::default(),
            ends: Mutex::default(),
            began: Instant::now(),
            viewers: Mutex::default(),
        }
    }

    /// Returns the snapshots from now on. The first viewer starts the task that takes them.
    pub(super) fn watch(self: &Arc<Self>) -> watch::Receiver<Frame> {
        let mut viewers = lock(&self.viewers);
        if let Some(sender) = &*viewers {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(Frame::default());
        *viewers = Some(sender);
        drop(viewers);
        tokio::spawn(run(Running(Arc::downgrade(self))));
        receiver
    }

    pub(super) fn set_shutdown(&self, shutdown: Shutdown) {
        *lock(&self.shutdown) = Some(shutdown);
    }

    pub(super) fn probe(&self, number: u64) -> Option<Arc<Probe>> {
        self.probes.find(number)
    }

    pub(super) fn count_end(&self, reason: EndReason) {
        *lock(&self.ends).entry(reason.as_str()).or_default() += 1;
    }

    #[cfg(test)]
    pub(super) fn some_probes(&self, from: u64) -> Vec<Arc<Probe>> {
        self.probes.some(from)
    }

    #[cfg(test)]
    pub(super) fn is_running(&self) -> bool {
        lock(&self.viewers).is_some()
    }

    /// Takes a snapshot, in holds of the lock that look at some topics, or at one connection.
    async fn snapshot(&self) -> Snapshot {
        let stats = self.stats();
        let gaps = stats.gaps.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
        Snapshot {
            at: millis(self.began.elapsed()),
            topic_count: stats.topics,
            subscribers: stats.subscribers,
            published: stats.published,
            resumed: self.probes.resumed(),
            gaps,
            memory: stats.memory,
            log_bytes: stats.log_bytes,
            pinned_bytes: stats.pinned_bytes,
            backend: self.backend(&stats),
            streams: self.streams(),
            topics: self.topics().await,
            connections: self.connections().await,
        }
    }

    fn stats(&self) -> Stats {
        self.inner.shared.look(Stats::of)
    }

    fn backend(&self, stats: &Stats) -> Backend {
        let now = Instant::now();
        let look = |state: &crate::state::State| {
            (state.away(now), state.check_followed(now).err(), state.is_drained())
        };
        let (away, stopped, drained) = self.inner.shared.look(look);
        Backend {
            exists: self.inner.backend.is_some(),
            error: stats.backend_error.as_ref().map(ToString::to_string),
            away: away.map(millis),
            stopped: stopped.as_ref().map(ToString::to_string),
            drained,
        }
    }

    fn streams(&self) -> Streams {
        let shutdown = lock(&self.shutdown).clone();
        Streams {
            open: shutdown.as_ref().map(Shutdown::open_streams),
            draining: shutdown.as_ref().map(Shutdown::is_draining),
            ends: lock(&self.ends).iter().map(|(reason, count)| (*reason, *count)).collect(),
        }
    }

    async fn topics(&self) -> Vec<Topic> {
        let mut top = Top::new(SHOWN);
        let mut from = Some(0);
        while let Some(key) = from {
            let (topics, next) = self.inner.shared.look(|state| state.some_topics(key));
            for (name, stats) in topics {
                top.add((stats.subscribers, stats.events), (name, stats));
            }
            from = next;
            yield_now().await;
        }
        top.into_values().map(|(_, (name, stats))| Topic::new(&name, &stats)).collect()
    }

    async fn connections(&self) -> Vec<Connection> {
        let mut top = Top::new(SHOWN);
        let mut from = 0;
        loop {
            let probes = self.probes.some(from);
            let Some(last) = probes.last() else { break };
            from = last.number + 1;
            for probe in probes {
                let lag = self.lag(&probe);
                // Without lag, those that opened last come first.
                top.add((lag, probe.number), probe);
            }
            yield_now().await;
        }
        top.into_values().map(|((lag, _), probe)| connection(&probe, lag)).collect()
    }

    fn lag(&self, probe: &Probe) -> usize {
        let Some(position) = probe.delivered().position else { return 0 };
        let lag =
            |topics: &[_]| self.inner.shared.look(|state| state.events_after(topics, position));
        probe.topics.chunks(TOPICS_AT_ONCE).map(lag).sum()
    }
}

fn connection(probe: &Probe, lag: usize) -> Connection {
    let delivered = probe.delivered();
    let topics = probe.topics.iter().take(TOPICS_SHOWN);
    Connection {
        number: probe.number,
        label: probe.label.get().cloned(),
        topics: topics.map(|topic| topic.as_str().to_owned()).collect(),
        topic_count: probe.topic_count,
        age: millis(probe.began.elapsed()),
        events: delivered.events,
        bytes: delivered.bytes,
        lag,
        in_flight: probe.pinned(),
    }
}

/// The task of a sampler. It keeps neither the sampler nor the hub alive.
struct Running(Weak<Sampler>);

async fn run(mut running: Running) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(sampler) = running.0.upgrade() else { return };
        if sampler.is_unwatched() {
            // The next viewer may have started another task already.
            running.0 = Weak::new();
            return;
        }
        let snapshot = sampler.snapshot().await;
        let Ok(event) = Event::json(&snapshot) else { return };
        let frame = event.event(EventName::from_static("snapshot")).encode();
        if let Some(sender) = &*lock(&sampler.viewers) {
            sender.send_replace(frame);
        }
    }
}

impl Sampler {
    /// Ends the snapshots if no viewer is left. A viewer that comes at the same time is not missed, because
    /// it subscribes under the same lock.
    fn is_unwatched(&self) -> bool {
        let mut viewers = lock(&self.viewers);
        let unwatched = viewers.as_ref().is_none_or(|sender| sender.receiver_count() == 0);
        if unwatched {
            *viewers = None;
        }
        unwatched
    }
}

/// If the task's runtime ends, the viewers' streams end. Their next streams start another task.
impl Drop for Running {
    fn drop(&mut self) {
        if let Some(sampler) = self.0.upgrade() {
            *lock(&sampler.viewers) = None;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Often enough to follow a server by eye. A snapshot of 10,000 connections takes some milliseconds.
const EVERY: Duration = Duration::from_secs(1);

/// The number of topics, and of connections, in a snapshot.
const SHOWN: usize = 50;

/// The number of a connection's topics in a snapshot.
const TOPICS_SHOWN: usize = 3;

/// The number of topics in which one hold of the lock searches for a position.
const TOPICS_AT_ONCE: usize = 8;
