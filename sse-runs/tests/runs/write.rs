//! Whole answers, written in batches.

use std::{convert::Infallible, time::Duration};

use futures_util::stream;
use sse_core::Event;
use sse_hub::PublishError;
use sse_runs::{Outcome, ReadFrom, RunSettings, WriteError};
use tokio::time::timeout;
use tokio::{sync::mpsc, time::Instant};

use crate::{ada, all, begin, read, ready, runs};

fn data(numbers: std::ops::RangeInclusive<u32>) -> impl Iterator<Item = Event> {
    numbers.map(|number| Event::data(number.to_string()))
}

#[tokio::test]
async fn an_answer_is_written_in_order_and_finished() {
    for batch in [1, 2, 7, 64] {
        let runs = runs();
        let settings = RunSettings::default().batch(batch, Duration::ZERO);
        let writer = runs.begin(&ada(), settings).await.expect("begins");
        let id = writer.id().to_string();
        let events = data(1..=50).map(Ok::<_, Infallible>);
        assert_eq!(writer.write(stream::iter(events)).await, Ok(Outcome::Finished));
        let mut expected: Vec<_> = (1..=50).map(|number| format!("{number} {number}")).collect();
        expected.push("51 finished".into());
        assert_eq!(all(&runs, &id, ReadFrom::Start).await, expected);
    }
}

#[tokio::test]
async fn an_error_of_the_model_fails_the_run_with_its_text() {
    let runs = runs();
    let (writer, id) = begin(&runs).await;
    let events = data(1..=3).map(Ok).chain([Err("overloaded"), Ok(Event::data("never"))]);
    let reason = "overloaded".to_owned();
    let failed = Outcome::Failed { reason };
    assert_eq!(writer.write(stream::iter(events)).await, Ok(failed.clone()));
    assert_eq!(all(&runs, &id, ReadFrom::AfterNumber(2)).await, ["3 3", "4 failed"]);
    assert_eq!(runs.status(&ada(), &id).expect("known").ended.map(|it| it.0), Some(failed));
}

#[tokio::test]
async fn an_event_that_cannot_be_published_fails_the_run() {
    let runs = runs();
    let (writer, id) = begin(&runs).await;
    let events = [Event::data("a"), Event::new(), Event::data("b")].map(Ok::<_, Infallible>);
    let written = writer.write(stream::iter(events)).await;
    assert_eq!(written, Err(WriteError::Publish(PublishError::NoData)));
    assert_eq!(all(&runs, &id, ReadFrom::Start).await, ["1 a", "2 failed"]);
}

#[tokio::test]
async fn a_cancel_drops_the_stream_of_a_model_that_is_thinking() {
    let runs = runs();
    let (writer, id) = begin(&runs).await;
    let (sender, mut receiver) = mpsc::channel::<Event>(1);
    let events =
        stream::poll_fn(move |cx| receiver.poll_recv(cx).map(|it| it.map(Ok::<_, Infallible>)));
    let writing = tokio::spawn(writer.write(events));
    sender.send(Event::data("a")).await.expect("it reads");
    runs.cancel(&ada(), &id).await.expect("cancels");
    sender.closed().await;
    assert_eq!(writing.await.expect("no panic"), Ok(Outcome::Cancelled));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_published_as_soon_as_the_model_has_it() {
    let runs = runs();
    let (writer, id) = begin(&runs).await;
    let (sender, mut receiver) = mpsc::unbounded_channel::<Event>();
    let events =
        stream::poll_fn(move |cx| receiver.poll_recv(cx).map(|it| it.map(Ok::<_, Infallible>)));
    tokio::spawn(writer.write(events));
    let mut reading = read(&runs, &id, ReadFrom::Start).await.expect("reads");
    let began = Instant::now();
    for _ in 0..5 {
        sender.send(Event::data("x")).expect("it reads");
        futures_util::StreamExt::next(&mut reading).await.expect("an item").expect("retained");
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn events_are_collected_by_count_or_time() {
    let runs = runs();
    let settings = RunSettings::default().batch(3, Duration::from_millis(20));
    let writer = runs.begin(&ada(), settings).await.expect("begins");
    let id = writer.id().to_string();
    let (sender, mut receiver) = mpsc::unbounded_channel::<Event>();
    let events =
        stream::poll_fn(move |cx| receiver.poll_recv(cx).map(|it| it.map(Ok::<_, Infallible>)));
    tokio::spawn(writer.write(events));
    let mut reading = read(&runs, &id, ReadFrom::Start).await.expect("reads");
    let began = Instant::now();
    for (count, expected, waits) in
        [(1, &["1 x"][..], 20), (3, &["2 x", "3 x", "4 x"], 0), (2, &["5 x", "6 x"], 20)]
    {
        let start = began.elapsed();
        for _ in 0..count {
            sender.send(Event::data("x")).expect("it reads");
        }
        let first =
            timeout(Duration::from_secs(1), futures_util::StreamExt::next(&mut reading)).await;
        let first = first.expect("in time").expect("an item").expect("retained");
        assert_eq!((began.elapsed() - start).as_millis(), waits);
        let mut seen = vec![crate::text(&first)];
        seen.extend(ready(&mut reading));
        assert_eq!(seen, expected);
    }
}
