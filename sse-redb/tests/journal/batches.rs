//! Appends share commits, and the bytes that wait are bounded.

use std::time::Duration;

use futures_util::{StreamExt, future::join_all};
use sse_hub::{Backend, Position, backend::LogEvent};
use sse_redb::{Durability, Journal};

use crate::{Place, all, append};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_publishers_share_commits() {
    let place = Place::new();
    let journal = Journal::open(&place.path).await.unwrap();
    let before = journal.stats().commits;
    let publishers = (0..64).map(|publisher| {
        let journal = journal.clone();
        tokio::spawn(async move {
            for number in 0..20 {
                append(&journal, format!("data: {publisher}-{number}\n\n")).await.unwrap();
            }
        })
    });
    for publisher in join_all(publishers).await {
        publisher.unwrap();
    }
    let commits = journal.stats().commits - before;
    println!("1,280 events in {commits} commits");
    assert!((20..=320).contains(&commits), "{commits} commits for 1,280 events");
    assert_eq!(all(&journal).await.len(), 1_280);
}

#[tokio::test]
async fn publishes_over_the_bound_are_refused_with_the_reason() {
    let place = Place::new();
    let journal = Journal::builder().max_waiting_bytes(100_000).open(&place.path).await.unwrap();
    // All are queued before the first is committed: 16 reach the bound long before a commit ends.
    let bodies = (0..200).map(|_| append(&journal, vec![b'x'; 30_000]));
    let results = join_all(bodies).await;
    let refused: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    assert!(!refused.is_empty(), "6 MB were taken");
    for error in &refused {
        assert!(!error.may_be_stored, "{error}");
        assert!(error.message.contains("wait to be written"), "{error}");
    }
    // Refused events are not stored; all others are.
    assert_eq!(all(&journal).await.len(), 200 - refused.len());
    // An event that is larger than the bound is still taken when nothing waits.
    append(&journal, vec![b'x'; 200_000]).await.unwrap();
}

#[tokio::test]
async fn a_dropped_append_does_no_harm() {
    let place = Place::new();
    let journal =
        Journal::builder().durability(Durability::Process).open(&place.path).await.unwrap();
    for number in 0..50 {
        let append = append(&journal, format!("data: {number}\n\n"));
        let _ = tokio::time::timeout(Duration::from_micros(number * 4), append).await;
    }
    let last = append(&journal, "data: last\n\n").await.unwrap();
    let entries = all(&journal).await;
    assert_eq!(entries.len() as u64, last);
    assert!(entries.iter().zip(1..).all(|(entry, at)| entry.position == Position::new(0, at)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tail_misses_nothing_however_far_it_is_behind() {
    let place = Place::new();
    let journal =
        Journal::builder().durability(Durability::Process).open(&place.path).await.unwrap();
    let publisher = {
        let journal = journal.clone();
        tokio::spawn(async move {
            for number in 1..=600_u64 {
                // More than stays in memory, so that the slow tail has to read the file.
                let body = format!("data: {number} {}\n\n", "x".repeat(16_000));
                append(&journal, body).await.unwrap();
            }
        })
    };
    let follow = |pause: u64| {
        let mut tail = journal.tail(Position::START);
        async move {
            for number in 1..=600 {
                let Some(Ok(LogEvent::Entry(entry))) = tail.next().await else {
                    panic!("no entry")
                };
                assert_eq!(entry.position, Position::new(0, number));
                assert!(entry.body.starts_with(format!("data: {number} ").as_bytes()));
                if number % 10 == 0 {
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
            }
        }
    };
    let (fast, slow) = (tokio::spawn(follow(0)), tokio::spawn(follow(15)));
    publisher.await.unwrap();
    let late = tokio::spawn(follow(0));
    for tail in [fast, slow, late] {
        tail.await.unwrap();
    }
}

#[tokio::test]
async fn closing_writes_pending_appends_and_releases_the_file() {
    let place = Place::new();
    let journal = Journal::open(&place.path).await.unwrap();
    let mut tail = journal.tail(Position::START);
    let waiting: Vec<_> = (0..10)
        .map(|number| {
            let journal = journal.clone();
            tokio::spawn(async move { append(&journal, format!("data: {number}\n\n")).await })
        })
        .collect();
    tokio::task::yield_now().await;
    journal.close().await;
    let mut stored = 0;
    for append in waiting {
        match append.await.unwrap() {
            Ok(_) => stored += 1,
            Err(error) => assert!(!error.may_be_stored, "{error}"),
        }
    }
    assert!(stored > 0, "nothing was waiting");
    for _ in 0..stored {
        assert!(matches!(tail.next().await, Some(Ok(LogEvent::Entry(_)))));
    }
    let more = tokio::time::timeout(Duration::from_millis(20), tail.next()).await;
    assert!(more.is_err(), "a tail has no end: {more:?}");
    let error = append(&journal, "data: late\n\n").await.unwrap_err();
    assert!(!error.may_be_stored && error.message.contains("closed"), "{error}");

    let again = Journal::open(&place.path).await.unwrap();
    assert_eq!(all(&again).await.len(), stored);
}
