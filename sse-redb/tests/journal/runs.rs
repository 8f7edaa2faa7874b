//! Runs, across restarts.

use std::{fs, time::Duration};

use futures_util::{StreamExt, TryStreamExt};
use sse_core::Event;
use sse_hub::{Hub, Principal, Retention};
use sse_redb::{Durability, Journal, JournalBuilder};
use sse_runs::{Outcome, ReadFrom, RunError, RunSettings, Runs};
use tokio::{task::JoinHandle, time::timeout};

use crate::{Place, reboot::of_another_boot};

fn ada() -> Principal {
    Principal::new("ada").unwrap()
}

fn keeping(events: usize) -> JournalBuilder {
    let retention = Retention::default().events(events);
    Journal::builder().durability(Durability::Process).retention(retention)
}

async fn open(place: &Place, journal: JournalBuilder) -> (Runs, JoinHandle<()>) {
    let journal = journal.open(&place.path).await.unwrap();
    let runs = Runs::builder().open(Hub::builder(), journal).await.unwrap();
    let background = tokio::spawn(runs.background());
    (runs, background)
}

/// Returns the numbers and outcomes of a run's events, once it has ended.
async fn all(runs: &Runs, id: &str, from: ReadFrom) -> Vec<(u64, Option<Outcome>)> {
    let reading = runs.read(&ada(), id, from).await.unwrap();
    let events = timeout(Duration::from_secs(10), reading.try_collect::<Vec<_>>()).await.unwrap();
    events.unwrap().into_iter().map(|event| (event.number, event.outcome)).collect()
}

#[tokio::test]
async fn the_next_opening_ends_the_runs_that_a_crash_has_left() {
    let place = Place::new();
    let (runs, background) = open(&place, keeping(1_000)).await;
    let settings = RunSettings::default().key("7");
    let mut finished = runs.begin(&ada(), RunSettings::default()).await.unwrap();
    let mut left = runs.begin(&ada(), settings.clone()).await.unwrap();
    let ids = [finished.id(), left.id()].map(|id| id.to_string());
    for writer in [&mut finished, &mut left] {
        writer.publish_batch(vec![Event::data("a"), Event::data("b")]).await.unwrap();
    }
    finished.finish().await.unwrap();
    // As a crash does: nothing ends the run.
    background.abort();
    assert!(background.await.is_err());
    drop((runs, left));

    // Another process opens the journal once this one has released it.
    let (runs, background) = loop {
        if let Ok(journal) = keeping(1_000).open(&place.path).await {
            let runs = Runs::builder().open(Hub::builder(), journal).await.unwrap();
            let background = tokio::spawn(runs.background());
            break (runs, background);
        }
        tokio::task::yield_now().await;
    };
    let whole = |outcome| [(1, None), (2, None), (3, Some(outcome))];
    assert_eq!(all(&runs, &ids[0], ReadFrom::Start).await, whole(Outcome::Finished));
    assert_eq!(all(&runs, &ids[1], ReadFrom::Start).await, whole(Outcome::Abandoned));
    let claimed = runs.begin(&ada(), settings).await.err();
    assert!(matches!(claimed, Some(RunError::Claimed { run, .. }) if run.to_string() == ids[1]));
    drop(runs);
    background.await.unwrap();

    // Their events are evicted, and their records remain.
    let (runs, background) = open(&place, keeping(2)).await;
    for _ in 0..5 {
        runs.hub().publish("other", Event::data("x")).await.unwrap();
    }
    drop(runs);
    background.await.unwrap();
    let (runs, _background) = open(&place, keeping(2)).await;
    for (id, outcome) in ids.iter().zip([Outcome::Finished, Outcome::Abandoned]) {
        let status = runs.status(&ada(), id).unwrap();
        assert_eq!((status.last, status.ended.map(|it| it.0)), (2, Some(outcome)));
        let gone = runs.read(&ada(), id, ReadFrom::AfterNumber(2)).await.err();
        assert!(matches!(gone, Some(RunError::Gone { oldest: 3, .. })), "{gone:?}");
        let nothing = runs.read(&ada(), id, ReadFrom::AfterNumber(3)).await.err();
        assert_eq!(nothing, Some(RunError::NothingLeft));
        let bob = Principal::new("bob").unwrap();
        assert_eq!(runs.status(&bob, id), Err(RunError::Unknown));
    }
}

/// A client has received three events, but the disk has stored only one when the machine crashes.
#[tokio::test]
async fn a_cursor_that_a_crash_of_the_machine_lost_gets_410() {
    let place = Place::new();
    let (runs, background) = open(&place, keeping(1_000)).await;
    let mut writer = runs.begin(&ada(), RunSettings::default()).await.unwrap();
    let id = writer.id().to_string();
    writer.publish(Event::data("a")).await.unwrap();
    let stored = fs::read(&place.path).unwrap();
    writer.publish_batch(vec![Event::data("b"), Event::data("c")]).await.unwrap();
    let reading = runs.read(&ada(), &id, ReadFrom::Start).await.unwrap();
    let seen: Vec<_> = reading.take(3).try_collect().await.unwrap();
    drop((runs, writer));
    background.await.unwrap();

    let place = Place::new();
    fs::write(&place.path, of_another_boot(&stored)).unwrap();
    let (runs, _background) = open(&place, keeping(1_000)).await;
    let whole = [(1, None), (2, Some(Outcome::Abandoned))];
    assert_eq!(all(&runs, &id, ReadFrom::Start).await, whole);
    for event in &seen {
        let of_another_epoch = ReadFrom::After(event.event.id.clone().unwrap().into());
        let gone = runs.read(&ada(), &id, of_another_epoch).await.err();
        assert!(matches!(gone, Some(RunError::Gone { oldest: 0, .. })), "{gone:?}");
    }
    let gone = runs.read(&ada(), &id, ReadFrom::AfterNumber(3)).await.err();
    assert!(matches!(gone, Some(RunError::Gone { oldest: 0, .. })), "{gone:?}");
}

#[tokio::test]
async fn a_record_is_forgotten_with_the_end_of_its_run() {
    let place = Place::new();
    let (runs, background) =
        open(&place, keeping(1_000).remember_ends(Duration::from_millis(50))).await;
    let writer = runs.begin(&ada(), RunSettings::default()).await.unwrap();
    writer.finish().await.unwrap();
    assert_eq!(runs.hub().notes().await.unwrap().len(), 1);
    tokio::time::sleep(Duration::from_millis(60)).await;
    runs.hub().publish("other", Event::data("x")).await.unwrap();
    assert_eq!(runs.hub().notes().await.unwrap(), []);
    drop(runs);
    background.await.unwrap();
}
