//! Tests of the ways in which a server ends a stream.

use std::future::poll_fn;

use super::*;
use crate::DrainReport;

/// The text that a body sent, and how the body ended.
#[derive(Debug, PartialEq)]
struct Outcome {
    text: String,
    end: End,
    /// Whether time passed between the last chunk and the end, for the framework to write the chunk.
    flushed: bool,
    at: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Complete,
    Cut(EndReason),
}

async fn outcome<S>(body: Body<S>) -> Outcome
where
    S: Stream,
    S::Item: BodyItem,
{
    let began = Instant::now();
    let mut body = std::pin::pin!(body);
    let (mut text, mut wrote) = (String::new(), began);
    let end = poll_fn(|cx| {
        loop {
            match body.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    text += std::str::from_utf8(&chunk).expect("UTF-8");
                    wrote = Instant::now();
                }
                Poll::Ready(Some(Err(cut))) => return Poll::Ready(End::Cut(cut.reason)),
                Poll::Ready(None) => return Poll::Ready(End::Complete),
                Poll::Pending => return Poll::Pending,
            }
        }
    })
    .await;
    assert!(body.next().await.is_none(), "nothing follows the end");
    let flushed = wrote.elapsed() >= BEFORE_CUT;
    Outcome { text, end, flushed, at: began.elapsed().as_secs() }
}

/// Opens a stream whose second event comes after `lasts` seconds, and drains it after two seconds.
async fn drained(ending: Ending, lasts: u64) -> (Outcome, DrainReport) {
    let config = config().ending(ending);
    let shutdown = shutdown(&config).clone();
    let answer = stream::iter([data("a")]).chain(stream::once(async move {
        sleep(seconds(lasts)).await;
        data("b")
    }));
    let body = tokio::spawn(outcome(Body::new(answer.boxed()).config(config)));
    sleep(seconds(2)).await;
    let report = shutdown.begin(drain().deadline(seconds(10)).last_event(data("bye"))).await;
    (body.await.expect("no panic"), report)
}

const CUT: End = End::Cut(EndReason::Shutdown);

#[tokio::test(start_paused = true)]
async fn a_drain_ends_each_stream_in_its_own_way() {
    for (ending, lasts, text, end, at, (ended, unfinished)) in [
        (Ending::AfterEvent, 5, "data: bye\n\nretry: 9000\n", End::Complete, 2, (1, 0)),
        (Ending::Cut, 5, "data: bye\n\nretry: 9000\n", CUT, 2, (1, 0)),
        (Ending::WhenFinished, 5, "data: b\n\n", End::Complete, 5, (1, 0)),
        // It is cut half a second before the deadline, without the last event, which is for pages.
        (Ending::WhenFinished, 50, "retry: 9000\n", CUT, 11, (1, 1)),
    ] {
        let (outcome, report) = drained(ending, lasts).await;
        let text = [OPENING, "data: a\n\n", text].concat();
        let flushed = outcome.flushed;
        assert_eq!(outcome, Outcome { text, end, flushed, at }, "{ending:?}, {lasts} s");
        assert!(flushed || end == End::Complete, "{ending:?}: cut before the last chunk was sent");
        let DrainReport { abandoned, .. } = report;
        let seen = (report.ended, report.unfinished, abandoned);
        assert_eq!(seen, (ended, unfinished, 0), "{ending:?}, {lasts} s");
    }
}

#[tokio::test(start_paused = true)]
async fn the_maximum_age_or_an_error_cuts_a_stream_if_a_complete_end_would_mislead() {
    let failing = || stream::iter([Ok(data("a")), Err("failed")]);
    for (ending, cut) in
        [(Ending::AfterEvent, false), (Ending::WhenFinished, true), (Ending::Cut, true)]
    {
        let end = |reason| if cut { End::Cut(reason) } else { End::Complete };
        let config = config().ending(ending).on_error(OnError::End);
        let error = outcome(Body::new(failing()).config(config.clone())).await;
        assert_eq!((error.end, error.at), (end(EndReason::Error), 0), "{ending:?}");
        assert!(error.flushed || !cut, "{ending:?}");
        assert_eq!(error.text, [OPENING, "data: a\n\n"].concat(), "{ending:?}");

        let quiet =
            Body::new(stream::pending::<Event>()).config(config.clone().max_age(seconds(7)));
        let age = outcome(quiet).await;
        assert_eq!((age.end, age.at), (end(EndReason::MaxAge), 7), "{ending:?}");

        let finished = outcome(Body::new(stream::iter([data("a")])).config(config)).await;
        assert_eq!(finished.end, End::Complete, "{ending:?}: a source that is done");
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_refuses_requests_for_streams_that_have_to_finish() {
    for (ending, head, text, end) in [
        (Ending::AfterEvent, Head::STREAM, "retry: 9000\n", End::Complete),
        (Ending::Cut, Head::STREAM, "retry: 9000\n", CUT),
        (Ending::WhenFinished, Head::UNAVAILABLE, "", End::Complete),
    ] {
        let config = config().ending(ending);
        drop(shutdown(&config).begin(drain()));
        let (seen, body) = Body::new(timed(&[(0, "a")])).config(config).into_parts();
        assert_eq!(seen, head, "{ending:?}");
        let outcome = outcome(body).await;
        assert_eq!((&outcome.text[..], outcome.end), (text, end), "{ending:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_first_polled_during_a_drain_may_finish() {
    let config = config().ending(Ending::WhenFinished);
    let (head, body) = Body::new(timed(&[(1, "a")])).config(config.clone()).into_parts();
    assert_eq!(head, Head::STREAM);
    let drained = shutdown(&config).begin(drain());
    let outcome = outcome(body).await;
    assert_eq!((&outcome.text[..], outcome.end), ("retry: 3000\ndata: a\n\n", End::Complete));
    assert_eq!(drained.await.unfinished, 0);
}

#[tokio::test(start_paused = true)]
async fn if_the_framework_cannot_cut_a_drained_stream_stays_open_and_others_complete() {
    let config = config().ending(Ending::Cut);
    let body = || Body::new(stream::pending::<Event>()).hold_instead_of_cut();
    let aged = outcome(body().config(config.clone().max_age(seconds(1)))).await;
    assert_eq!(aged.end, End::Complete);

    let mut held = Box::pin(body().config(config.clone()));
    held.next().await.expect("the first chunk").expect("no cut");
    let drained = shutdown(&config).begin(drain());
    let last = held.next().await.expect("the last chunk").expect("no cut");
    assert_eq!(last, "retry: 9000\n");
    assert!(timeout(seconds(100), held.next()).await.is_err(), "an end");
    let report = drained.await;
    assert_eq!((report.ended, report.abandoned), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_held_open_has_dropped_its_source() {
    let config = config().ending(Ending::Cut);
    let source = Rc::new(());
    let held = Rc::downgrade(&source);
    let stream = stream::once(async move {
        let _source = source;
        std::future::pending::<Event>().await
    });
    let mut body = Box::pin(Body::new(stream).config(config.clone()).hold_instead_of_cut());
    body.next().await.expect("the first chunk").expect("no cut");
    drop(shutdown(&config).begin(drain()));
    body.next().await.expect("the last chunk").expect("no cut");
    assert!(held.upgrade().is_some());
    assert!(timeout(seconds(1), body.next()).await.is_err(), "an end");
    assert!(held.upgrade().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_gets_its_last_event_for_any_spread_and_deadline() {
    for (drain, at_most) in [
        (Drain::default().spread(seconds(20)), seconds(21)),
        (Drain::default().spread(seconds(20)).deadline(Duration::from_millis(1500)), seconds(2)),
        (Drain::default().spread(Duration::MAX).deadline(seconds(3)), seconds(3)),
        (Drain::default().deadline(Duration::from_millis(100)), seconds(1)),
        (Drain::default().spread(seconds(2)).deadline(seconds(60)), seconds(3)),
    ] {
        let config = config();
        let bodies: Vec<_> = (0..40)
            .map(|_| {
                let body = Body::new(stream::pending::<Event>()).config(config.clone());
                tokio::spawn(outcome(body))
            })
            .collect();
        tokio::task::yield_now().await;
        let began = Instant::now();
        let report = shutdown(&config).begin(drain.clone()).await;
        assert_eq!((report.ended, report.abandoned), (40, 0), "{drain:?}");
        assert!(began.elapsed() <= at_most, "{drain:?}: over after {:?}", began.elapsed());
        for body in bodies {
            let outcome = body.await.expect("no panic");
            assert_eq!(outcome.end, End::Complete, "{drain:?}");
            assert!(outcome.text.starts_with("retry: 3000\nretry: "), "{drain:?}: {outcome:?}");
        }
    }
}
