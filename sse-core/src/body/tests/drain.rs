//! Tests of the effect of a drain on streams and requests.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_drain_ends_idle_streams_with_a_reconnection_time() {
    let config = config();
    let shutdown = shutdown(&config).clone();
    let body = tokio::spawn(read(Body::new(stream::pending::<Event>()).config(config)));
    sleep(seconds(10)).await;
    assert_eq!(shutdown.open_streams(), 1);
    assert!(!shutdown.is_draining());

    let report = shutdown.begin(drain()).await;
    assert!(shutdown.is_draining());
    assert_eq!((report.ended, report.abandoned), (1, 0));
    check(body.await.expect("no panic"), &[(0, &[OPENING]), (10, &["retry: 9000\n"])]);
}

#[tokio::test(start_paused = true)]
async fn a_drain_lets_a_busy_stream_send_one_more_batch_and_a_last_event() {
    let config = config();
    let shutdown = shutdown(&config).clone();
    let mut body = uncut(Body::new(stream::repeat_with(|| data("a"))).config(config));
    body.next().await.expect("the first chunk");

    let drained = shutdown.begin(drain().last_event(data("bye").event("closing")));
    let last = body.next().await.expect("one more batch");
    let last = String::from_utf8(last.to_vec()).expect("UTF-8");
    let end = "data: a\n\nevent: closing\ndata: bye\n\nretry: 9000\n";
    assert!(last.ends_with(end), "{last}");
    assert_eq!(body.next().await, None);
    assert_eq!(drained.await.ended, 1);
}

#[tokio::test(start_paused = true)]
async fn a_drain_is_spread_and_streams_deliver_until_their_turn() {
    let config = config();
    let shutdown = shutdown(&config).clone();
    let began = Instant::now();
    let bodies: Vec<_> = (0..100)
        .map(|_| {
            let ticks = stream::unfold((), |()| async {
                sleep(Duration::from_millis(100)).await;
                Some((data("tick"), ()))
            });
            let config = config.clone();
            tokio::spawn(async move {
                let body = Body::new(ticks.boxed()).config(config);
                let chunks: Vec<_> = uncut(body).collect().await;
                (began.elapsed(), chunks.len())
            })
        })
        .collect();
    tokio::task::yield_now().await;

    let report = shutdown.begin(drain().spread(seconds(4))).await;
    assert_eq!((report.ended, report.abandoned), (100, 0));
    let mut ends = Vec::new();
    for body in bodies {
        let (end, chunks) = body.await.expect("no panic");
        assert!(chunks as u128 >= end.as_millis() / 100, "{chunks} chunks in {end:?}");
        ends.push(end);
    }
    let early = ends.iter().filter(|end| **end < seconds(2)).count();
    assert!((20..=80).contains(&early), "{early} of 100 in the first half");
    assert!(ends.iter().all(|end| *end <= seconds(4) + Duration::from_millis(10)), "{ends:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_nobody_reads_is_abandoned_at_the_deadline() {
    let config = config();
    let shutdown = shutdown(&config).clone();
    let mut stuck = uncut(Body::new(stream::pending::<Event>()).config(config));
    stuck.next().await.expect("the first chunk");

    let began = Instant::now();
    let report = shutdown.begin(drain()).await;
    assert_eq!((report.ended, report.abandoned), (0, 1));
    assert_eq!(began.elapsed(), seconds(5));
}

#[tokio::test(start_paused = true)]
async fn a_request_during_a_drain_gets_a_reconnection_time_and_the_end() {
    let config = config();
    let shutdown = shutdown(&config).clone();
    drop(shutdown.begin(drain()));
    let (head, body) = Body::new(stream::pending::<Event>()).config(config).into_parts();
    assert_eq!(head, Head::STREAM);
    check(read(body).await, &[(0, &["retry: 9000\n"])]);
}

#[tokio::test(start_paused = true)]
async fn a_request_is_refused_during_a_drain_if_configured() {
    let config = config();
    let shutdown = shutdown(&config).clone();
    let body = || Body::new(timed(&[(0, "a")])).config(config.clone().refuse_when_draining());
    assert_eq!(body().into_parts().0, Head::STREAM);

    drop(shutdown.begin(drain()));
    let (head, body) = body().into_parts();
    assert_eq!(head, Head::UNAVAILABLE);
    check(read(body).await, &[]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_at_its_turn_or_at_its_maximum_age_whichever_is_first() {
    // The turn of a stream with `Ending::WhenFinished` is half a second before the deadline.
    for (max_age, reason, millis) in [
        (seconds(30), EndReason::Shutdown, 10_000 + 4_500),
        (seconds(12), EndReason::MaxAge, 12_000),
    ] {
        let (sender, ends) = mpsc::channel();
        let sender = Mutex::new(sender);
        let config = config().max_age(max_age).ending(Ending::WhenFinished).on_end(move |end| {
            let end = (end.reason, end.age.as_millis());
            sender.lock().expect("no panic").send(end).expect("a receiver");
        });
        let shutdown = shutdown(&config).clone();
        let body = tokio::spawn(async move {
            let mut body = pin!(Body::new(stream::pending::<Event>()).config(config));
            while body.next().await.is_some() {}
        });
        sleep(seconds(10)).await;
        shutdown.begin(drain()).await;
        body.await.expect("no panic");
        let (seen, age) = ends.try_recv().expect("observed");
        assert_eq!(seen, reason, "a maximum age of {max_age:?}");
        // The timer has a resolution of 1 ms, and the stream waits for `BEFORE_CUT` before it is cut.
        assert!((millis..millis + 50).contains(&age), "{age} ms, a maximum age of {max_age:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_drain_waits_for_the_first() {
    let config = config();
    let shutdown = shutdown(&config).clone();
    let body = tokio::spawn(read(Body::new(stream::pending::<Event>()).config(config)));
    tokio::task::yield_now().await;
    let first = shutdown.begin(drain());
    let second = shutdown.begin(drain().spread(seconds(1000)).deadline(seconds(1000)));
    assert_eq!(first.await, second.await);
    assert_eq!(body.await.expect("no panic").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_beginning_of_a_drain_can_be_awaited() {
    let shutdown = Shutdown::new();
    let waiting = tokio::spawn({
        let shutdown = shutdown.clone();
        async move { shutdown.draining().await }
    });
    sleep(seconds(1)).await;
    assert!(!waiting.is_finished());
    shutdown.begin(drain()).await;
    waiting.await.expect("no panic");
    shutdown.draining().await;
}
