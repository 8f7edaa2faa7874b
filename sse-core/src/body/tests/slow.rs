//! Tests of sources that are always ready, but slow.

use std::{future::poll_fn, thread};

use super::*;

/// The time that a source spends in each poll. It sleeps in place of using the CPU.
const WORK: Duration = Duration::from_millis(5);

const EVENTS: usize = 140;

/// Yields events without a `Pending` between them. From event number `first` on, each is slow.
fn slow_from(first: usize) -> impl Stream<Item = Event> + Unpin {
    stream::iter(1..=EVENTS).map(move |number| {
        if number >= first {
            thread::sleep(WORK);
        }
        data("x")
    })
}

/// Returns the result of each poll of a body: the number of events in the chunk, or `None` for `Pending`.
async fn polls<S>(body: Body<S>) -> Vec<Option<usize>>
where
    S: Stream,
    S::Item: BodyItem,
{
    let mut body = uncut(body);
    let mut polls = Vec::new();
    poll_fn(|cx| {
        let poll = body.poll_next_unpin(cx);
        match &poll {
            Poll::Ready(Some(chunk)) => {
                let text = String::from_utf8_lossy(chunk);
                polls.push(Some(text.matches("data: ").count()));
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Ready(None) => Poll::Ready(()),
            Poll::Pending => {
                polls.push(None);
                Poll::Pending
            }
        }
    })
    .await;
    polls
}

#[tokio::test]
async fn headers_wait_for_one_poll_of_the_source() {
    let mut body = uncut(Body::new(slow_from(1)).config(config()));
    assert_eq!(body.next().await.expect("a chunk"), [OPENING, "data: x\n\n"].concat());
}

#[tokio::test]
async fn a_chunk_of_a_slow_source_is_closed_within_eight_items_and_flushed() {
    for first in [1, 10, 130] {
        let polls = polls(Body::new(slow_from(first)).config(config())).await;
        let mut before = 0;
        for (at, events) in polls.iter().enumerate() {
            let Some(events) = events else { continue };
            let slow = (before + events).saturating_sub((first - 1).max(before));
            assert!(slow <= 8, "from {first}: {slow} slow events in a chunk of {events}");
            before += events;
            if slow > 0 && before < EVENTS {
                assert_eq!(polls[at + 1], None, "from {first}: not flushed after event {before}");
            }
        }
        assert_eq!(before, EVENTS, "from {first}");
    }
}

#[tokio::test]
async fn large_events_of_a_slow_source_are_flushed_one_by_one() {
    let large = stream::iter(0..5).map(|_| {
        thread::sleep(WORK);
        data(&"x".repeat(poll_items::MAX_BYTES))
    });
    let expected = [Some(1), None, Some(1), None, Some(1), None, Some(1), None, Some(1), None];
    assert_eq!(polls(Body::new(large).config(config())).await, expected);
}

#[tokio::test(start_paused = true)]
async fn ready_events_of_a_fast_source_are_one_chunk() {
    let ready = stream::iter((0..64).map(|_| data("x"))).chain(stream::pending());
    let mut body = uncut(Body::new(ready).config(config()));
    let chunk = body.next().await.expect("a chunk");
    assert_eq!(String::from_utf8_lossy(&chunk).matches("data: ").count(), 64);
}
