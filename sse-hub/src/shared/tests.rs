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

fn wait(shared: &Shared<()>, slot: usize, task: &Arc<Task>) {
    let waker = Waker::from(Arc::clone(task));
    assert!(shared.poll(slot, &waker, |()| Poll::<()>::Pending).is_pending());
}

#[test]
fn who_waits_is_woken_once_and_only_if_named() {
    let shared = Shared::new(());
    let (one, other) = shared.change(|_, waiters| (waiters.open(), waiters.open()));
    let tasks = [Arc::<Task>::default(), Arc::default()];
    wait(&shared, one, &tasks[0]);
    wait(&shared, other, &tasks[1]);
    shared.change(|_, waiters| waiters.wake(one));
    shared.change(|_, waiters| waiters.wake(one));
    assert_eq!(tasks.each_ref().map(|task| task.wakes()), [1, 0]);
}

#[test]
fn a_slot_that_is_closed_keeps_no_waker() {
    let shared = Shared::new(());
    let slot = shared.change(|_, waiters| waiters.open());
    let task = Arc::<Task>::default();
    wait(&shared, slot, &task);
    shared.change(|_, waiters| waiters.close(slot));
    assert_eq!(shared.change(|_, waiters| waiters.open_slots()), 0);
    assert_eq!(Arc::strong_count(&task), 1);
}

#[test]
fn who_moved_to_another_task_is_woken_there() {
    let shared = Shared::new(());
    let slot = shared.change(|_, waiters| waiters.open());
    let tasks = [Arc::<Task>::default(), Arc::default()];
    wait(&shared, slot, &tasks[0]);
    wait(&shared, slot, &tasks[1]);
    shared.change(|_, waiters| waiters.wake(slot));
    assert_eq!(tasks.each_ref().map(|task| task.wakes()), [0, 1]);
    assert_eq!(Arc::strong_count(&tasks[0]), 1, "the first waker was let go of");
}

#[test]
fn a_wake_up_may_come_back_to_the_same_lock() {
    struct Inline(Arc<Shared<u8>>);
    impl Wake for Inline {
        fn wake(self: Arc<Self>) {
            self.0.change(|state, _| *state += 1);
        }
    }
    let shared = Arc::new(Shared::new(0));
    let slot = shared.change(|_, waiters| waiters.open());
    let waker = Waker::from(Arc::new(Inline(Arc::clone(&shared))));
    assert!(shared.poll(slot, &waker, |_| Poll::<()>::Pending).is_pending());
    shared.change(|_, waiters| waiters.wake(slot));
    assert_eq!(shared.change(|state, _| *state), 1);
}
