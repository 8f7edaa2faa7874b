//! The time to open a hub on a log that has events.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use sse_core::Event;
use sse_hub::{
    Hub, MemoryBackend,
    backend::{Backend as _, Opened},
};

pub(super) fn table(short: bool) -> String {
    let mut text = String::from("| events | topics | open | per event | open / limit |\n");
    text += "|---:|---:|---:|---:|---:|\n";
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a thread");
    for events in if short { &[10_000, 100_000][..] } else { &[100_000, 1_000_000] } {
        for topics in [1, 1_000, *events] {
            let (open, limit) = runtime.block_on(measure(*events, topics));
            let _ = writeln!(
                text,
                "| {events} | {topics} | {open:.1?} | {:.0?} | {:.1} |",
                open / *events,
                open.as_secs_f64() / limit.as_secs_f64(),
            );
        }
    }
    text
}

/// Returns the time to open a hub, and the time to read the same log.
async fn measure(events: u32, topics: u32) -> (Duration, Duration) {
    let backend = MemoryBackend::new(events as usize);
    let writer = Hub::builder().open(backend.clone()).await.expect("opens");
    for number in 0..events {
        let topic = format!("topic {}", number % topics);
        writer.publish(&topic, Event::data("x")).await.expect("published");
    }
    let mut best = [Duration::MAX; 2];
    for _ in 0..3 {
        let begin = Instant::now();
        let Opened { floor: mut after, .. } = backend.open().await.expect("opens");
        while let Some(last) = backend.read(after, PAGE).await.expect("reads").entries.last() {
            after = last.position;
        }
        let read = begin.elapsed();
        let begin = Instant::now();
        let hub = Hub::builder().open(backend.clone()).await.expect("opens");
        best = [best[0].min(begin.elapsed()), best[1].min(read)];
        assert_eq!(hub.stats().topics, topics as usize, "topics of {events} events");
    }
    best.into()
}

/// The number of entries that the hub reads at a time.
const PAGE: usize = 256;
