//! Tests of the contract that every [`Backend`] keeps.
//!
//! For implementers: call [`all`] with a function that makes an empty log. The cases need only what the backend
//! itself needs of a runtime.

use std::future::{Future, poll_fn};

use bytes::Bytes;

use super::{Backend, Entry, LogEvent, TailStream};
use crate::{Position, TopicName};

/// Runs every case, each on an empty log that `make` returns.
///
/// # Panics
/// If the contract is broken; the message names the expectation.
pub async fn all<B: Backend, F: Future<Output = B>>(make: impl Fn() -> F) {
    an_empty_log_has_nothing(make().await).await;
    positions_rise_over_all_topics(make().await).await;
    a_page_is_the_next_entries_in_order(make().await).await;
    a_tail_yields_old_entries_and_new_ones(make().await).await;
    tails_are_independent_and_agree(make().await).await;
    bodies_and_topics_come_back_unchanged(make().await).await;
    a_dropped_tail_can_be_replaced_without_loss(make().await).await;
    opening_again_keeps_the_epoch(make().await).await;
    closing_may_be_asked_for_twice(make().await).await;
}

async fn an_empty_log_has_nothing(backend: impl Backend) {
    let opened = backend.open().await.expect("opens");
    let page = backend.read(opened.floor, 10).await.expect("reads");
    assert!(page.entries.is_empty(), "an empty log has entries: {page:?}");
}

async fn positions_rise_over_all_topics(backend: impl Backend) {
    let opened = backend.open().await.expect("opens");
    let positions = append(&backend, 20).await;
    assert!(positions[0] > opened.floor, "{positions:?} is not after the floor {opened:?}");
    assert!(positions.is_sorted_by(|a, b| a < b), "positions do not rise: {positions:?}");
}

async fn a_page_is_the_next_entries_in_order(backend: impl Backend) {
    let opened = backend.open().await.expect("opens");
    let positions = append(&backend, 20).await;
    let mut after = opened.floor;
    let mut read = Vec::new();
    loop {
        let page = backend.read(after, 7).await.expect("reads");
        assert!(page.entries.len() <= 7, "a page of more than was asked for");
        let Some(last) = page.entries.last() else { break };
        after = last.position;
        read.extend(page.entries.iter().map(|entry| entry.position));
    }
    assert_eq!(read, positions, "pages do not add up to the log");
}

async fn a_tail_yields_old_entries_and_new_ones(backend: impl Backend) {
    let opened = backend.open().await.expect("opens");
    let mut positions = append(&backend, 10).await;
    let mut tail = backend.tail(opened.floor);
    let mut seen = entries(&mut tail, 10).await;
    positions.extend(append(&backend, 10).await);
    seen.extend(entries(&mut tail, 10).await);
    let seen: Vec<_> = seen.iter().map(|entry| entry.position).collect();
    assert_eq!(seen, positions, "a tail missed, doubled or swapped entries");
}

async fn tails_are_independent_and_agree(backend: impl Backend) {
    let opened = backend.open().await.expect("opens");
    let positions = append(&backend, 10).await;
    let (mut one, mut late) = (backend.tail(opened.floor), backend.tail(positions[4]));
    let one = entries(&mut one, 10).await;
    let late = entries(&mut late, 5).await;
    assert_eq!(one[5..], late, "two tails disagree");
}

async fn bodies_and_topics_come_back_unchanged(backend: impl Backend) {
    let opened = backend.open().await.expect("opens");
    let large = [b"data: ", &[b'x'; 100_000][..], b"\n\n"].concat();
    let mut expected = Vec::new();
    for (topic, body) in [
        ("a", &b"data: 1\n\n"[..]),
        ("\u{e4} b/c?*[x]", b"event: x\ndata: \0\xff\n\n"),
        ("a", &large),
    ] {
        let topic = TopicName::new(topic).expect("a valid name");
        let body = Bytes::copy_from_slice(body);
        let position = backend.append(&topic, body.clone()).await.expect("appends").position;
        expected.push(Entry { position, topic, body });
    }
    let mut tail = backend.tail(opened.floor);
    assert_eq!(entries(&mut tail, 3).await, expected, "an entry was changed");
}

async fn a_dropped_tail_can_be_replaced_without_loss(backend: impl Backend) {
    let opened = backend.open().await.expect("opens");
    let positions = append(&backend, 10).await;
    let mut after = opened.floor;
    let mut seen = Vec::new();
    for _ in 0..10 {
        let entry = entries(&mut backend.tail(after), 1).await.remove(0);
        after = entry.position;
        seen.push(entry.position);
    }
    assert_eq!(seen, positions, "a tail that replaced another missed or doubled entries");
}

async fn opening_again_keeps_the_epoch(backend: impl Backend) {
    let first = backend.open().await.expect("opens");
    append(&backend, 3).await;
    let again = backend.open().await.expect("opens again");
    assert_eq!(first.epoch, again.epoch, "the log is the same, and so is its epoch");
}

async fn closing_may_be_asked_for_twice(backend: impl Backend) {
    let opened = backend.open().await.expect("opens");
    append(&backend, 3).await;
    let mut tail = backend.tail(opened.floor);
    entries(&mut tail, 3).await;
    drop(tail);
    backend.close().await;
    backend.close().await;
}

async fn append(backend: &impl Backend, count: usize) -> Vec<Position> {
    let mut positions = Vec::new();
    for number in 0..count {
        let topic = TopicName::new(["even", "odd"][number % 2]).expect("a valid name");
        let body = Bytes::from(format!("data: {number}\n\n"));
        positions.push(backend.append(&topic, body).await.expect("appends").position);
    }
    positions
}

/// The next entries of a tail, past errors that it recovers from.
async fn entries(tail: &mut TailStream, count: usize) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut errors = 0;
    while entries.len() < count {
        match poll_fn(|cx| tail.as_mut().poll_next(cx)).await {
            Some(Ok(LogEvent::Entry(entry))) => entries.push(entry),
            Some(Ok(LogEvent::Recovered)) => {}
            Some(Ok(other)) => panic!("{other:?} in a log that has lost nothing"),
            Some(Err(error)) => {
                errors += 1;
                assert!(errors < 10, "the tail goes on failing: {error}");
            }
            None => panic!("a tail ended"),
        }
    }
    entries
}
