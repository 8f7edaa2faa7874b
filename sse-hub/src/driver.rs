//! Fills a hub from its backend.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use crate::{
    BackendError, Epoch, Hub,
    backend::{Entry, Tail, TailStream},
    hub::Inner,
    large::with_id,
};

/// Fills a hub from its backend: spawn it on your runtime, for as long as the hub is used.
///
/// It resolves only if the backend's tail ends, which breaks its contract. Without it, subscribers
/// wait.
#[must_use = "a hub with a backend gets no events unless this is spawned"]
pub struct Driver {
    inner: Arc<Inner>,
    /// Of the entries that come next.
    epoch: Epoch,
    tail: TailStream,
}

impl Driver {
    pub(crate) fn new(hub: &Hub, epoch: Epoch, tail: TailStream) -> Self {
        Self { inner: Arc::clone(&hub.0), epoch, tail }
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        // So many at most, then others have their turn.
        for _ in 0..256 {
            match ready!(this.tail.as_mut().poll_next(cx)) {
                Some(next) => this.inner.take(&mut this.epoch, next),
                None => return Poll::Ready(()),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Inner {
    fn take(&self, epoch: &mut Epoch, next: Result<Tail, BackendError>) {
        let now = Instant::now();
        let error = next.as_ref().err().cloned();
        // Encoded before the lock is taken.
        let mut entry = match &next {
            Ok(Tail::Entry(entry)) => with_id(&entry.body, &epoch.id(entry.position)),
            _ => None,
        };
        self.change(|state, waiters| {
            state.set_backend_error(error);
            match next {
                Ok(Tail::Entry(Entry { position, topic, .. })) => {
                    state.take(position, &topic, entry.as_mut(), now, waiters);
                }
                Ok(Tail::Gap(floor)) => state.lose_up_to(floor),
                Ok(Tail::Anew(new)) => {
                    *epoch = new.clone();
                    state.begin_anew(new, waiters);
                }
                Ok(Tail::Back) | Err(_) => {}
            }
        });
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let message = "the hub's driver was dropped; it has to run for as long as the hub is used";
        let error = BackendError { message: message.to_owned(), may_be_stored: false };
        self.inner.change(|state, _| state.set_backend_error(Some(error)));
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::time::Duration;

    use futures_util::{FutureExt, StreamExt};
    use sse_core::{Decoded, Decoder, Event, LastEventId};

    use super::*;
    use crate::{
        MemoryBackend, PublishError, Retention, Start, Subscription, backend, log::MAX_EVENT_BYTES,
    };

    /// A node: a hub on the backend, and what fills it.
    async fn node(backend: &MemoryBackend) -> (Hub, Driver) {
        let builder = Hub::builder().retention(Retention::default().events(100));
        builder.open(backend.clone()).await.expect("opens")
    }

    fn fill(driver: &mut Driver) {
        assert_eq!(driver.now_or_never(), None, "a tail has no end");
    }

    /// What is there for a client now: each event's type and data, and the last event ID.
    fn read(subscription: &mut Subscription) -> (Vec<String>, LastEventId) {
        let mut decoder = Decoder::new();
        while let Some(Some(frame)) = subscription.next().now_or_never() {
            decoder.feed_bytes(frame.into_bytes());
        }
        let text = |item| match item {
            Ok(Decoded::Event(event)) => {
                let name = event.event.map_or(String::new(), |name| format!("{name}: "));
                name + event.data.as_deref().unwrap_or_default()
            }
            other => panic!("{other:?}"),
        };
        let events = decoder.by_ref().map(text);
        let events = events.filter(|event| !event.starts_with("subscribed: ")).collect();
        (events, LastEventId::from_request(decoder.resume_header(), None))
    }

    #[tokio::test]
    async fn the_backend_in_memory_keeps_the_contract() {
        backend::tests::all(|| async { MemoryBackend::new(1_000) }).await;
    }

    #[tokio::test]
    async fn a_publish_reaches_every_node_and_any_node_resumes() {
        let backend = MemoryBackend::new(1_000);
        let (one, mut fill_one) = node(&backend).await;
        let (two, mut fill_two) = node(&backend).await;
        let mut at_one = one.subscribe("a").expect("subscribes");
        let mut at_two = two.subscribe("a").expect("subscribes");
        assert_eq!(read(&mut at_one).0, [""; 0]);
        assert_eq!(read(&mut at_two).0, [""; 0]);

        let id = one.publish("a", Event::data("1").event("x")).await.expect("published");
        two.publish("b", Event::data("2")).await.expect("published");
        two.publish("a", Event::data("3")).await.expect("published");
        assert_eq!(read(&mut at_one).0, [""; 0], "only the tail delivers");
        fill(&mut fill_one);
        fill(&mut fill_two);
        assert_eq!(read(&mut at_one), read(&mut at_two));

        let resumed = two.subscribe("a").expect("subscribes").resume(id);
        assert_eq!(read(&mut { resumed }).0, ["3"]);
    }

    #[tokio::test]
    async fn a_node_that_starts_has_what_is_kept() {
        let backend = MemoryBackend::new(3);
        let (old, _) = node(&backend).await;
        for number in 1..=5 {
            old.publish("a", Event::data(number.to_string())).await.expect("published");
        }
        let (new, mut filled) = node(&backend).await;
        let earliest = new.subscribe("a").expect("subscribes").start(Start::Earliest);
        assert_eq!(read(&mut { earliest }).0, ["3", "4", "5"]);
        let mut live = new.subscribe("a").expect("subscribes");
        assert_eq!(read(&mut live).0, [""; 0]);
        old.publish("a", Event::data("6")).await.expect("published");
        fill(&mut filled);
        assert_eq!(read(&mut live).0, ["6"]);
    }

    #[tokio::test]
    async fn a_node_that_starts_reads_more_than_a_page() {
        let backend = MemoryBackend::new(10_000);
        let (old, _) = node(&backend).await;
        for number in 1..=1_000 {
            old.publish("a", Event::data(number.to_string())).await.expect("published");
        }
        let (new, mut filled) = node(&backend).await;
        old.publish("a", Event::data("last")).await.expect("published");
        fill(&mut filled);
        let last = new.subscribe("a").expect("subscribes").start(Start::Last(3));
        assert_eq!(read(&mut { last }).0, ["999", "1000", "last"]);
    }

    #[tokio::test]
    async fn a_node_that_starts_lets_others_have_their_turn() {
        let backend = MemoryBackend::new(10_000);
        let (old, _) = node(&backend).await;
        for _ in 0..1_000 {
            old.publish("a", Event::data("x")).await.expect("published");
        }
        let mut opening = Box::pin(Hub::builder().open(backend));
        let turns = (0..100).take_while(|_| opening.as_mut().now_or_never().is_none()).count();
        assert_eq!(turns, 4, "one after each page, of which the last is not full");
    }

    #[tokio::test]
    async fn an_id_ahead_of_this_node_waits_for_its_tail() {
        let backend = MemoryBackend::new(1_000);
        let (ahead, _) = node(&backend).await;
        let (behind, mut filled) = node(&backend).await;
        ahead.publish("a", Event::data("1")).await.expect("published");
        let id = ahead.publish("a", Event::data("2")).await.expect("published");
        ahead.publish("a", Event::data("3")).await.expect("published");

        let mut resumed = behind.subscribe("a").expect("subscribes").resume(id);
        assert_eq!(read(&mut resumed).0, [""; 0]);
        fill(&mut filled);
        assert_eq!(read(&mut resumed).0, ["3"]);
    }

    #[tokio::test]
    async fn what_the_backend_loses_is_told() {
        let backend = MemoryBackend::new(2);
        let (hub, mut filled) = node(&backend).await;
        let mut events = hub.subscribe("a").expect("subscribes");
        assert_eq!(read(&mut events).0, [""; 0]);
        hub.publish("a", Event::data("1")).await.expect("published");
        fill(&mut filled);
        assert_eq!(read(&mut events).0, ["1"]);

        for number in 2..=6 {
            hub.publish("a", Event::data(number.to_string())).await.expect("published");
        }
        fill(&mut filled);
        let (told, _) = read(&mut events);
        assert!(told[0].starts_with("gap: {\"reason\":\"trimmed\""), "{told:?}");
        assert_eq!(told[1..], ["5", "6"]);

        backend.lose_everything();
        hub.publish("a", Event::data("7")).await.expect("published");
        fill(&mut filled);
        let (told, _) = read(&mut events);
        assert!(told[0].starts_with("gap: {\"reason\":\"foreign\""), "{told:?}");
        assert_eq!(told[1..], ["7"]);
    }

    #[tokio::test]
    async fn an_entry_that_no_log_can_hold_is_reported_as_lost() {
        let (hub, mut filled) = node(&MemoryBackend::new(10)).await;
        let mut events = hub.subscribe("a").expect("subscribes");
        hub.publish("a", Event::data("1")).await.expect("published");
        fill(&mut filled);
        read(&mut events);
        // The zeros are never written, so the system maps no memory for them.
        let body = vec![0; MAX_EVENT_BYTES + 1].into();
        let topic = crate::TopicName::new("a").expect("a valid name");
        let position = hub.position().next();
        filled
            .inner
            .take(&mut filled.epoch.clone(), Ok(Tail::Entry(Entry { position, topic, body })));
        let (seen, _) = read(&mut events);
        assert!(seen[0].starts_with("gap: {\"reason\":\"trimmed\""), "{seen:?}");
        assert_eq!(seen.len(), 1);
    }

    #[tokio::test]
    async fn only_what_this_hub_publishes_counts_as_published() {
        let backend = MemoryBackend::new(10);
        let (old, _) = node(&backend).await;
        for _ in 0..3 {
            old.publish("a", Event::data("x")).await.expect("published");
        }
        let (new, mut filled) = node(&backend).await;
        old.publish("a", Event::data("x")).await.expect("published");
        new.publish("a", Event::data("x")).await.expect("published");
        fill(&mut filled);
        assert_eq!((old.stats().published, new.stats().published), (4, 1));
        assert_eq!(new.topic_stats("a").map(|stats| stats.events), Some(5));
    }

    #[tokio::test]
    async fn a_publish_after_the_log_was_lost_has_an_id_of_the_log_that_has_it() {
        let backend = MemoryBackend::new(10);
        let (hub, mut filled) = node(&backend).await;
        let mut events = hub.subscribe("a").expect("subscribes");
        let before = hub.publish("a", Event::data("1")).await.expect("published");
        backend.lose_everything();
        // The hub has not heard of it: nothing has polled its driver.
        let after = hub.publish("a", Event::data("2")).await.expect("published");
        let epoch = |id: &sse_core::EventId| id.as_str().split('.').next().map(str::to_owned);
        assert_ne!(epoch(&before), epoch(&after));
        assert_eq!(hub.stats().published, 2);
        fill(&mut filled);
        read(&mut events);
        let mut resumed = hub.subscribe("a").expect("subscribes").resume(before).opening(None);
        let (told, _) = read(&mut resumed);
        assert!(
            matches!(&told[..], [gap, two] if gap.starts_with("gap: ") && two == "2"),
            "{told:?}"
        );
        let mut resumed = hub.subscribe("a").expect("subscribes").resume(after).opening(None);
        assert_eq!(read(&mut resumed).0, [""; 0]);
    }

    #[tokio::test]
    async fn a_drain_waits_for_what_was_acknowledged_before_it() {
        let (hub, mut filled) = node(&MemoryBackend::new(10)).await;
        let mut events = hub.subscribe("a").expect("subscribes").opening(None);
        assert_eq!(read(&mut events).0, [""; 0]);
        hub.publish("a", Event::data("last")).await.expect("published");
        hub.drain();
        assert_eq!(events.next().now_or_never(), None, "the event is on its way");
        fill(&mut filled);
        assert_eq!(read(&mut events).0, ["last"]);
        assert_eq!(events.next().now_or_never(), Some(None));
    }

    #[tokio::test]
    async fn a_drain_ends_though_its_last_event_has_no_room() {
        let builder = Hub::builder().max_topics(1);
        let (hub, mut filled) = builder.open(MemoryBackend::new(10)).await.expect("opens");
        let mut events = hub.subscribe("a").expect("there is room").opening(None);
        assert_eq!(events.next().now_or_never(), None);
        hub.publish("b", Event::data("1")).await.expect("stored");
        hub.drain();
        let task = tokio::spawn(async move { events.next().await });
        tokio::task::yield_now().await;
        fill(&mut filled);
        let ended = tokio::time::timeout(Duration::from_secs(10), task).await;
        assert_eq!(ended.expect("woken").expect("no panic"), None);
    }

    #[tokio::test]
    async fn a_drain_does_not_wait_for_a_backend_that_is_out_of_reach() {
        let (hub, _driver) = node(&MemoryBackend::new(10)).await;
        let mut events = hub.subscribe("a").expect("subscribes").opening(None);
        hub.publish("a", Event::data("last")).await.expect("published");
        hub.drain();
        assert_eq!(events.next().now_or_never(), None);
        let task = tokio::spawn(async move { events.next().await });
        tokio::task::yield_now().await;
        let error = BackendError { message: "gone".to_owned(), may_be_stored: false };
        hub.0.take(&mut Epoch::random(), Err(error));
        let ended = tokio::time::timeout(Duration::from_secs(10), task).await;
        assert_eq!(ended.expect("woken").expect("no panic"), None);
    }

    #[tokio::test]
    async fn a_driver_that_is_gone_is_reported_and_does_not_hold_up_a_drain() {
        let (hub, driver) = node(&MemoryBackend::new(10)).await;
        let mut events = hub.subscribe("a").expect("subscribes").opening(None);
        hub.publish("a", Event::data("last")).await.expect("published");
        hub.drain();
        assert_eq!(events.next().now_or_never(), None);
        drop(driver);
        assert!(hub.stats().backend_error.is_some());
        assert_eq!(events.next().now_or_never(), Some(None));
    }

    #[tokio::test]
    async fn a_hub_with_a_backend_has_to_be_awaited() {
        let (hub, _) = node(&MemoryBackend::new(1)).await;
        assert_eq!(hub.publish_now("a", Event::data("1")), Err(PublishError::NotNow));
        hub.drain();
        assert_eq!(hub.publish("a", Event::data("1")).await, Err(PublishError::Drained));
    }
}
