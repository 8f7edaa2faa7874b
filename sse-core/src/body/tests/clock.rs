//! Tests of the keep-alive, the maximum age, and the task that the timer wakes.

use std::{
    future::{Future, poll_fn},
    pin::pin,
};

use tokio::task::coop;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_keep_alive_is_sent_only_after_a_whole_interval_of_silence() {
    let config = config().keep_alive(KeepAlive::every(seconds(15)));
    let body = Body::new(timed(&[(10, "a"), (1, "b"), (35, "c"), (14, "d")])).config(config);
    check(
        read(body).await,
        &[
            (0, &[OPENING]),
            (10, &["data: a\n\n"]),
            (11, &["data: b\n\n"]),
            (26, &[COMMENT]),
            (41, &[COMMENT]),
            (46, &["data: c\n\n"]),
            (60, &["data: d\n\n"]),
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn the_default_keep_alive_is_a_comment_every_15_seconds() {
    let body = Body::new(timed(&[(31, "a")])).config(config().keep_alive(KeepAlive::default()));
    check(
        read(body).await,
        &[(0, &[OPENING]), (15, &[COMMENT]), (30, &[COMMENT]), (31, &["data: a\n\n"])],
    );
}

#[tokio::test(start_paused = true)]
async fn a_keep_alive_may_be_another_comment_or_an_event() {
    for (keep_alive, expected) in [
        (KeepAlive::every(seconds(5)).comment("x\ny"), ": x\n: y\n"),
        (KeepAlive::every(seconds(5)).event(data("").event("ping")), "event: ping\ndata: \n\n"),
        (KeepAlive::every(seconds(5)).event(Event::new()), COMMENT),
    ] {
        let body = Body::new(timed(&[(6, "a")])).config(config().keep_alive(keep_alive));
        check(read(body).await, &[(0, &[OPENING]), (5, &[expected]), (6, &["data: a\n\n"])]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_keep_alive_can_be_off_unless_it_is_required() {
    let body = || Body::new(timed(&[(20, "a")])).config(config());
    check(read(body()).await, &[(0, &[OPENING]), (20, &["data: a\n\n"])]);
    check(
        read(body().require_keep_alive()).await,
        &[(0, &[OPENING]), (15, &[COMMENT]), (20, &["data: a\n\n"])],
    );
}

#[tokio::test(start_paused = true)]
async fn intervals_that_pass_without_a_poll_cause_one_keep_alive() {
    let config = config().keep_alive(KeepAlive::every(seconds(15)));
    let mut body = uncut(Body::new(stream::pending::<Event>()).config(config));
    body.next().await.expect("the first chunk");
    sleep(seconds(100)).await;
    assert_eq!(body.next().await.expect("a keep-alive"), COMMENT);
    let silence = timeout(seconds(14), body.next()).await;
    assert!(silence.is_err(), "{silence:?}");
    assert_eq!(body.next().await.expect("a keep-alive"), COMMENT);
}

#[tokio::test(start_paused = true)]
async fn a_keep_alive_is_not_sent_together_with_an_event() {
    let config = config().keep_alive(KeepAlive::every(seconds(5)));
    let body = Body::new(timed(&[(5, "a"), (6, "b")])).config(config);
    check(
        read(body).await,
        &[(0, &[OPENING]), (5, &["data: a\n\n"]), (10, &[COMMENT]), (11, &["data: b\n\n"])],
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_at_its_maximum_age() {
    let config = config().max_age(seconds(25));
    let body = Body::new(timed(&[(10, "a"), (10, "b"), (10, "c")])).config(config.clone());
    let began = Instant::now();
    check(read(body).await, &[(0, &[OPENING]), (10, &["data: a\n\n"]), (20, &["data: b\n\n"])]);
    assert_eq!(began.elapsed().as_secs(), 25);

    let ready = stream::repeat_with(|| data(&"x".repeat(50_000)));
    let mut busy = uncut(Body::new(ready).config(config));
    busy.next().await.expect("the first chunk");
    sleep(seconds(25)).await;
    assert!(busy.next().await.is_some(), "one more batch");
    assert_eq!(busy.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn maximum_ages_are_drawn() {
    for _ in 0..20 {
        let config = config().max_age(seconds(20)..=seconds(40));
        let began = Instant::now();
        read(Body::new(stream::pending::<Event>()).config(config)).await;
        let age = began.elapsed();
        assert!((seconds(20)..=seconds(41)).contains(&age), "{age:?}");
    }
}

/// Returns a body after its first chunk, polled to `Pending` by a task that has ended since.
async fn polled_elsewhere<S>(body: Body<S>) -> impl Stream<Item = Bytes> + Unpin
where
    S: Stream<Item = Event> + Send + 'static,
{
    let polled = tokio::spawn(async move {
        let mut body = Box::pin(body);
        body.next().await.expect("the first chunk").expect("no cut");
        let next = poll_fn(|cx| Poll::Ready(body.as_mut().poll_next(cx))).await;
        assert!(next.is_pending(), "{next:?}");
        body
    });
    polled.await.expect("no panic").map(|chunk| chunk.expect("no cut"))
}

#[tokio::test(start_paused = true)]
async fn a_body_that_moves_to_another_task_is_woken_there() {
    let config = config().keep_alive(KeepAlive::default());
    let quiet = || Body::new(stream::pending::<Event>()).config(config.clone());
    let began = Instant::now();

    let mut body = polled_elsewhere(quiet()).await;
    assert_eq!(body.next().await.as_deref(), Some(COMMENT.as_bytes()));
    assert_eq!(began.elapsed(), seconds(15));
    drop(body);

    let body = polled_elsewhere(quiet()).await;
    tokio::spawn(async move {
        sleep(seconds(1)).await;
        shutdown(&config).begin(drain()).await
    });
    assert_eq!(body.collect::<Vec<_>>().await, ["retry: 9000\n"]);
    assert_eq!(began.elapsed(), seconds(16));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_has_used_up_its_budget_is_still_woken_for_the_keep_alive() {
    let config = config().keep_alive(KeepAlive::default());
    let mut body = uncut(Body::new(stream::pending::<Event>()).config(config));
    let began = Instant::now();
    let mut chunks = Vec::new();
    poll_fn(|cx| {
        while coop::has_budget_remaining() {
            assert!(pin!(coop::consume_budget()).poll(cx).is_ready());
        }
        while let Poll::Ready(chunk) = body.poll_next_unpin(cx) {
            chunks.push(chunk.expect("no end"));
        }
        if chunks.len() < 2 { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    assert_eq!(chunks, [OPENING, COMMENT]);
    assert_eq!(began.elapsed(), seconds(15));
}
