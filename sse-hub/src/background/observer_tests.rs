//! Observers, notes and signals on a backend.

use std::{
    mem,
    sync::{Arc, Mutex},
};

use sse_core::Event;

use super::tests::{fill, node};
use crate::{
    Backend, BackgroundError, Hub, MemoryBackend, Position, PublishError,
    backend::{Entry, Observer},
};

#[derive(Debug, Default)]
struct Seen(Mutex<Vec<String>>);

impl Observer for Seen {
    fn entry(&self, entry: &Entry) {
        let body = String::from_utf8_lossy(&entry.body[1..2]).into_owned();
        self.0.lock().expect("no panic").push(format!("{} {body}", entry.topic));
    }

    fn lost(&self) {
        self.0.lock().expect("no panic").push("lost".into());
    }

    fn new_epoch(&self) {
        self.0.lock().expect("no panic").push("new epoch".into());
    }
}

#[tokio::test]
async fn an_observer_sees_every_entry_before_its_append_resolves() {
    let backend = MemoryBackend::new(3);
    let (other, _background) = node(&backend).await;
    other.publish("a", Event::data("1")).await.expect("published");
    let seen = Arc::new(Seen::default());
    let hub = Hub::builder().observer(seen.clone()).open(backend.clone()).await.expect("opens");
    let take = || mem::take(&mut *seen.0.lock().expect("no panic"));
    assert_eq!((take(), hub.is_shared()), (vec!["a a".to_owned()], Some(true)));
    let task = tokio::spawn(hub.background());
    hub.note("run", "n".into()).await.expect("appended");
    assert_eq!(take(), ["run N"]);
    hub.signal("s".into()).await.expect("appended");
    assert_eq!(take(), ["sse-hub:control S"]);
    hub.publish_batch("run", vec![Event::data("1"), Event::data("2")]).await.expect("published");
    assert_eq!(take(), ["run a", "run a"]);
    assert_eq!(hub.topic_stats("run").map(|run| run.events), Some(2));
    assert_eq!(hub.publish_batch("run", vec![]).await, Err(PublishError::NoData));
    assert_eq!(hub.notes().await.expect("reads").len(), 1);
    task.abort();
    assert!(task.await.is_err());
    let stopped = Err(PublishError::Background(BackgroundError::Stopped));
    assert_eq!(hub.signal("s".into()).await, stopped);
    assert_eq!(hub.publish_batch("run", vec![Event::data("3")]).await.map(drop), stopped);

    let hub = Hub::builder().observer(seen.clone()).open(backend.clone()).await.expect("opens");
    let mut background = hub.background();
    take();
    for _ in 0..9 {
        other.publish("a", Event::data("1")).await.expect("published");
    }
    fill(&mut background);
    assert_eq!(take(), ["lost", "a a", "a a", "a a"]);
    backend.lose_everything();
    fill(&mut background);
    assert_eq!(take(), ["new epoch"]);
}

#[tokio::test]
async fn signals_do_not_count_among_the_events_that_are_kept() {
    let backend = MemoryBackend::new(3);
    let (hub, background) = node(&backend).await;
    tokio::spawn(background);
    for _ in 0..3 {
        hub.publish("a", Event::data("x")).await.expect("published");
        hub.signal("s".into()).await.expect("appended");
    }
    let opened = backend.open().await.expect("opens");
    assert_eq!(opened.floor, Position::START);
    assert_eq!(backend.read(opened.floor, 10).await.expect("reads").entries.len(), 6);
    for _ in 0..9 {
        hub.signal("s".into()).await.expect("appended");
    }
    let opened = backend.open().await.expect("opens");
    assert!(backend.read(opened.floor, 99).await.expect("reads").entries.len() <= 6);
}
