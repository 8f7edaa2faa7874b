//! Runs a few threads in every order of their locks and wake-ups.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Wake},
};

use futures_core::Stream;
use loom::{
    future::block_on,
    thread::{self, JoinHandle},
};
use sse_core::Event;

use super::*;
use crate::{Hub, Subscription};

/// Runs a scenario in each possible order, and prints how many there were.
fn check(scenario: impl Fn() + Send + Sync + 'static) {
    check_within(None, scenario);
}

/// Runs a scenario in each order with at most this number of interruptions.
fn check_within(interruptions: Option<usize>, scenario: impl Fn() + Send + Sync + 'static) {
    // Not loom's: it counts over all executions.
    let executions = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&executions);
    let mut model = loom::model::Builder::new();
    model.preemption_bound = interruptions;
    model.check(move || {
        counted.fetch_add(1, SeqCst);
        scenario();
    });
    println!("{} executions", executions.load(SeqCst));
}

/// A log of numbers, and the slot of its reader.
type Numbers = Shared<(Vec<u8>, Vec<usize>)>;

fn numbers() -> (Arc<Numbers>, Slot) {
    let shared = Numbers::new((Vec::new(), Vec::new()));
    let slot = join(&shared);
    (Arc::new(shared), slot)
}

fn join(shared: &Numbers) -> Slot {
    shared.change(|(_, members), waiters| {
        let slot = waiters.open();
        members.push(slot.key());
        slot
    })
}

fn leave(shared: &Numbers, slot: &Slot) {
    shared.change(|(_, members), waiters| {
        members.retain(|member| *member != slot.key());
        waiters.close(slot);
    });
}

fn publish(shared: &Numbers, number: u8) {
    shared.change(|(numbers, members), waiters| {
        numbers.push(number);
        members.iter().for_each(|slot| waiters.wake(*slot));
    });
}

/// Reads the number after the first `seen`; loom fails the test if that waits indefinitely.
async fn next(shared: &Numbers, slot: &mut Slot, seen: usize) -> u8 {
    poll_fn(|cx| {
        shared.poll(slot, cx.waker(), |(numbers, _), _| match numbers.get(seen) {
            Some(number) if seen + 1 == numbers.len() => Found::Last(*number),
            Some(number) => Found::More(*number),
            None => Found::Nothing,
        })
    })
    .await
}

#[test]
fn a_reader_that_waits_while_something_is_published_gets_it() {
    check(|| {
        let (shared, mut slot) = numbers();
        let publisher = thread::spawn({
            let shared = Arc::clone(&shared);
            move || publish(&shared, 1)
        });
        assert_eq!(block_on(next(&shared, &mut slot, 0)), 1);
        publisher.join().expect("publishes");
    });
}

#[test]
fn a_reader_gets_all_of_two_publishers() {
    check(|| {
        let (shared, mut slot) = numbers();
        let publishers = [1, 2].map(|number| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || publish(&shared, number))
        });
        let read = block_on(async {
            [next(&shared, &mut slot, 0).await, next(&shared, &mut slot, 1).await]
        });
        assert!(read == [1, 2] || read == [2, 1], "{read:?}");
        for publisher in publishers {
            publisher.join().expect("publishes");
        }
    });
}

#[test]
fn a_reader_that_waits_and_leaves_takes_nothing_from_another() {
    check(|| {
        let (shared, mut slot) = numbers();
        let other = thread::spawn({
            let shared = Arc::clone(&shared);
            let mut slot = join(&shared);
            move || {
                assert_eq!(block_on(next(&shared, &mut slot, 0)), 1);
                leave(&shared, &slot);
            }
        });
        publish(&shared, 1);
        assert_eq!(block_on(next(&shared, &mut slot, 0)), 1);
        other.join().expect("reads");
    });
}

#[test]
fn a_reader_that_leaves_while_something_is_published_leaves_nothing_behind() {
    struct Task;
    impl Wake for Task {
        fn wake(self: Arc<Self>) {}
    }
    check(|| {
        let (shared, mut slot) = numbers();
        let publisher = thread::spawn({
            let shared = Arc::clone(&shared);
            move || publish(&shared, 1)
        });
        let task = Arc::new(Task);
        let waker = Waker::from(Arc::clone(&task));
        let _ = shared.poll(&mut slot, &waker, |(numbers, _), _| match numbers.len() {
            0 => Found::Nothing,
            read => Found::Last(read),
        });
        leave(&shared, &slot);
        publisher.join().expect("publishes");
        drop(waker);
        assert_eq!(Arc::strong_count(&task), 1, "a waker outlives its reader");
        assert_eq!(shared.change(|_, waiters| waiters.open_slots()), 0);
    });
}

/// Subscribes and joins.
fn subscribe(hub: &Hub) -> Subscription {
    let mut subscription = hub.subscribe("a").expect("within the limits");
    block_on(read(&mut subscription, "event: subscribed"));
    subscription
}

/// Reads until an item begins or ends with a text; loom fails the test if that waits indefinitely.
async fn read(subscription: &mut Subscription, text: &str) {
    let mut subscription = pin!(subscription);
    loop {
        let frame = poll_fn(|cx| subscription.as_mut().poll_next(cx)).await.expect("no drain");
        let frame = std::str::from_utf8(frame.as_bytes()).expect("UTF-8");
        if frame.starts_with(text) || frame.ends_with(text) {
            return;
        }
    }
}

fn publish_to(
    hub: &Hub,
    numbers: impl IntoIterator<Item = u64> + Send + 'static,
) -> JoinHandle<()> {
    let hub = hub.clone();
    thread::spawn(move || {
        for number in numbers {
            hub.publish_now("a", Event::data(number.to_string())).expect("published");
        }
    })
}

/// Looks at the numbers in two holds of the lock, and takes the first for what there was.
async fn next_in_two_holds(shared: &Numbers, slot: &mut Slot) -> u8 {
    let (key, mut looked) = (slot.key(), None);
    poll_fn(|cx| {
        shared.poll(slot, cx.waker(), |(numbers, _), waiters| match looked.take() {
            None => {
                looked = Some(numbers.first().copied());
                Found::Undecided
            }
            Some(Some(number)) => Found::More(number),
            // There was nothing, and no wake-up has come since.
            Some(None) if waiters.is_armed(key) => Found::Nothing,
            Some(None) => Found::Undecided,
        })
    })
    .await
}

#[test]
fn a_reader_that_needs_two_holds_misses_nothing_between_them() {
    check(|| {
        let (shared, mut slot) = numbers();
        let publisher = thread::spawn({
            let shared = Arc::clone(&shared);
            move || publish(&shared, 1)
        });
        assert_eq!(block_on(next_in_two_holds(&shared, &mut slot)), 1);
        publisher.join().expect("publishes");
    });
}

#[test]
fn publishers_wake_in_several_holds_without_a_background() {
    check_within(Some(2), || {
        let hub = Hub::new();
        let mut subscription = subscribe(&hub);
        let publishers = [publish_to(&hub, [7]), publish_to(&hub, [7])];
        let mut events = 0;
        while events < 2 {
            let frame = block_on(poll_fn(|cx| pin!(&mut subscription).poll_next(cx)));
            let frame = frame.expect("no drain").into_bytes();
            events += frame.windows(7).filter(|bytes| bytes == b"data: 7").count();
        }
        publishers.into_iter().for_each(|publisher| publisher.join().expect("publishes"));
    });
}

#[test]
fn a_background_wakes_the_subscribers() {
    check_within(Some(2), || {
        let hub = Hub::new();
        let mut subscription = subscribe(&hub);
        let mut background = Box::pin(hub.background());
        let polled = background.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        let background = thread::spawn(move || block_on(background));
        let publisher = publish_to(&hub, 1..=2);
        block_on(read(&mut subscription, "data: 2\n\n"));
        publisher.join().expect("publishes");
        drop((hub, subscription));
        background.join().expect("it ends with the hub");
    });
}

#[test]
fn a_dropped_background_leaves_no_subscriber_waiting() {
    check(|| {
        let hub = Hub::new();
        let mut subscription = subscribe(&hub);
        let mut background = Box::pin(hub.background());
        let polled = background.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        let background = thread::spawn(move || drop(background));
        let publisher = publish_to(&hub, [1]);
        block_on(read(&mut subscription, "data: 1\n\n"));
        publisher.join().expect("publishes");
        background.join().expect("it drops the background");
    });
}
