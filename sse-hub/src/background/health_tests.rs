//! Tests of readiness and liveness.

use std::time::{Duration, Instant};

use sse_core::Refusal;

use super::tests::{fill, node, wait};
use crate::{BackendError, BackgroundError, Hub, MemoryBackend, NotReady};

const NO_TIME: Duration = Duration::ZERO;
const HOUR: Duration = Duration::from_secs(3_600);

/// Reports an answer of the backend, some seconds ago.
fn report(hub: &Hub, error: Option<&str>, seconds: u64) {
    let at = Instant::now().checked_sub(Duration::from_secs(seconds)).expect("a clock that runs");
    hub.0.change(|state, _| state.note_backend(error.map(BackendError::new), at));
}

#[tokio::test]
async fn a_hub_is_not_ready_once_its_backend_has_been_away_for_too_long() {
    let (hub, _background) = node(&MemoryBackend::new(10)).await;
    assert_eq!(hub.ready(NO_TIME), Ok(()));
    report(&hub, Some("gone"), 60);
    report(&hub, Some("secret address"), 30);
    assert_eq!(hub.ready(HOUR), Ok(()), "it may return");
    for allowed in [NO_TIME, Duration::from_secs(59)] {
        let error = hub.ready(allowed).expect_err("away");
        let NotReady::Backend { away, error } = &error else { panic!("{error:?}") };
        assert_eq!((away.as_secs(), &*error.message), (60, "secret address"), "since the first");
    }
    assert_eq!(hub.live(), Ok(()), "a restart would not help");
    let refusal = Refusal::from(hub.ready(NO_TIME).expect_err("away"));
    assert_eq!((refusal.status(), refusal.message()), (503, "the backend is away"));

    report(&hub, None, 20);
    assert_eq!(hub.ready(NO_TIME), Ok(()));
    report(&hub, Some("gone"), 10);
    assert_eq!(hub.ready(Duration::from_secs(11)), Ok(()), "counted from the second absence");
    assert!(hub.ready(Duration::from_secs(9)).is_err());
}

#[tokio::test]
async fn a_hub_is_not_ready_while_it_drains() {
    let hub = Hub::new();
    assert_eq!(hub.ready(NO_TIME), Ok(()));
    hub.drain();
    let error = hub.ready(HOUR).expect_err("draining");
    assert_eq!(error, NotReady::Drained);
    assert_eq!(Refusal::from(error).status(), 503);
    assert_eq!(hub.live(), Ok(()));
}

#[tokio::test]
async fn a_hub_is_neither_ready_nor_live_once_its_background_has_stopped() {
    let (hub, background) = node(&MemoryBackend::new(10)).await;
    wait(&hub, 4);
    assert_eq!((hub.ready(NO_TIME), hub.live()), (Ok(()), Ok(())), "it may still begin");
    wait(&hub, 6);
    assert_eq!(hub.live(), Err(BackgroundError::NotStarted));
    assert_eq!(hub.ready(HOUR), Err(NotReady::Background(BackgroundError::NotStarted)));
    drop(background);
    let mut background = hub.background();
    fill(&mut background);
    assert_eq!((hub.ready(NO_TIME), hub.live()), (Ok(()), Ok(())));
    drop(background);
    let error = hub.live().expect_err("stopped");
    assert_eq!(error, BackgroundError::Stopped);
    assert_eq!(hub.ready(HOUR), Err(NotReady::Background(error)));
    let refusal = Refusal::from(error);
    assert_eq!((refusal.status(), refusal.message()), (503, "the hub's background does not run"));

    let in_memory = Hub::new();
    drop(in_memory.background());
    assert_eq!(in_memory.live(), Ok(()), "publishers do its work");
}
