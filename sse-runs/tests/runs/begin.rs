//! Who writes a run.

use futures_util::future::join_all;
use sse_hub::{Hub, MemoryBackend, Principal};
use sse_runs::{RunError, RunSettings, Runs};

use crate::{ada, begin, runs};

#[tokio::test]
async fn of_100_requests_with_one_key_one_writes_and_the_others_learn_which_run_it_is() {
    let runs = runs();
    let begins = (0..100).map(|_| {
        let runs = runs.clone();
        tokio::spawn(
            async move { runs.begin(&ada(), RunSettings::default().key("request 7")).await },
        )
    });
    let begun: Vec<_> =
        join_all(begins).await.into_iter().map(|it| it.expect("no panic")).collect();
    let writers: Vec<_> = begun.iter().filter_map(|it| it.as_ref().ok()).collect();
    assert_eq!(writers.len(), 1);
    for error in begun.iter().filter_map(|it| it.as_ref().err()) {
        let RunError::Claimed { run, .. } = error else { panic!("{error}") };
        assert_eq!((*run, error.status()), (writers[0].id(), 409));
    }
}

#[tokio::test]
async fn a_key_is_claimed_for_one_owner_and_outlives_the_run() {
    let runs = runs();
    let keyed = || RunSettings::default().key("7");
    let bob = Principal::new("bob").expect("short");
    let first = runs.begin(&ada(), keyed()).await.expect("begins");
    let other = runs.begin(&bob, keyed()).await.expect("it is another owner's");
    let id = first.id();
    first.finish().await.expect("finishes");
    let again = runs.begin(&ada(), keyed()).await.err();
    assert!(matches!(again, Some(RunError::Claimed { run, .. }) if run == id), "{again:?}");
    drop(other);
}

#[tokio::test]
async fn of_simultaneous_begins_exactly_as_many_succeed_as_are_allowed() {
    let log = MemoryBackend::new(1_000);
    let builder = || Runs::builder().max_open_per_owner(7);
    let shared = builder().open(Hub::builder(), log).await.expect("opens");
    for runs in [builder().build(Hub::new()), shared] {
        let background = tokio::spawn(runs.background());
        for _ in 0..2 {
            let begins = (0..100).map(|_| {
                let runs = runs.clone();
                tokio::spawn(async move { runs.begin(&ada(), RunSettings::default()).await })
            });
            let begun = join_all(begins).await;
            let begun: Vec<_> = begun.into_iter().map(|it| it.expect("no panic")).collect();
            let (writers, refused): (Vec<_>, Vec<_>) = begun.into_iter().partition(Result::is_ok);
            assert_eq!(writers.len(), 7);
            let limited = |it: &Result<_, RunError>| {
                it.as_ref()
                    .is_err_and(|error| matches!(error, RunError::TooManyRuns { limit: 7, .. }))
            };
            assert!(refused.iter().all(limited), "{refused:?}");
            let bob = Principal::new("bob").expect("short");
            let other = runs.begin(&bob, RunSettings::default()).await.expect("begins");
            for writer in writers.into_iter().chain([Ok(other)]) {
                writer.expect("it has begun").finish().await.expect("finishes");
            }
        }
        background.abort();
    }
}

#[tokio::test]
async fn a_begin_that_the_log_refuses_takes_no_place() {
    let runs = Runs::builder().max_open_per_owner(1);
    let runs = runs.open(Hub::builder(), MemoryBackend::new(1_000)).await.expect("opens");
    runs.hub().drain();
    for _ in 0..2 {
        let refused = runs.begin(&ada(), RunSettings::default()).await.err();
        assert!(matches!(refused, Some(RunError::Log(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn a_key_that_is_too_long_is_malformed() {
    let runs = runs();
    for key in [String::new(), "x".repeat(256)] {
        let refused = runs.begin(&ada(), RunSettings::default().key(key)).await.err();
        assert_eq!(refused.map(|error| error.status()), Some(400));
    }
}

#[tokio::test]
async fn a_hub_without_room_refuses_a_run() {
    let runs = Runs::new(Hub::builder().max_topics(1).build());
    let (writer, _) = begin(&runs).await;
    let refused = runs.begin(&ada(), RunSettings::default()).await.err();
    assert_eq!(refused.map(|error| error.status()), Some(503));
    drop(writer);
}
