//! Where readers begin, and what they receive.

use sse_core::{Event, EventId, LastEventId};
use sse_hub::{Hub, Principal, Retention};
use sse_runs::{ReadFrom, RunError, Runs};

use futures_util::StreamExt;

use crate::{ada, all, begin, publish, read, ready, runs, status};

async fn ids(runs: &Runs, id: &str) -> Vec<EventId> {
    let reading = read(runs, id, ReadFrom::Start).await.expect("reads");
    reading
        .map(|event| event.expect("retained").event.id.expect("each event has one"))
        .collect()
        .await
}

#[tokio::test]
async fn a_reader_begins_anywhere_and_receives_the_rest() {
    let runs = runs();
    let (mut writer, id) = begin(&runs).await;
    for data in ["a", "b", "c"] {
        publish(&mut writer, data).await;
    }
    writer.finish().await.expect("finishes");
    let whole = ["1 a", "2 b", "3 c", "4 finished"];
    let ids = ids(&runs, &id).await;
    assert_eq!(all(&runs, &id, ReadFrom::Start).await, whole);
    assert_eq!(all(&runs, &id, ReadFrom::After(LastEventId::default())).await, whole);
    for seen in 0..4 {
        let number = ReadFrom::AfterNumber(seen as u64);
        assert_eq!(all(&runs, &id, number).await, whole[seen..]);
        if seen > 0 {
            let after = ReadFrom::After(ids[seen - 1].clone().into());
            assert_eq!(all(&runs, &id, after).await, whole[seen..]);
        }
    }
    let events = vec![Event::data("abc").event("text").id(7)];
    let snapshot = ReadFrom::Snapshot { events, after: 3 };
    assert_eq!(all(&runs, &id, snapshot).await, ["3 abc", "4 finished"]);

    for nothing_left in
        [ReadFrom::AfterNumber(4), ReadFrom::After(ids[3].clone().into()), ReadFrom::Tail]
    {
        assert_eq!(status(&runs, &id, nothing_left.clone()).await, 204, "{nothing_left:?}");
    }
    // A client can be ahead of the log after a crash.
    for number in [5, u64::MAX] {
        let ahead = read(&runs, &id, ReadFrom::AfterNumber(number)).await.err();
        assert!(matches!(ahead, Some(RunError::Gone { oldest: 0, .. })), "{ahead:?}");
    }
}

#[tokio::test]
async fn a_reader_that_is_ahead_of_the_end_gets_410() {
    let runs = runs();
    let (mut writer, id) = begin(&runs).await;
    publish(&mut writer, "a").await;
    let mut ahead = read(&runs, &id, ReadFrom::AfterNumber(3)).await.expect("reads");
    let mut equal = read(&runs, &id, ReadFrom::AfterNumber(2)).await.expect("reads");
    assert_eq!(ready(&mut ahead), [""; 0]);
    writer.finish().await.expect("finishes"); // with the number 2
    let gone = ahead.next().await.expect("an item");
    assert!(matches!(gone, Err(RunError::Gone { oldest: 0, .. })), "{gone:?}");
    assert!(ahead.next().await.is_none() && equal.next().await.is_none());
}

#[tokio::test]
async fn readers_follow_a_run_while_it_is_written() {
    let runs = runs();
    let (mut writer, id) = begin(&runs).await;
    let mut early = read(&runs, &id, ReadFrom::Start).await.expect("reads");
    assert_eq!(ready(&mut early), [""; 0]);
    publish(&mut writer, "a").await;
    let mut tail = read(&runs, &id, ReadFrom::Tail).await.expect("reads");
    let mut numbered = read(&runs, &id, ReadFrom::AfterNumber(2)).await.expect("reads");
    publish(&mut writer, "b").await;
    publish(&mut writer, "c").await;
    assert_eq!(ready(&mut early), ["1 a", "2 b", "3 c"]);
    assert_eq!(ready(&mut tail), ["2 b", "3 c"]);
    assert_eq!(ready(&mut numbered), ["3 c"], "it began ahead of the run");
    writer.fail("no more").await.expect("fails");
    for reading in [&mut early, &mut tail, &mut numbered] {
        assert_eq!(ready(reading), ["4 failed"]);
        assert!(reading.next().await.is_none());
    }
}

#[tokio::test]
async fn another_owner_and_an_unknown_run_get_404_for_every_verb() {
    let runs = runs();
    let (mut writer, id) = begin(&runs).await;
    publish(&mut writer, "a").await;
    let bob = Principal::new("bob").expect("short");
    let none = "0".repeat(32);
    for (owner, id) in [(&bob, &id), (&ada(), &none)] {
        for from in [
            ReadFrom::Start,
            ReadFrom::Tail,
            ReadFrom::AfterNumber(1),
            ReadFrom::After(EventId::from_static("x").into()),
            ReadFrom::Snapshot { events: vec![], after: 0 },
        ] {
            let error = runs.read(owner, id, from).await.err();
            assert_eq!(error, Some(RunError::Unknown));
        }
        assert_eq!(runs.cancel(owner, id).await, Err(RunError::Unknown));
        assert_eq!(runs.status(owner, id), Err(RunError::Unknown));
    }
    assert_eq!(RunError::Unknown.status(), 404);
    assert_eq!(all_ready(&runs, &id).await, ["1 a"], "it was not cancelled");
    writer.finish().await.expect("finishes");
}

async fn all_ready(runs: &Runs, id: &str) -> Vec<String> {
    ready(&mut read(runs, id, ReadFrom::Start).await.expect("reads"))
}

#[tokio::test]
async fn a_malformed_request_gets_400() {
    let runs = runs();
    let (mut writer, id) = begin(&runs).await;
    publish(&mut writer, "a").await;
    let newest = ids_so_far(&runs, &id).await;
    let ahead = EventId::new(format!("{newest}0")).expect("digits");
    for last in [EventId::from_static("x"), EventId::from_static("a.b.c"), ahead] {
        assert_eq!(status(&runs, &id, ReadFrom::After(last.clone().into())).await, 400, "{last:?}");
    }
    for id in ["", "7", &id[1..], "not an id of thirty-two letters!"] {
        assert_eq!(status(&runs, id, ReadFrom::Start).await, 400, "{id}");
        assert_eq!(runs.cancel(&ada(), id).await, Err(RunError::Malformed));
        assert_eq!(runs.status(&ada(), id), Err(RunError::Malformed));
    }
}

async fn ids_so_far(runs: &Runs, id: &str) -> EventId {
    let mut reading = read(runs, id, ReadFrom::Start).await.expect("reads");
    reading.next().await.expect("one").expect("retained").event.id.expect("an ID")
}

#[tokio::test]
async fn a_cursor_before_the_retained_events_gets_410_with_the_oldest_cursor() {
    let retention = Retention::default().events(3);
    let runs = Runs::new(Hub::builder().retention(retention).build());
    let (mut writer, id) = begin(&runs).await;
    publish(&mut writer, "x").await;
    let first = ids_so_far(&runs, &id).await;
    for _ in 0..9 {
        publish(&mut writer, "x").await;
    }
    let gone = |oldest| move |error: RunError| matches!(error, RunError::Gone { oldest: it, .. } if it == oldest);
    for from in [ReadFrom::Start, ReadFrom::AfterNumber(6), ReadFrom::After(first.clone().into())] {
        let error = read(&runs, &id, from.clone()).await.err();
        assert!(error.clone().is_some_and(gone(7)), "{from:?}: {error:?}");
    }
    let mut rest = read(&runs, &id, ReadFrom::AfterNumber(7)).await.expect("retained");
    assert_eq!(ready(&mut rest), ["8 x", "9 x", "10 x"]);
    drop(rest);

    // Nothing is retained, while it is written and after its end.
    runs.hub().trim(format!("sse-runs:{id}"), runs.hub().position());
    assert!(read(&runs, &id, ReadFrom::AfterNumber(9)).await.err().is_some_and(gone(10)));
    assert_eq!(status(&runs, &id, ReadFrom::AfterNumber(10)).await, 200);
    writer.finish().await.expect("finishes");
    runs.hub().trim(format!("sse-runs:{id}"), runs.hub().position());
    for from in [ReadFrom::Start, ReadFrom::AfterNumber(10), ReadFrom::After(first.into())] {
        let error = read(&runs, &id, from.clone()).await.err();
        assert!(error.clone().is_some_and(gone(11)), "{from:?}: {error:?}");
    }
    assert_eq!(status(&runs, &id, ReadFrom::AfterNumber(11)).await, 204);
    assert!(read(&runs, &id, ReadFrom::AfterNumber(12)).await.err().is_some_and(gone(11)));
    assert_eq!(RunError::status(&read(&runs, &id, ReadFrom::Start).await.expect_err("gone")), 410);
}

#[tokio::test]
async fn a_reader_that_is_too_slow_is_not_given_a_part() {
    let runs = Runs::new(Hub::builder().retention(Retention::default().events(3)).build());
    let (mut writer, id) = begin(&runs).await;
    publish(&mut writer, "x").await;
    let mut slow = read(&runs, &id, ReadFrom::Start).await.expect("reads");
    assert_eq!(ready(&mut slow), ["1 x"]);
    for _ in 0..9 {
        publish(&mut writer, "x").await;
    }
    let error = slow.next().await.expect("an item").expect_err("events are gone");
    assert_eq!(error.status(), 410);
    assert!(slow.next().await.is_none());
}

#[tokio::test]
async fn a_drained_hub_ends_readers_and_refuses_new_ones() {
    let runs = runs();
    let (mut writer, id) = begin(&runs).await;
    publish(&mut writer, "a").await;
    let mut reading = read(&runs, &id, ReadFrom::Start).await.expect("reads");
    runs.hub().drain();
    assert_eq!(ready(&mut reading), ["1 a"]);
    assert!(reading.next().await.is_none());
    assert_eq!(status(&runs, &id, ReadFrom::Start).await, 503);
    assert!(writer.publish(Event::data("b")).await.is_err());
}
