//! The wake-ups of a background, poll by poll.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

use futures_util::Stream;
use sse_hub::{Background, Hub, Retention, Subscription};

use crate::{OPENING, publish, read, text};

/// Counts its wake-ups.
#[derive(Default)]
struct Task(AtomicUsize);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Subscribers to topic `a` that wait, and the task that is woken for all of them.
fn waiting(hub: &Hub, count: usize) -> (Vec<Subscription>, Arc<Task>) {
    let task = Arc::<Task>::default();
    let waker = Waker::from(Arc::clone(&task));
    let join = |_| {
        let mut subscription = hub.subscribe("a").expect("within the limits");
        assert!(read(&mut subscription).0.starts_with(OPENING));
        let waits = Pin::new(&mut subscription).poll_next(&mut Context::from_waker(&waker));
        assert!(waits.is_pending());
        subscription
    };
    ((0..count).map(join).collect(), task)
}

fn poll(background: Pin<&mut Background>) -> Poll<()> {
    background.poll(&mut Context::from_waker(Waker::noop()))
}

fn woken(task: &Task) -> usize {
    task.0.load(SeqCst)
}

#[test]
fn few_are_woken_by_the_publish_and_many_by_the_background_some_at_a_time() {
    let hub = Hub::new();
    let mut background = pin!(hub.background());
    assert!(poll(background.as_mut()).is_pending());
    let (few, task) = waiting(&hub, 64);
    publish(&hub, "a", "1");
    assert_eq!(woken(&task), 64);
    drop(few);

    let (mut many, task) = waiting(&hub, 1_000);
    publish(&hub, "a", "2");
    assert_eq!(woken(&task), 0, "left to the background");
    let mut polls = 0;
    while woken(&task) < 1_000 {
        let before = woken(&task);
        assert!(poll(background.as_mut()).is_pending());
        polls += 1;
        assert!((1..=256).contains(&(woken(&task) - before)), "poll {polls}");
    }
    assert_eq!(polls, 4);
    assert!(poll(background.as_mut()).is_pending());
    assert_eq!(woken(&task), 1_000, "once each");
    assert_eq!(text(&hub, &mut many[999]), "id: E.2\ndata: 2\n\n");
}

#[test]
fn a_subscriber_that_waits_again_meanwhile_is_woken_by_the_next_publish() {
    let hub = Hub::new();
    let mut background = pin!(hub.background());
    assert!(poll(background.as_mut()).is_pending());
    let (mut many, task) = waiting(&hub, 1_000);
    publish(&hub, "a", "1");
    assert!(poll(background.as_mut()).is_pending());
    let before = woken(&task);
    let waker = Waker::from(Arc::clone(&task));
    let context = &mut Context::from_waker(&waker);
    while Pin::new(&mut many[0]).poll_next(context).is_ready() {}
    publish(&hub, "a", "2");
    for _ in 0..10 {
        assert!(poll(background.as_mut()).is_pending());
    }
    assert_eq!(woken(&task), 1_000 + 1, "{before} before, then the rest, and the first again");
}

#[test]
fn a_walk_that_is_half_done_may_find_a_younger_and_smaller_topic() {
    let age = Duration::from_secs(1);
    let hub = Hub::builder().retention(Retention::default().age(age)).build();
    let mut background = pin!(hub.background());
    assert!(poll(background.as_mut()).is_pending());
    let (many, task) = waiting(&hub, 1_000);
    publish(&hub, "a", "1");
    assert!(poll(background.as_mut()).is_pending());
    assert_eq!(woken(&task), 256, "half done");

    drop(many);
    hub.tick(Instant::now() + 10 * age);
    assert_eq!(hub.topic_stats("a"), None);
    let _younger = hub.topic("b").expect("a valid name");
    for _ in 0..10 {
        assert!(poll(background.as_mut()).is_pending());
    }
    let (_many, task) = waiting(&hub, 1_000);
    publish(&hub, "a", "2");
    for _ in 0..10 {
        assert!(poll(background.as_mut()).is_pending());
    }
    assert_eq!(woken(&task), 1_000);
}

#[test]
fn nothing_is_left_to_a_background_that_is_not_polled_yet() {
    let hub = Hub::new();
    let background = hub.background();
    let (_many, task) = waiting(&hub, 1_000);
    publish(&hub, "a", "1");
    assert_eq!(woken(&task), 1_000);
    drop(background);
}

#[test]
fn dropping_a_background_wakes_the_remaining_subscribers() {
    let hub = Hub::new();
    let mut background = Box::pin(hub.background());
    assert!(poll(background.as_mut()).is_pending());
    let (_many, task) = waiting(&hub, 1_000);
    publish(&hub, "a", "1");
    assert!(poll(background.as_mut()).is_pending());
    drop(background);
    assert_eq!(woken(&task), 1_000);
    publish(&hub, "a", "2");
    assert_eq!(woken(&task), 1_000, "none waits");
}

#[test]
fn a_drain_wakes_the_subscribers_that_were_left_to_the_background() {
    let hub = Hub::new();
    let mut background = pin!(hub.background());
    assert!(poll(background.as_mut()).is_pending());
    let (mut many, task) = waiting(&hub, 1_000);
    publish(&hub, "a", "1");
    hub.drain();
    assert_eq!(woken(&task), 1_000);
    let (text, ended) = read(&mut many[999]);
    assert!(text.ends_with("data: 1\n\n") && ended, "{text}");
    assert!(poll(background.as_mut()).is_pending(), "there are handles");
    drop((hub, many));
    assert!(poll(background.as_mut()).is_ready());
}

#[tokio::test]
async fn a_background_ends_with_its_hub() {
    let hub = Hub::new();
    let background = tokio::spawn(hub.background());
    tokio::task::yield_now().await;
    assert!(!background.is_finished());
    drop(hub);
    background.await.expect("ends");
}
