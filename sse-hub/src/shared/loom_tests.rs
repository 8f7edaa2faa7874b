//! Every order of the locks and wake-ups of a few threads.

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::Wake,
};

use loom::{future::block_on, thread};

use super::*;

/// Runs a scenario in each possible order, and prints how many there were.
fn check(scenario: impl Fn() + Send + Sync + 'static) {
    // Not loom's: it counts over all executions.
    let executions = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&executions);
    loom::model(move || {
        counted.fetch_add(1, SeqCst);
        scenario();
    });
    println!("{} executions", executions.load(SeqCst));
}

/// A log of numbers, and the slot of who reads it.
type Numbers = Shared<(Vec<u8>, Vec<usize>)>;

fn numbers() -> (Arc<Numbers>, usize) {
    let shared = Numbers::new((Vec::new(), Vec::new()));
    let slot = join(&shared);
    (Arc::new(shared), slot)
}

fn join(shared: &Numbers) -> usize {
    shared.change(|(_, members), waiters| {
        let slot = waiters.open();
        members.push(slot);
        slot
    })
}

fn leave(shared: &Numbers, slot: usize) {
    shared.change(|(_, members), waiters| {
        members.retain(|member| *member != slot);
        waiters.close(slot);
    });
}

fn publish(shared: &Numbers, number: u8) {
    shared.change(|(numbers, members), waiters| {
        numbers.push(number);
        members.iter().for_each(|slot| waiters.wake(*slot));
    });
}

/// Reads the next number after so many; loom fails the test if that waits for ever.
async fn next(shared: &Numbers, slot: usize, seen: usize) -> u8 {
    poll_fn(|cx| {
        shared.poll(slot, cx.waker(), |(numbers, _)| match numbers.get(seen) {
            Some(number) => Poll::Ready(*number),
            None => Poll::Pending,
        })
    })
    .await
}

#[test]
fn a_reader_that_waits_while_something_is_published_gets_it() {
    check(|| {
        let (shared, slot) = numbers();
        let publisher = thread::spawn({
            let shared = Arc::clone(&shared);
            move || publish(&shared, 1)
        });
        assert_eq!(block_on(next(&shared, slot, 0)), 1);
        publisher.join().expect("publishes");
    });
}

#[test]
fn a_reader_gets_all_of_two_publishers() {
    check(|| {
        let (shared, slot) = numbers();
        let publishers = [1, 2].map(|number| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || publish(&shared, number))
        });
        let read = block_on(async { [next(&shared, slot, 0).await, next(&shared, slot, 1).await] });
        assert!(read == [1, 2] || read == [2, 1], "{read:?}");
        for publisher in publishers {
            publisher.join().expect("publishes");
        }
    });
}

#[test]
fn a_reader_that_waits_and_leaves_takes_nothing_from_another() {
    check(|| {
        let (shared, slot) = numbers();
        let other = thread::spawn({
            let shared = Arc::clone(&shared);
            let slot = join(&shared);
            move || {
                assert_eq!(block_on(next(&shared, slot, 0)), 1);
                leave(&shared, slot);
            }
        });
        publish(&shared, 1);
        assert_eq!(block_on(next(&shared, slot, 0)), 1);
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
        let (shared, slot) = numbers();
        let publisher = thread::spawn({
            let shared = Arc::clone(&shared);
            move || publish(&shared, 1)
        });
        let task = Arc::new(Task);
        let waker = Waker::from(Arc::clone(&task));
        let _ = shared.poll(slot, &waker, |(numbers, _)| match numbers.len() {
            0 => Poll::Pending,
            read => Poll::Ready(read),
        });
        leave(&shared, slot);
        publisher.join().expect("publishes");
        drop(waker);
        assert_eq!(Arc::strong_count(&task), 1, "a waker outlives its reader");
        assert_eq!(shared.change(|_, waiters| waiters.open_slots()), 0);
    });
}
