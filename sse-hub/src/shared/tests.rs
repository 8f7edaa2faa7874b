use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::Wake,
};

use super::*;

#[derive(Default)]
struct Task(AtomicUsize);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Task {
    fn wakes(&self) -> usize {
        self.0.load(SeqCst)
    }
}

fn wait(shared: &Shared<()>, slot: &mut Slot, task: &Arc<Task>) {
    let waker = Waker::from(Arc::clone(task));
    assert!(shared.poll(slot, &waker, |(), _| Found::<()>::Nothing).is_pending());
}

fn open<S>(shared: &Shared<S>) -> Slot {
    shared.change(|_, waiters| waiters.open())
}

fn wake<S>(shared: &Shared<S>, slot: &Slot) {
    shared.change(|_, waiters| waiters.wake(slot.key()));
}

#[test]
fn a_waiting_task_is_woken_once_and_only_if_named() {
    let shared = Shared::new(());
    let (mut one, mut other) = (open(&shared), open(&shared));
    let tasks = [Arc::<Task>::default(), Arc::default()];
    wait(&shared, &mut one, &tasks[0]);
    wait(&shared, &mut other, &tasks[1]);
    wake(&shared, &one);
    wake(&shared, &one);
    assert_eq!(tasks.each_ref().map(|task| task.wakes()), [1, 0]);
}

#[test]
fn a_waker_that_panics_does_not_prevent_other_wake_ups() {
    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("on purpose");
        }
    }

    let shared = Shared::new(());
    let mut slots: Vec<_> = (0..5).map(|_| open(&shared)).collect();
    let task = Arc::<Task>::default();
    for (number, slot) in slots.iter_mut().enumerate() {
        if number % 2 == 0 {
            let waker = Waker::from(Arc::new(Panics));
            assert!(shared.poll(slot, &waker, |(), _| Found::<()>::Nothing).is_pending());
        } else {
            wait(&shared, slot, &task);
        }
    }
    let all = || shared.change(|_, waiters| slots.iter().for_each(|it| waiters.wake(it.key())));
    assert!(panic::catch_unwind(AssertUnwindSafe(all)).is_err());
    assert_eq!(task.wakes(), 2);
}

#[test]
fn a_reader_that_has_read_everything_waits_and_reads_again_only_after_a_change() {
    let shared = Shared::new(());
    let mut slot = open(&shared);
    let task = Arc::<Task>::default();
    let waker = Waker::from(Arc::clone(&task));
    let read = |slot: &mut Slot| shared.poll(slot, &waker, |(), _| Found::Last(()));
    assert!(read(&mut slot).is_ready());
    assert!(read(&mut slot).is_pending(), "nothing has changed");
    wake(&shared, &slot);
    assert_eq!(task.wakes(), 1);
    assert!(read(&mut slot).is_ready());
}

#[test]
fn a_task_that_is_woken_by_a_reader_reads_again() {
    let shared = Shared::new(());
    let (mut one, mut other) = (open(&shared), open(&shared));
    let task = Arc::<Task>::default();
    wait(&shared, &mut one, &task);
    let key = one.key();
    let waker = Waker::noop();
    let read = shared.poll(&mut other, waker, |(), waiters| {
        waiters.wake(key);
        Found::More(())
    });
    assert!(read.is_ready());
    assert_eq!(task.wakes(), 1);
    // It has to store its waker again, for the next wake-up.
    wait(&shared, &mut one, &task);
    wake(&shared, &one);
    assert_eq!(task.wakes(), 2);
}

#[test]
fn a_slot_that_is_closed_keeps_no_waker() {
    let shared = Shared::new(());
    let mut slot = open(&shared);
    let task = Arc::<Task>::default();
    wait(&shared, &mut slot, &task);
    shared.change(|_, waiters| waiters.close(&slot));
    assert_eq!(shared.change(|_, waiters| waiters.open_slots()), 0);
    assert_eq!(Arc::strong_count(&task), 1);
}

#[test]
fn a_reader_that_moved_to_another_task_is_woken_there() {
    let shared = Shared::new(());
    let mut slot = open(&shared);
    let tasks = [Arc::<Task>::default(), Arc::default()];
    wait(&shared, &mut slot, &tasks[0]);
    wait(&shared, &mut slot, &tasks[1]);
    wake(&shared, &slot);
    assert_eq!(tasks.each_ref().map(|task| task.wakes()), [0, 1]);
    assert_eq!(Arc::strong_count(&tasks[0]), 1, "the first waker was dropped");
}

#[test]
fn a_wake_up_may_take_the_same_lock_again() {
    struct Inline(Arc<Shared<u8>>);
    impl Wake for Inline {
        fn wake(self: Arc<Self>) {
            self.0.change(|state, _| *state += 1);
        }
    }
    let shared = Arc::new(Shared::new(0));
    let mut slot = open(&shared);
    let waker = Waker::from(Arc::new(Inline(Arc::clone(&shared))));
    assert!(shared.poll(&mut slot, &waker, |_, _| Found::<()>::Nothing).is_pending());
    wake(&shared, &slot);
    assert_eq!(shared.look(|state| *state), 1);
}
