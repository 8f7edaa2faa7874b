//! How much is kept, and how much space it takes.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, SystemTime},
};

use futures_util::{StreamExt, future::join_all};
use sse_hub::{Backend, Position, Retention, backend::LogEvent};
use sse_redb::{Durability, Journal, JournalBuilder};

use crate::{Place, all, append};

fn builder() -> JournalBuilder {
    Journal::builder().durability(Durability::Process)
}

async fn positions(journal: &Journal) -> Vec<u64> {
    all(journal).await.iter().map(|entry| entry.position.lower()).collect()
}

#[tokio::test]
async fn the_number_of_events_is_bounded() {
    let place = Place::new();
    let journal =
        builder().retention(Retention::default().events(10)).open(&place.path).await.unwrap();
    let mut floor = Position::START;
    for number in 1..=25 {
        assert_eq!(append(&journal, "data: x\n\n").await, Ok(number));
        let stats = journal.stats();
        assert!(stats.floor >= floor, "the floor fell");
        floor = stats.floor;
        assert_eq!(stats.events, number.min(10));
    }
    assert_eq!(positions(&journal).await, (16..=25).collect::<Vec<_>>());
    journal.close().await;

    // The floor is kept; the next publish applies the lower bound.
    let journal =
        builder().retention(Retention::default().events(3)).open(&place.path).await.unwrap();
    assert_eq!(journal.stats().floor, Position::new(0, 15));
    let mut tail = journal.tail(Position::new(0, 4));
    assert_eq!(
        tail.next().await,
        Some(Ok(LogEvent::Gap { floor: Position::new(0, 15), ended: Vec::new() }))
    );
    assert_eq!(append(&journal, "data: x\n\n").await, Ok(26), "no position is used twice");
    assert_eq!(positions(&journal).await, [24, 25, 26]);
}

#[tokio::test]
async fn bytes_are_bounded_and_the_newest_event_is_always_kept() {
    let place = Place::new();
    let journal =
        builder().retention(Retention::default().bytes(10_000)).open(&place.path).await.unwrap();
    for _ in 0..50 {
        append(&journal, vec![b'x'; 1_000]).await.unwrap();
        assert!(journal.stats().bytes <= 10_000);
    }
    assert_eq!(journal.stats().events, 9);
    append(&journal, vec![b'x'; 50_000]).await.unwrap();
    assert_eq!(positions(&journal).await, [51]);
}

#[tokio::test]
async fn old_events_go_by_the_given_clock() {
    let place = Place::new();
    let hours = Arc::new(AtomicU64::new(0));
    let opened = || {
        let hours = Arc::clone(&hours);
        let clock =
            move || SystemTime::UNIX_EPOCH + Duration::from_secs(3_600 * hours.load(SeqCst));
        builder()
            .clock(clock)
            .retention(Retention::default().age(Duration::from_secs(3_600 * 24)))
            .open(&place.path)
    };
    let journal = opened().await.unwrap();
    for hour in 100..150 {
        hours.store(hour, SeqCst);
        append(&journal, "data: x\n\n").await.unwrap();
    }
    assert_eq!(journal.stats().events, 25);
    journal.close().await;
    let journal = opened().await.unwrap();
    hours.store(160, SeqCst);
    append(&journal, "data: x\n\n").await.unwrap();
    assert_eq!(journal.stats().events, 15);
    // A clock that is set back loses nothing.
    hours.store(1, SeqCst);
    append(&journal, "data: x\n\n").await.unwrap();
    assert_eq!(journal.stats().events, 16);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_stays_bounded() {
    let place = Place::new();
    let mut longest = 0;
    let mut body = vec![b'x'; 256];
    body.extend_from_slice(b"\n\n");
    for round in 0..3 {
        let journal = builder()
            .retention(Retention::default().events(1_000))
            .open(&place.path)
            .await
            .unwrap();
        for _ in 0..6 {
            let publishers = (0..50).map(|_| {
                let (journal, body) = (journal.clone(), body.clone());
                tokio::spawn(async move {
                    for _ in 0..10 {
                        append(&journal, body.clone()).await.unwrap();
                    }
                })
            });
            join_all(publishers).await;
            longest = longest.max(fs::metadata(&place.path).unwrap().len());
        }
        journal.close().await;
        println!("round {round}: {} KiB", fs::metadata(&place.path).unwrap().len() / 1024);
    }
    // 1,000 events of 258 bytes are 0.26 MiB.
    assert!(longest < 4 << 20, "the file took {longest} bytes");
}

#[tokio::test]
async fn a_file_that_has_become_too_large_is_compacted() {
    let place = Place::new();
    let journal = builder().open(&place.path).await.unwrap();
    for _ in 0..60 {
        append(&journal, vec![b'x'; 500_000]).await.unwrap();
    }
    journal.close().await;
    let before = fs::metadata(&place.path).unwrap().len();
    let journal =
        builder().retention(Retention::default().bytes(1 << 20)).open(&place.path).await.unwrap();
    append(&journal, "data: x\n\n").await.unwrap();
    journal.close().await;
    let journal = builder().open(&place.path).await.unwrap();
    let after = fs::metadata(&place.path).unwrap().len();
    println!("{before} bytes became {after}");
    assert!(before > 30 << 20 && after < 8 << 20, "{before} bytes became {after}");
    assert_eq!(positions(&journal).await, [59, 60, 61]);
    assert_eq!(append(&journal, "data: x\n\n").await, Ok(62));
}
