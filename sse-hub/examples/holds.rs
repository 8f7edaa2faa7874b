//! Measures how long the calls with the most work hold the hub's lock.
//!
//! `cargo run --release -p sse-hub --features hold-times --example holds`

use std::{
    hint::black_box,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

use futures_util::Stream;
use sse_core::Event;
use sse_hub::{
    Delivery, Hub, MemoryBackend, Retention, Start, SubscriberCount, Subscription, take_hold_times,
};
use tokio::runtime;

pub(crate) fn main() {
    println!("| call | holds of the lock | p50 | p99 | p99.9 | longest |");
    println!("|---|---:|---:|---:|---:|---:|");
    the_machine();
    for topics in [1, 2, 64, 10_000] {
        resume(topics);
    }
    many_topics();
    many_subscribers();
    open();
}

/// Runs a call, and reports the times for which it held the lock.
fn report<T>(call: &str, run: impl FnOnce() -> T) -> T {
    take_hold_times();
    let result = run();
    print(call, &mut take_hold_times());
    result
}

fn print(call: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |of: f64| times.get(((times.len() as f64 * of) as usize).min(times.len() - 1));
    let [p50, p99, p999, longest] =
        [0.5, 0.99, 0.999, 1.0].map(|of| at(of).copied().unwrap_or_default());
    println!("| {call} | {} | {p50:.1?} | {p99:.1?} | {p999:.1?} | {longest:.1?} |", times.len());
}

/// Measures 10 µs of arithmetic many times, which shows what this machine's interrupts add to every row below.
fn the_machine() {
    let work = |steps: u32| (0..steps).fold(1, |sum: u32, step| black_box(sum ^ step));
    let start = Instant::now();
    work(1_000_000);
    let steps = (1e6 * 10e-6 / start.elapsed().as_secs_f64()) as u32;
    let mut times: Vec<_> = (0..20_000)
        .map(|_| {
            let start = Instant::now();
            work(steps);
            start.elapsed()
        })
        .collect();
    print("no hub: arithmetic", &mut times);
}

/// A hub that evicts nothing, with events in this number of topics.
fn filled(topics: usize, events: usize) -> (Hub, Vec<String>) {
    let retention = Retention::default().events(usize::MAX).bytes(usize::MAX).age(AGE);
    let builder = Hub::builder().retention(retention).max_bytes(4 << 30);
    let hub = builder.max_topics_per_subscriber(topics).build();
    let names: Vec<_> = (0..topics).map(|number| format!("topic {number}")).collect();
    for number in 0..events.max(topics) {
        hub.publish_now(&names[number % topics], Event::data("x")).expect("published");
    }
    (hub, names)
}

/// Reads until nothing more is ready.
fn read(subscription: &mut Subscription) {
    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, SeqCst);
        }
    }

    let mut subscription = pin!(subscription);
    loop {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let polled = subscription.as_mut().poll_next(&mut Context::from_waker(&waker));
        if polled.is_pending() && !woken.0.load(SeqCst) || polled == Poll::Ready(None) {
            return;
        }
    }
}

fn resume(topics: usize) {
    let (hub, names) = filled(topics, 100_000);
    for start in [Start::Earliest, Start::Last(50_000)] {
        report(&format!("resume 100,000 events of {topics} topics, {start:?}"), || {
            for _ in 0..10 {
                read(&mut hub.subscribe(&names).expect("within the limits").start(start));
            }
        });
    }
    report(&format!("the latest of {topics} topics"), || {
        let latest = hub.subscribe(&names).expect("within the limits").start(Start::Earliest);
        read(&mut latest.delivery(Delivery::Latest));
    });
}

fn many_topics() {
    let (hub, names) = report("publish to 1,000,000 new topics", || filled(1_000_000, 0));
    report("one more event for each", || {
        for name in &names {
            hub.publish_now(name, Event::data("x")).expect("published");
        }
    });
    report("tick, nothing is old", || hub.tick(Instant::now()));
    report("tick, all 1,000,000 topics are too old", || hub.tick(Instant::now() + 2 * AGE));
    assert_eq!(hub.stats().topics, 0);
    drop(hub);

    let hub = Hub::builder().max_event_bytes(1 << 30).build();
    for name in names.iter().take(200_000) {
        hub.publish_now(name, Event::data("x")).expect("published");
    }
    let large = "x".repeat(200 << 20);
    report("an event of 200 MiB evicts 200,000 topics", || {
        hub.publish_now("large", Event::data(large)).expect("published")
    });
}

fn many_subscribers() {
    let hub = Hub::new();
    let mut crowd: Vec<_> = report("100,000 subscribers join", || {
        let join = |_| {
            let mut subscription = hub.subscribe("a").expect("within the limits");
            read(&mut subscription);
            subscription
        };
        (0..100_000).map(join).collect()
    });
    let publish = || hub.publish_now("a", Event::data("x")).expect("published");
    report("publish to 100,000 who wait", publish);
    crowd.iter_mut().for_each(read);
    let watch = |_| hub.subscriber_count("a").expect("room").every(Duration::ZERO);
    let mut watchers: Vec<SubscriberCount> = (0..10_000).map(watch).collect();
    let runtime = runtime::Builder::new_current_thread().enable_time().build().expect("a thread");
    let _context = runtime.enter();
    for watcher in &mut watchers {
        let mut watcher = pin!(watcher);
        let context = &mut Context::from_waker(Waker::noop());
        while watcher.as_mut().poll_next(context).is_ready() {}
    }
    report("one leaves whom 10,000 watch", || drop(crowd.pop()));
    report("drain 100,000", || hub.drain());
    report("all leave", || drop(crowd));
}

fn open() {
    let runtime = runtime::Builder::new_current_thread().build().expect("a thread");
    println!();
    println!("| 1,000,000 events in this number of topics | open |");
    println!("|---:|---:|");
    for topics in [1, 1_000, 1_000_000] {
        let backend = MemoryBackend::new(1_000_000);
        runtime.block_on(async {
            let hub = Hub::builder().open(backend.clone()).await.expect("opens");
            for number in 0..1_000_000 {
                let topic = format!("topic {}", number % topics);
                hub.publish(&topic, Event::data("x")).await.expect("published");
            }
            let start = Instant::now();
            let opened = Hub::builder().max_bytes(4 << 30).open(backend).await.expect("opens");
            println!("| {topics} | {:.1?} |", start.elapsed());
            drop(opened);
        });
    }
}

const AGE: Duration = Duration::from_secs(10_000);
