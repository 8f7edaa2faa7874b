//! Tests of the time at which a stream expires.

use std::{sync::Arc, time::SystemTime};

use super::*;

/// Reads a silent stream; returns its chunks, how long it was open, and why it ended.
async fn read_silent(config: Config) -> (Vec<(u64, String)>, Duration, EndReason) {
    let reason = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&reason);
    let config =
        config.on_end(move |end| *seen.lock().expect("no panic") = Some((end.reason, end.age)));
    let chunks = read(Body::new(stream::pending::<Event>()).config(config)).await;
    let (reason, age) = reason.lock().expect("no panic").take().expect("an end");
    (chunks, age, reason)
}

fn notice(before: u64) -> Expiry {
    Expiry::at(Instant::now() + seconds(60)).notice(seconds(before), data("renew"))
}

const NOTICE: &str = "data: renew\n\n";

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_it_expires() {
    let at = Instant::now() + seconds(25);
    let events = || Body::new(timed(&[(10, "a"), (10, "b"), (10, "c")]));
    check(
        read(events().config(config().expires_at(at))).await,
        &[(0, &[OPENING]), (10, &["data: a\n\n"]), (20, &["data: b\n\n"])],
    );
    // It has expired before the stream opens.
    check(read(events().config(config().expires_at(at))).await, &[(0, &[OPENING])]);

    let system = SystemTime::now() + seconds(25);
    let (_, age, reason) = read_silent(config().expires_at(system)).await;
    assert!((seconds(20)..=seconds(25)).contains(&age), "{age:?}");
    assert_eq!(reason, EndReason::Expired);
    let past = SystemTime::now() - seconds(25);
    let (_, age, reason) = read_silent(config().expires_at(past)).await;
    assert!(age < seconds(1), "{age:?}");
    assert_eq!(reason, EndReason::Expired);
    let std = Instant::now().into_std() + seconds(25);
    assert_eq!(read_silent(config().expires_at(std)).await.1.as_secs(), 25);
}

#[tokio::test(start_paused = true)]
async fn a_page_is_notified_before_its_stream_expires() {
    for (before, at) in [(60, 0), (600, 0), (20, 40), (1, 59)] {
        let (chunks, age, _) = read_silent(config().expires_at(notice(before))).await;
        let mut texts: Vec<_> = chunks.iter().map(|(at, text)| (*at, text.as_str())).collect();
        assert_eq!(texts.pop().map(|(at, text)| (at, text.ends_with(NOTICE))), Some((at, true)));
        assert!(texts.is_empty() || texts == [(0, OPENING)], "{texts:?}");
        assert_eq!(age.as_secs(), 60);
    }
    let keep_alive = config().keep_alive(KeepAlive::every(seconds(40)));
    let (chunks, ..) = read_silent(keep_alive.expires_at(notice(20))).await;
    check(chunks, &[(0, &[OPENING]), (40, &[NOTICE])]);
}

#[tokio::test(start_paused = true)]
async fn a_notice_is_not_held_up_by_a_source_that_is_always_ready() {
    let ready = stream::repeat_with(|| data(&"x".repeat(50_000)));
    let mut busy = uncut(Body::new(ready).config(config().expires_at(notice(20))));
    busy.next().await.expect("the first chunk");
    sleep(seconds(40)).await;
    assert!(busy.next().await.expect("a chunk").starts_with(NOTICE.as_bytes()));
    assert!(!busy.next().await.expect("a chunk").starts_with(NOTICE.as_bytes()));
    sleep(seconds(20)).await;
    assert_eq!(busy.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_has_expired_sends_no_event() {
    // The timer has no fractions of a millisecond.
    sleep(Duration::from_millis(1)).await;
    tokio::time::advance(Duration::from_micros(500)).await;
    for expiry in [
        Expiry::at(Instant::now()),
        Expiry::at(Instant::now() - seconds(1)),
        Expiry::at(SystemTime::now() - seconds(1)),
        Expiry::at(SystemTime::UNIX_EPOCH),
    ] {
        let ready = Body::new(stream::iter([data("secret")])).config(config().expires_at(expiry));
        check(read(ready).await, &[(0, &[OPENING])]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_earliest_of_age_expiry_and_drain_ends_a_stream() {
    for (age, expiry, drain_at, expected) in [
        (30, 20, 40, (20, EndReason::Expired)),
        (20, 30, 40, (20, EndReason::MaxAge)),
        (30, 40, 20, (20, EndReason::Shutdown)),
        (40, 30, 20, (20, EndReason::Shutdown)),
    ] {
        let config = config().max_age(seconds(age)).expires_at(Instant::now() + seconds(expiry));
        let shutdown = shutdown(&config);
        let begin = tokio::spawn(async move {
            sleep(seconds(drain_at)).await;
            shutdown.begin(drain()).await
        });
        let (_, age, reason) = read_silent(config).await;
        assert_eq!((age.as_secs(), reason), expected);
        begin.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_may_expire_before_the_servers_other_streams() {
    let server = Config::default().expires_at(Instant::now() + seconds(60));
    let scope = Scope::new(Shutdown::new(), &server);
    let body = || Body::new(stream::pending::<Event>()).scope(Some(&scope));
    let began = Instant::now();
    let own = Config::default().expires_at(began + seconds(5)).keep_alive(KeepAlive::off());
    read(body().config(own)).await;
    assert_eq!(began.elapsed().as_secs(), 5);
    read(body()).await;
    assert_eq!(began.elapsed().as_secs(), 60);
}
