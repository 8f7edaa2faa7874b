//! Measures what a publish costs, and the time until the last subscriber has the event, beside
//! `tokio::sync::broadcast` in the same run. `tests/memory.rs` counts bytes.
//!
//! `cargo run --release -p sse-hub --example figures`

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use sse_core::Event;
use sse_hub::{Hub, MemoryBackend, Retention, Start, Subscription};
use tokio::{runtime, sync::broadcast};

pub(crate) fn main() {
    println!("| subscribers | | publish | until the last has it |");
    println!("|---:|---|---:|---:|");
    for (subscribers, rounds) in [(1, 5_000), (100, 1_000), (10_000, 100)] {
        for (name, background) in [("hub", false), ("hub with its background", true)] {
            let (publish, last) = hub(subscribers, rounds, background);
            println!("| {subscribers} | {name} | {publish:.1?} | {last:.1?} |");
        }
        let (publish, last) = tokio_broadcast(subscribers, rounds);
        println!("| {subscribers} | tokio broadcast | {publish:.1?} | {last:.1?} |");
    }
    println!();
    println!("| subscribers, none of them waiting | publish |");
    println!("|---:|---:|");
    for subscribers in [0, 1, 100, 10_000] {
        println!("| {subscribers} | {:.1?} |", behind(subscribers));
    }
    println!();
    println!("| subscribers there were before | publish |");
    println!("|---:|---:|");
    for subscribers in [0, 100_000] {
        println!("| {subscribers} | {:.1?} |", after_a_peak(subscribers));
    }
    println!();
    println!("| topics of 100,000 events | open |");
    println!("|---:|---:|");
    for topics in [1, 1_000, 100_000] {
        println!("| {topics} | {:.1?} |", open(topics));
    }
    println!();
    println!(
        "| topics resumed, 1 MB of small events in turn | whole resume | longest poll | an event |"
    );
    println!("|---:|---:|---:|---:|");
    for topics in [1, 2, 8, 64] {
        let (whole, longest, each) = resume(topics);
        println!("| {topics} | {whole:.1?} | {longest:.1?} | {each:.1?} |");
    }
}

/// Publishes to a topic that has one subscriber left of many.
fn after_a_peak(subscribers: usize) -> Duration {
    const EVENTS: u32 = 20_000;
    let hub = Hub::new();
    let topic = hub.topic("a").expect("a valid name");
    let join = |_| {
        let mut subscription = hub.subscribe("a").expect("within the limits");
        assert!(subscription.next().now_or_never().is_some());
        subscription
    };
    let mut many: Vec<_> = (0..=subscribers).map(join).collect();
    many.truncate(1);
    let start = Instant::now();
    for _ in 0..EVENTS {
        topic.publish_now(event()).expect("published");
    }
    start.elapsed() / EVENTS
}

/// Opens a hub on a backend in memory.
fn open(topics: usize) -> Duration {
    const EVENTS: usize = 100_000;
    let backend = MemoryBackend::new(EVENTS);
    let runtime = runtime::Builder::new_current_thread().build().expect("a thread");
    runtime.block_on(async {
        let hub = Hub::builder().open(backend.clone()).await.expect("opens");
        for number in 0..EVENTS {
            let topic = format!("topic {}", number % topics);
            hub.publish(&topic, Event::data("x")).await.expect("published");
        }
        let start = Instant::now();
        let opened = Hub::builder().open(backend).await.expect("opens");
        let took = start.elapsed();
        drop(opened);
        took
    })
}

/// Resumes topics from their start; returns the whole time, the longest poll, and the time per event.
fn resume(topics: usize) -> (Duration, Duration, Duration) {
    const EVENTS: u32 = 20_000;
    let retention = Retention::default().events(usize::MAX).bytes(usize::MAX);
    let hub = Hub::builder().retention(retention).build();
    let names: Vec<_> = (0..topics).map(|number| format!("topic {number}")).collect();
    for number in 0..EVENTS as usize {
        hub.publish_now(&names[number % topics], Event::data("x")).expect("published");
    }
    let mut best = [Duration::MAX; 2];
    for _ in 0..5 {
        let subscription = hub.subscribe(names.clone()).expect("within the limits");
        let mut subscription = subscription.start(Start::Earliest);
        let (mut whole, mut longest, mut events) = (Duration::ZERO, Duration::ZERO, 0);
        while events < EVENTS as usize {
            let poll = Instant::now();
            let frame = subscription.next().now_or_never();
            let poll = poll.elapsed();
            (whole, longest) = (whole + poll, longest.max(poll));
            // Without a frame, it has more topics to search than one hold of the lock allows.
            let Some(frame) = frame else { continue };
            let frame = frame.expect("the hub has not drained");
            events += frame.as_bytes().windows(9).filter(|bytes| bytes == b"data: x\n\n").count();
        }
        best = [best[0].min(whole), best[1].min(longest)];
    }
    (best[0], best[1], best[0] / EVENTS)
}

/// Counts the subscribers that have the event; the last one wakes the publisher.
#[derive(Clone)]
struct Arrivals {
    count: Arc<AtomicUsize>,
    of: usize,
    publisher: Thread,
}

impl Arrivals {
    fn of(subscribers: usize) -> Self {
        Self { count: Arc::default(), of: subscribers, publisher: thread::current() }
    }

    fn one(&self) {
        if self.count.fetch_add(1, SeqCst) + 1 == self.of {
            self.publisher.unpark();
        }
    }

    fn all(&self) {
        while self.count.load(SeqCst) < self.of {
            thread::park();
        }
        self.count.store(0, SeqCst);
    }
}

fn event() -> Event {
    Event::data("x".repeat(100))
}

fn hub(subscribers: usize, rounds: usize, background: bool) -> (Duration, Duration) {
    let hub = Hub::new();
    let arrivals = Arrivals::of(subscribers);
    let task = |_| {
        let arrivals = arrivals.clone();
        let mut events: Subscription = hub.subscribe("a").expect("within the limits");
        async move {
            while events.next().await.is_some() {
                arrivals.one();
            }
        }
    };
    // The opening event counts as an arrival too: all have joined then.
    let runtime = spawn((0..subscribers).map(task));
    if background {
        runtime.spawn(hub.background());
    }
    arrivals.all();
    let topic = hub.topic("a").expect("a valid name");
    let figures = measure(rounds, &arrivals, || {
        topic.publish_now(event()).expect("published");
    });
    runtime.shutdown_background();
    figures
}

fn tokio_broadcast(subscribers: usize, rounds: usize) -> (Duration, Duration) {
    let (sender, _) = broadcast::channel::<Bytes>(1_024);
    let arrivals = Arrivals::of(subscribers);
    let task = |_| {
        let arrivals = arrivals.clone();
        let mut events = sender.subscribe();
        async move {
            arrivals.one();
            while events.recv().await.is_ok() {
                arrivals.one();
            }
        }
    };
    let runtime = spawn((0..subscribers).map(task));
    arrivals.all();
    let mut id = 0;
    let figures = measure(rounds, &arrivals, || {
        id += 1;
        sender.send(event().id(id).encode().into_bytes()).expect("there are receivers");
    });
    runtime.shutdown_background();
    figures
}

fn spawn<T>(tasks: impl Iterator<Item = T>) -> runtime::Runtime
where
    T: Future<Output = ()> + Send + 'static,
{
    let runtime = runtime::Builder::new_multi_thread().build().expect("threads");
    for task in tasks {
        runtime.spawn(task);
    }
    runtime
}

/// Returns the median time of a publish, and of the time until all have the event.
fn measure(rounds: usize, arrivals: &Arrivals, publish: impl FnMut()) -> (Duration, Duration) {
    let mut publish = publish;
    let (mut published, mut arrived) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        // All of them are waiting by now, or will soon.
        thread::sleep(Duration::from_micros(200));
        let start = Instant::now();
        publish();
        published.push(start.elapsed());
        arrivals.all();
        arrived.push(start.elapsed());
    }
    (median(published), median(arrived))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Returns the mean time of a publish to subscribers that already have something to read.
fn behind(subscribers: usize) -> Duration {
    const EVENTS: u32 = 20_000;
    let hub = Hub::new();
    let topic = hub.topic("a").expect("a valid name");
    let runtime = runtime::Builder::new_current_thread().build().expect("a thread");
    let subscribe = |_| hub.subscribe("a").expect("within the limits");
    let mut all: Vec<_> = (0..subscribers).map(subscribe).collect();
    runtime.block_on(async {
        for subscription in &mut all {
            subscription.next().await;
        }
    });
    let start = Instant::now();
    for _ in 0..if subscribers > 1_000 { EVENTS / 20 } else { EVENTS } {
        topic.publish_now(event()).expect("published");
    }
    start.elapsed() / if subscribers > 1_000 { EVENTS / 20 } else { EVENTS }
}
