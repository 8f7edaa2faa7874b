//! Measures what a journal costs beside a hub in memory: the time until a publish is acknowledged, publishes per
//! second, space on disk, and the time to open.
//!
//! `cargo run --release -p sse-redb --example redb-figures [folder on the disk in question]`

use std::{
    error::Error,
    os::unix::fs::MetadataExt,
    path::Path,
    time::{Duration, Instant},
};

use sse_core::Event;
use sse_hub::Hub;
use sse_redb::{Durability, Journal, JournalBuilder};
use tokio::{task::JoinSet, time};

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let folder = match std::env::args().nth(1) {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    println!("| log | load | events/s | p50 | p99 |");
    println!("|---|---|---:|---:|---:|");
    let kinds = [None, Some(Durability::Process), Some(Durability::Disk)];
    for (number, durability) in kinds.into_iter().enumerate() {
        let name = durability.map_or("memory".to_owned(), |durability| format!("`{durability:?}`"));
        let path = folder.path().join(format!("{number}.redb"));
        let (hub, journal) = match durability {
            None => (Hub::new(), None),
            Some(durability) => {
                let journal = Journal::builder().durability(durability).open(&path).await?;
                let hub = Hub::builder().open(journal.clone()).await?;
                tokio::spawn(hub.background());
                (hub, Some(journal))
            }
        };
        for rate in [200, 2_000] {
            report(&name, &format!("{rate}/s"), paced(&hub, rate).await?);
        }
        for publishers in [1, 16, 256] {
            report(&name, &format!("{publishers} at once"), flat_out(&hub, publishers).await?);
        }
        report(&name, "topics that end, one by one", ends(&hub).await?);
        if let Some(journal) = journal {
            journal.close().await;
        }
    }
    println!();
    println!("| events of 256 bytes, of which 100,000 are kept | on disk, each | time to open |");
    println!("|---|---:|---:|");
    for (events, publishers) in [(100_000, 1), (100_000, 256), (400_000, 256)] {
        let path = folder.path().join(format!("{events} by {publishers}.redb"));
        room(&path, events, publishers).await?;
    }
    Ok(())
}

/// Returns an event that is encoded to 256 bytes without its ID.
fn event() -> Event {
    Event::data("x".repeat(256 - "data: \n\n".len()))
}

struct Figures {
    times: Vec<Duration>,
    span: Duration,
}

/// Publishes at a rate per second, whether the previous publishes are acknowledged or not.
async fn paced(hub: &Hub, rate: u32) -> Outcome<Figures> {
    let mut tasks = JoinSet::new();
    let mut ticks = time::interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(time::MissedTickBehavior::Burst);
    let start = Instant::now();
    for _ in 0..rate * 4 {
        ticks.tick().await;
        let hub = hub.clone();
        tasks.spawn(async move {
            let start = Instant::now();
            hub.publish("a", event()).await.map(|_| start.elapsed())
        });
    }
    let mut times = Vec::new();
    while let Some(time) = tasks.join_next().await {
        times.push(time??);
    }
    Ok(Figures { times, span: start.elapsed() })
}

/// Runs concurrent publishers, each of which awaits one publish before the next.
async fn flat_out(hub: &Hub, publishers: usize) -> Outcome<Figures> {
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for _ in 0..publishers {
        let hub = hub.clone();
        tasks.spawn(async move {
            let mut times = Vec::new();
            while start.elapsed() < Duration::from_secs(3) {
                let start = Instant::now();
                hub.publish("a", event()).await?;
                times.push(start.elapsed());
                // A hub in memory never waits, so the others would not get a turn.
                tokio::task::consume_budget().await;
            }
            Ok::<_, sse_hub::PublishError>(times)
        });
    }
    let mut times = Vec::new();
    while let Some(task) = tasks.join_next().await {
        times.extend(task??);
    }
    Ok(Figures { times, span: start.elapsed() })
}

/// Ends topics, one after another: a control entry is acknowledged when the hub's own tail has delivered it.
async fn ends(hub: &Hub) -> Outcome<Figures> {
    let mut times = Vec::new();
    let begin = Instant::now();
    for number in 0..1_000 {
        let start = Instant::now();
        hub.end(&format!("topic {number}"), Some(event())).await?;
        times.push(start.elapsed());
    }
    Ok(Figures { times, span: begin.elapsed() })
}

fn report(log: &str, load: &str, Figures { mut times, span }: Figures) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let rate = times.len() as f64 / span.as_secs_f64();
    println!("| {log} | {load} | {rate:.0} | {:.1?} | {:.1?} |", at(0.5), at(0.99));
}

/// Fills a journal, which keeps 100,000 events, and opens it again.
async fn room(path: &Path, events: usize, publishers: usize) -> Outcome<()> {
    let builder = || -> JournalBuilder { Journal::builder().durability(Durability::Process) };
    let journal = builder().open(path).await?;
    let hub = Hub::builder().open(journal.clone()).await?;
    let mut tasks = JoinSet::new();
    for publisher in 0..publishers {
        let hub = hub.clone();
        let events = (events + publisher) / publishers;
        tasks.spawn(async move {
            for _ in 0..events {
                hub.publish("a", event()).await?;
            }
            Ok::<_, sse_hub::PublishError>(())
        });
    }
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    journal.close().await;
    let blocks = std::fs::metadata(path)?.blocks() * 512;
    let start = Instant::now();
    let journal = builder().open(path).await?;
    let (opened, kept) = (start.elapsed(), journal.stats().events);
    assert_eq!(kept, 100_000);
    println!("| {events}, {publishers} at once | {} bytes | {opened:.0?} |", blocks / kept);
    journal.close().await;
    Ok(())
}
