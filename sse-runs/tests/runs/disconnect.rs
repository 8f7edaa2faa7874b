//! What a disconnect means.

use std::time::Duration;

use sse_core::{Event, EventId};
use sse_hub::Hub;
use sse_runs::{OnDisconnect, Outcome, ReadFrom, RunSettings, Runs, Writer};
use tokio::time::{sleep, timeout};

use crate::{ada, read};

const MINUTE: Duration = Duration::from_secs(60);

async fn begun(policy: OnDisconnect) -> (Runs, Writer, String) {
    let runs = Runs::new(Hub::new());
    tokio::spawn(runs.background());
    let settings = RunSettings::default().on_disconnect(policy);
    let writer = runs.begin(&ada(), settings).await.expect("begins");
    let id = writer.id().to_string();
    (runs, writer, id)
}

#[track_caller]
fn check(ended: Result<Outcome, tokio::time::error::Elapsed>, expected: bool) {
    assert_eq!(ended.ok(), expected.then_some(Outcome::Cancelled));
}

#[tokio::test(start_paused = true)]
async fn a_run_continues_or_stops_as_its_policy_says() {
    for (policy, stops) in [
        (OnDisconnect::Continue, false),
        (OnDisconnect::StopAfter(MINUTE), true),
        (OnDisconnect::Stop, true),
    ] {
        let (runs, writer, id) = begun(policy).await;
        check(timeout(3 * MINUTE, writer.ended()).await, false);
        let two = [
            read(&runs, &id, ReadFrom::Start).await.expect("reads"),
            read(&runs, &id, ReadFrom::Tail).await.expect("reads"),
        ];
        let [first, last] = two;
        drop(first);
        check(timeout(3 * MINUTE, writer.ended()).await, false);
        drop(last);
        let soon = timeout(Duration::from_secs(1), writer.ended()).await;
        check(soon, policy == OnDisconnect::Stop);
        check(timeout(2 * MINUTE, writer.ended()).await, stops);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_refused_does_not_stop_the_run() {
    let (runs, mut writer, id) = begun(OnDisconnect::Stop).await;
    writer.publish(Event::data("a")).await.expect("published");
    let malformed = ReadFrom::After(EventId::from_static("x").into());
    assert_eq!(crate::status(&runs, &id, malformed).await, 400);
    runs.hub().trim(format!("sse-runs:{id}"), runs.hub().position());
    assert_eq!(crate::status(&runs, &id, ReadFrom::Start).await, 410);
    check(timeout(MINUTE, writer.ended()).await, false);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_returns_in_time_keeps_the_run() {
    let (runs, writer, id) = begun(OnDisconnect::StopAfter(MINUTE)).await;
    for _ in 0..3 {
        drop(read(&runs, &id, ReadFrom::Start).await.expect("reads"));
        sleep(MINUTE - Duration::from_secs(1)).await;
    }
    let returned = read(&runs, &id, ReadFrom::Start).await.expect("reads");
    check(timeout(3 * MINUTE, writer.ended()).await, false);
    drop(returned);
    check(timeout(2 * MINUTE, writer.ended()).await, true);
}

#[tokio::test(start_paused = true)]
async fn the_background_ends_with_the_last_handle() {
    let runs = Runs::new(Hub::new());
    let background = tokio::spawn(runs.background());
    let writer = runs.begin(&ada(), RunSettings::default()).await.expect("begins");
    drop(runs);
    tokio::task::yield_now().await;
    assert!(!background.is_finished(), "a writer is left");
    drop(writer);
    timeout(MINUTE, background).await.expect("ends").expect("no panic");
}
