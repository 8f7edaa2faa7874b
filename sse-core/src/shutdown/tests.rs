//! Tests of a drain's walk over the open streams, and of its report.

use std::{
    cell::Cell,
    sync::{OnceLock, atomic::AtomicUsize},
    task::Wake,
    time::Duration,
};

use super::*;
use crate::Refusal;

/// Counts the wakers that are visited while the lock is held, as a measure of the time that it is held.
#[derive(Default)]
pub(super) struct Steps {
    now: Cell<usize>,
    most: Cell<usize>,
}

impl Steps {
    pub(super) fn begin_hold(&self) {
        self.now.set(0);
    }

    pub(super) fn count(&self) {
        self.now.set(self.now.get() + 1);
        self.most.set(self.most.get().max(self.now.get()));
    }

    pub(super) fn most(&self) -> usize {
        self.most.get()
    }
}

/// Counts how often it is woken. The first wake-up also runs an action.
struct Stream {
    woken: AtomicUsize,
    then: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl Stream {
    fn new() -> Arc<Self> {
        Arc::new(Self { woken: AtomicUsize::new(0), then: OnceLock::new() })
    }

    fn woken(&self) -> usize {
        self.woken.load(Ordering::SeqCst)
    }
}

impl Wake for Stream {
    fn wake(self: Arc<Self>) {
        if self.woken.fetch_add(1, Ordering::SeqCst) == 0
            && let Some(then) = self.then.get()
        {
            then();
        }
    }
}

fn join(shutdown: &Shutdown, streams: usize) -> Vec<(Arc<Stream>, u64)> {
    let join = |_| {
        let stream = Stream::new();
        let key = shutdown.join(Arc::clone(&stream).into());
        (stream, key)
    };
    (0..streams).map(join).collect()
}

#[tokio::test(start_paused = true)]
async fn a_drain_wakes_each_stream_once_and_visits_at_most_one_batch_under_the_lock() {
    for streams in [0, 1, WAKE_BATCH - 1, WAKE_BATCH, WAKE_BATCH + 1, 10 * WAKE_BATCH + 3] {
        let shutdown = Shutdown::new();
        // As after a peak in load, unused keys come before, between and after those in use.
        let mut all = join(&shutdown, 3 * streams);
        let mut number = 0;
        all.retain(|(_, key)| {
            number += 1;
            let stays = number % 3 == 2;
            if !stays {
                shutdown.leave(*key);
            }
            stays
        });
        assert_eq!(shutdown.open_streams(), streams);

        drop(shutdown.begin(Drain::default()));
        let woken = all.iter().filter(|(stream, _)| stream.woken() == 1).count();
        assert_eq!(woken, streams, "each of {streams} streams is woken once");
        assert_eq!(shutdown.0.lock().open.steps().most(), streams.min(WAKE_BATCH));

        drop(shutdown.begin(Drain::default()));
        let again = all.iter().filter(|(stream, _)| stream.woken() > 1).count();
        assert_eq!(again, 0, "the second call wakes no stream");
    }
}

#[tokio::test(start_paused = true)]
async fn streams_join_leave_and_change_their_waker_while_a_drain_begins() {
    let shutdown = Shutdown::new();
    let all = join(&shutdown, 3 * WAKE_BATCH);
    let (first, first_key) = (Arc::clone(&all[0].0), all[0].1);
    let (moved_to, late) = (Stream::new(), Stream::new());
    let (leaves, leaves_key) = (Arc::clone(&all[2 * WAKE_BATCH].0), all[2 * WAKE_BATCH].1);
    let (moves_key, last_key) = (all[2 * WAKE_BATCH + 1].1, all[3 * WAKE_BATCH - 1].1);
    let then = {
        let (shutdown, moved_to, late) = (shutdown.clone(), moved_to.clone(), late.clone());
        Box::new(move || {
            // A stream that joins or changes its waker checks for a drain afterwards.
            assert!(shutdown.is_draining());
            shutdown.leave(first_key);
            shutdown.leave(leaves_key);
            shutdown.wake(moves_key, Arc::clone(&moved_to).into());
            assert!(shutdown.join(Arc::clone(&late).into()) > last_key);
        })
    };
    assert!(first.then.set(then).is_ok());

    let report = shutdown.begin(Drain::default());
    assert_eq!(leaves.woken(), 0, "it left before its batch");
    assert_eq!(moved_to.woken(), 1, "it changed its waker before its batch");
    assert_eq!(late.woken(), 0, "it joined after the drain began");
    let woken = all.iter().filter(|(stream, _)| stream.woken() == 1).count();
    assert_eq!(woken, all.len() - 2, "the streams that did not change were woken");
    let report = report.await;
    assert_eq!((report.ended, report.abandoned), (2, all.len() - 2 + 1));
}

#[tokio::test(start_paused = true)]
async fn a_drain_is_over_when_the_last_stream_leaves() {
    let shutdown = Shutdown::new();
    let all = join(&shutdown, 3);
    let deadline = Duration::from_secs(60);
    let report = tokio::spawn(shutdown.begin(Drain::default().deadline(deadline)));
    let began = Instant::now();
    for (_, key) in all {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!report.is_finished());
        shutdown.leave(key);
    }
    let report = report.await.expect("no panic");
    assert_eq!((report.ended, report.unfinished, report.abandoned), (3, 0, 0));
    assert_eq!(began.elapsed(), Duration::from_secs(3));
    assert_eq!(report.deadline, began + deadline);
}

/// Records the names of the fields of each logged event.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Vec<&'static str>>>>);

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let fields = event.fields().map(|field| field.name()).filter(|name| *name != "message");
        self.0.lock().expect("no panic").push(fields.collect());
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test(start_paused = true)]
async fn a_drain_logs_abandoned_and_unfinished_streams() {
    for (abandoned, unfinished, expected) in [
        (0, 0, &[][..]),
        (1, 0, &[&["abandoned"][..]]),
        (0, 1, &[&["unfinished"][..]]),
        (1, 1, &[&["abandoned"][..], &["unfinished"]]),
    ] {
        let log = Log::default();
        let _guard = tracing::subscriber::set_default(log.clone());
        let shutdown = Shutdown::new();
        let left = join(&shutdown, abandoned);
        (0..unfinished).for_each(|_| shutdown.count_unfinished());
        let report = shutdown.begin(Drain::default()).await;
        assert_eq!((report.abandoned, report.unfinished), (left.len(), unfinished));
        assert_eq!(*log.0.lock().expect("no panic"), expected);
    }
}

#[tokio::test]
async fn a_server_is_ready_until_a_drain_begins() {
    let shutdown = Shutdown::new();
    assert!(shutdown.ready().is_ok());
    let drained = shutdown.begin(Drain::default());
    assert_eq!(Refusal::from(shutdown.ready().expect_err("it drains")).status(), 503);
    drained.await;
}
