//! Tests of the contract that every [`Backend`] keeps.
//!
//! For implementers: call [`all`] with a function that returns a backend on an empty log. The cases need no runtime
//! beyond what the backend itself needs.

use std::{
    future::{Future, poll_fn},
    task::Poll,
    time::Duration,
};

use bytes::Bytes;

use super::{
    Appended, Backend, BackendError, BackendFuture, Control, Entry, LogEvent, Noted, TailStream,
    control_topic,
};
use crate::{Position, Principal, TopicName};

/// Runs every case, each on an empty log that `make` returns.
///
/// # Example
/// ```
/// use sse_hub::{MemoryBackend, backend::contract};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// contract::all(|| async { MemoryBackend::new(1_000) }).await;
/// # }
/// ```
///
/// # Panics
/// If the contract is broken; the message names the expectation.
pub async fn all<B: Backend, F: Future<Output = B>>(make: impl Fn() -> F) {
    an_empty_log_has_nothing(make().await).await;
    positions_rise_over_all_topics(make().await).await;
    a_page_is_the_next_entries_in_order(make().await).await;
    a_tail_yields_old_entries_and_new_ones(make().await).await;
    tails_are_independent_and_agree(make().await).await;
    bodies_and_topics_are_read_unchanged(make().await).await;
    a_dropped_tail_can_be_replaced_without_loss(make().await).await;
    opening_again_keeps_the_epoch(make().await).await;
    nothing_follows_the_end_of_a_topic(make().await).await;
    the_log_s_order_decides_what_an_end_refuses(make().await).await;
    other_control_entries_are_read_unchanged(make().await).await;
    a_batch_is_stored_as_a_whole_and_in_order(make().await).await;
    closing_may_be_asked_for_twice(make().await).await;
}

/// Runs the cases of a backend that remembers [`notes`](Backend::notes), each on an empty log that `make` returns.
///
/// # Example
/// ```
/// use sse_hub::{MemoryBackend, backend::contract};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// contract::notes(|| async { MemoryBackend::new(1_000) }).await;
/// # }
/// ```
///
/// # Panics
/// If the contract is broken; the message names the expectation.
pub async fn notes<B: Backend, F: Future<Output = B>>(make: impl Fn() -> F) {
    a_note_is_remembered_with_the_end_of_its_topic(make().await).await;
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

async fn bodies_and_topics_are_read_unchanged(backend: impl Backend) {
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

async fn nothing_follows_the_end_of_a_topic(backend: impl Backend) {
    let opened = backend.open().await.expect("opens");
    assert!(opened.ended.is_empty(), "an empty log has ended topics");
    let [first, second, other] =
        ["a", "b", "c"].map(|topic| TopicName::new(topic).expect("a valid name"));
    let event = Bytes::from_static(b"data: 1\n\n");
    let ends = [None, Some(event.clone())].map(|last| Control::End { last }.encode());
    let mut expected = Vec::new();
    for (topic, end) in [&first, &second].into_iter().zip(&ends) {
        for body in [&event, end] {
            let position = backend.append(topic, body.clone()).await.expect("appends").position;
            expected.push(Entry { position, topic: topic.clone(), body: body.clone() });
        }
    }
    for handle in 0..2 {
        for topic in [&first, &second] {
            for body in [&event, &ends[0], &ends[1]] {
                let refused = backend.append(topic, body.clone()).await;
                let ended = refused.as_ref().is_err_and(BackendError::is_topic_ended);
                assert!(ended, "an append after the end of its topic: {refused:?}, {handle}");
            }
        }
        backend.open().await.expect("opens again");
    }
    let position = backend.append(&other, event.clone()).await.expect("appends").position;
    expected.push(Entry { position, topic: other, body: event });
    let mut tail = backend.tail(opened.floor);
    assert_eq!(entries(&mut tail, 5).await, expected, "what a tail yields of topics that end");
    let page = backend.read(opened.floor, 100).await.expect("reads");
    assert_eq!(page.entries, expected, "what a page has of topics that end");
}

async fn other_control_entries_are_read_unchanged(backend: impl Backend) {
    let opened = backend.open().await.expect("opens");
    let principal = Principal::new("user 7").expect("short");
    let revoke = Control::Revoke { principal: principal.clone() };
    let lifetime = Duration::from_secs(5);
    let ticket = Control::Ticket { hash: [b'\n'; 32], lifetime, principal };
    let used = Control::TicketUsed { hash: [0xff; 32] };
    let mut expected = Vec::new();
    for (topic, body) in [
        (control_topic(), revoke.encode()),
        (TopicName::new("a").expect("a valid name"), Control::Unknown.encode()),
        (control_topic(), ticket.encode()),
        (control_topic(), used.encode()),
        (TopicName::new("a").expect("a valid name"), Bytes::from_static(b"data: 1\n\n")),
    ] {
        let position = backend.append(&topic, body.clone()).await.expect("appends").position;
        expected.push(Entry { position, topic, body });
    }
    let mut tail = backend.tail(opened.floor);
    assert_eq!(entries(&mut tail, 5).await, expected, "a control entry was changed");
}

async fn a_batch_is_stored_as_a_whole_and_in_order(backend: impl Backend) {
    let opened = backend.open().await.expect("opens");
    let topic = TopicName::new("a").expect("a valid name");
    let bodies: Vec<_> = (0..5).map(|number| Bytes::from(format!("data: {number}\n\n"))).collect();
    let last = backend.append_all(&topic, bodies.clone()).await.expect("appends").position;
    let seen = entries(&mut backend.tail(opened.floor), 5).await;
    assert_eq!(
        seen.iter().map(|entry| &entry.body).collect::<Vec<_>>(),
        bodies.iter().collect::<Vec<_>>()
    );
    assert_eq!(seen.last().map(|entry| entry.position), Some(last), "the position of a batch");
    let end = backend.append(&topic, Control::End { last: None }.encode()).await.expect("appends");
    let refused = backend.append_all(&topic, bodies).await;
    assert!(refused.as_ref().is_err_and(BackendError::is_topic_ended), "{refused:?}");
    let page = backend.read(last, 100).await.expect("reads");
    let positions: Vec<_> = page.entries.iter().map(|entry| entry.position).collect();
    assert_eq!(positions, [end.position], "a batch after the end of its topic is read");
}

async fn a_note_is_remembered_with_the_end_of_its_topic(backend: impl Backend) {
    let opened = backend.open().await.expect("opens");
    assert_eq!(backend.notes().await.expect("reads"), [], "an empty log has notes");
    let names = ["b", "a", "c", "d"].map(|topic| TopicName::new(topic).expect("a valid name"));
    let [open, empty, ended, never] = &names;
    let event = Bytes::from_static(b"data: done\n\n");
    let note = |text: &'static [u8]| Control::Note { note: Bytes::from_static(text) }.encode();
    let mut expected = Vec::new();
    for (topic, body) in [
        (open, note(b"replaced")),
        (open, note(b"\0\n1-2\xff")),
        (empty, note(b"")),
        (ended, note(b"3")),
        (ended, event.clone()),
        (ended, Control::End { last: Some(event.clone()) }.encode()),
        (empty, Control::End { last: None }.encode()),
        (never, Control::End { last: Some(event.clone()) }.encode()),
    ] {
        let position = backend.append(topic, body.clone()).await.expect("appends").position;
        if let Some(Control::Note { note }) = Control::decode(&body) {
            expected.push(Noted { topic: topic.clone(), position, note, last: None });
        }
    }
    expected.remove(0);
    expected[1].last = Some(Bytes::new());
    expected[2].last = Some(event);
    for _ in 0..2 {
        assert_eq!(backend.notes().await.expect("reads"), expected, "the notes of topics");
        let refused = backend.append(ended, note(b"4")).await;
        assert!(refused.as_ref().is_err_and(BackendError::is_topic_ended), "{refused:?}");
        backend.open().await.expect("opens again");
    }
    let seen = entries(&mut backend.tail(opened.floor), 8).await;
    assert_eq!(seen[1].body, note(b"\0\n1-2\xff"), "a note was changed");
}

async fn the_log_s_order_decides_what_an_end_refuses(backend: impl Backend) {
    let opened = backend.open().await.expect("opens");
    let topic = TopicName::new("a").expect("a valid name");
    let (event, end) = (Bytes::from_static(b"data: 1\n\n"), Control::End { last: None }.encode());
    let bodies = (0..40).map(|number| if number % 10 == 7 { &end } else { &event });
    let appends = bodies.clone().map(|body| backend.append(&topic, body.clone()));
    let appended = all_of(appends.collect()).await;
    let mut stored = Vec::new();
    let mut ends = 0;
    for (body, appended) in bodies.zip(appended) {
        match appended {
            Ok(Appended { position, .. }) => {
                stored.push(position);
                ends += usize::from(*body == end);
            }
            Err(error) => assert!(error.is_topic_ended(), "{error}"),
        }
    }
    assert_eq!(ends, 1, "of several ends, the first in the log counts");
    stored.sort_unstable();
    let seen = entries(&mut backend.tail(opened.floor), stored.len()).await;
    assert_eq!(seen.iter().map(|entry| entry.position).collect::<Vec<_>>(), stored);
    assert_eq!(seen.last().map(|entry| &entry.body), Some(&end), "acknowledged after the end");
}

/// The results of futures that run at the same time.
async fn all_of<T>(mut futures: Vec<BackendFuture<'_, T>>) -> Vec<Result<T, BackendError>> {
    let mut results: Vec<_> = futures.iter().map(|_| None).collect();
    poll_fn(|cx| {
        for (future, result) in futures.iter_mut().zip(&mut results) {
            if result.is_none()
                && let Poll::Ready(ready) = future.as_mut().poll(cx)
            {
                *result = Some(ready);
            }
        }
        if results.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    results.into_iter().flatten().collect()
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
