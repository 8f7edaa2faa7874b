//! How a run ends before its writer has finished.

use futures_util::FutureExt;
use sse_core::Event;
use sse_runs::{Outcome, ReadFrom, WriteError};

use crate::{ada, all, begin, publish, read, ready, runs};

#[tokio::test]
async fn a_cancel_stops_the_writer_and_ends_the_readers() {
    let runs = runs();
    let (mut writer, id) = begin(&runs).await;
    publish(&mut writer, "a").await;
    let mut reading = read(&runs, &id, ReadFrom::Start).await.expect("reads");
    assert!(writer.ended().now_or_never().is_none());
    runs.cancel(&ada(), &id).await.expect("cancels");
    runs.cancel(&ada(), &id).await.expect("it does nothing");
    assert_eq!(writer.ended().await, Outcome::Cancelled);
    let refused = writer.publish(Event::data("b")).await;
    assert_eq!(refused, Err(WriteError::Fenced(Outcome::Cancelled)));
    assert_eq!(writer.finish().await, Err(WriteError::Fenced(Outcome::Cancelled)));
    assert_eq!(ready(&mut reading), ["1 a", "2 cancelled"]);
    let ended = runs.status(&ada(), &id).expect("remembered").ended;
    assert_eq!(ended.map(|(outcome, _)| outcome), Some(Outcome::Cancelled));
}

#[tokio::test]
async fn a_cancel_after_the_end_changes_nothing() {
    let runs = runs();
    let (writer, id) = begin(&runs).await;
    writer.finish().await.expect("finishes");
    runs.cancel(&ada(), &id).await.expect("it does nothing");
    assert_eq!(all(&runs, &id, ReadFrom::Start).await, ["1 finished"]);
}

#[tokio::test]
async fn a_writer_that_is_dropped_fails_its_run() {
    let runs = runs();
    let (mut writer, id) = begin(&runs).await;
    publish(&mut writer, "a").await;
    let task = tokio::spawn(async move {
        let _writer = writer;
        panic!("the model's code");
    });
    assert!(task.await.is_err());
    assert_eq!(all(&runs, &id, ReadFrom::Start).await, ["1 a", "2 failed"]);
    let status = runs.status(&ada(), &id).expect("remembered");
    let reason = "the writer was dropped".to_owned();
    assert_eq!(status.ended.map(|it| it.0), Some(Outcome::Failed { reason }));
    assert_eq!(status.last, 1);
}
