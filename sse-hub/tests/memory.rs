//! What a hub costs beside the events' own bytes. It counts all allocations of its process, so it has its own.
//!
//! The feature `hold-times` keeps measurements, which would count as well.
#![cfg(not(feature = "hold-times"))]

use std::{
    pin::Pin,
    task::{Context, Waker},
    time::Duration,
};

use futures_util::{FutureExt, Stream};
use sse_core::Event;
use sse_hub::{Hub, Principal, Retention, Start, Subscription};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn allocated() -> usize {
    dhat::HeapStats::get().curr_bytes
}

fn keeping_all() -> Hub {
    let retention = Retention::default().events(usize::MAX).bytes(usize::MAX);
    Hub::builder().retention(retention).build()
}

fn publish(hub: &Hub, topic: &str, size: usize) {
    hub.publish_now(topic, Event::data("x".repeat(size))).expect("published");
}

/// Reads everything that is ready; returns the number of bytes.
fn read(subscription: &mut Subscription) -> usize {
    let mut bytes = 0;
    let context = &mut Context::from_waker(Waker::noop());
    while let std::task::Poll::Ready(Some(frame)) = Pin::new(&mut *subscription).poll_next(context)
    {
        bytes += frame.len();
    }
    bytes
}

#[ignore = "counts allocations for a minute; ./test.sh runs it"]
#[test]
fn memory_is_the_events_and_little_more() {
    let _profiler = dhat::Profiler::builder().testing().build();
    an_event_that_is_read_costs_a_few_bytes();
    an_unread_event_costs_the_spare_capacity_of_a_vector();
    an_idle_topic_costs_a_few_hundred_bytes();
    an_end_costs_at_most_100_bytes_and_its_name();
    a_principal_and_a_ticket_cost_what_is_counted();
    a_slow_reader_costs_nothing();
    the_hub_stays_within_its_bytes();
    nothing_is_left();
}

#[track_caller]
fn check(what: &str, cost: usize, bound: usize) {
    println!("{what}: {cost} bytes");
    assert!(cost <= bound, "{what}: {cost} bytes, {bound} at most");
}

fn an_event_that_is_read_costs_a_few_bytes() {
    const EVENTS: usize = 10_000;
    for size in [10, 100, 1_000] {
        let before = allocated();
        let hub = keeping_all();
        let mut subscription = hub.subscribe("a").expect("within the limits");
        for _ in 0..EVENTS {
            read(&mut subscription);
            publish(&hub, "a", size);
        }
        read(&mut subscription);
        let bytes = hub.stats().log_bytes;
        let overhead = (allocated() - before - bytes) / EVENTS;
        // 4 for its end, 4 for its position, and its share of a chunk, which may hold only eight events.
        let bound = 12 + bytes / EVENTS / 32;
        check(&format!("an event of {} bytes, beside them", bytes / EVENTS), overhead, bound);
    }
}

fn an_unread_event_costs_the_spare_capacity_of_a_vector() {
    const EVENTS: usize = 10_000;
    let before = allocated();
    let hub = keeping_all();
    for _ in 0..EVENTS {
        publish(&hub, "a", 100);
    }
    let overhead = (allocated() - before - hub.stats().log_bytes) / EVENTS;
    check("an event that is not read, beside its own", overhead, 16);
}

fn an_idle_topic_costs_a_few_hundred_bytes() {
    const TOPICS: usize = 10_000;
    let name = |number| format!("topic {number}");
    let before = allocated();
    let hub = keeping_all();
    for number in 0..TOPICS {
        publish(&hub, &name(number), 100);
    }
    let overhead = (allocated() - before - hub.stats().log_bytes) / TOPICS;
    check("a topic of one event, beside the event", overhead, 1_024);

    let before = allocated();
    let hub = Hub::new();
    let subscribe = |number| {
        let mut subscription = hub.subscribe(name(number)).expect("within the limits");
        read(&mut subscription);
        subscription
    };
    let subscriptions: Vec<_> = (0..TOPICS).map(subscribe).collect();
    let overhead = (allocated() - before) / TOPICS;
    check("a topic without events and its subscription", overhead, 1_536);

    drop(subscriptions);
    assert_eq!(hub.stats().topics, 0);
    let before = allocated();
    let subscribe = |_| {
        let mut subscription = hub.subscribe("a").expect("within the limits");
        read(&mut subscription);
        subscription
    };
    let subscriptions: Vec<_> = (0..TOPICS).map(subscribe).collect();
    // With metrics, each has the handle of its histogram, and the time of its last measurement.
    let bound = if cfg!(feature = "metrics") { 256 + 24 + 16 } else { 256 };
    check("one more subscription", (allocated() - before) / TOPICS, bound);
    drop(subscriptions);
}

fn an_end_costs_at_most_100_bytes_and_its_name() {
    const ENDS: usize = 100_000;
    let before = allocated();
    let hub = Hub::new();
    let empty = hub.stats().memory;
    for number in 0..ENDS {
        hub.end_now(format!("topic {number}"), Event::data("x")).expect("ends");
        hub.trim(format!("topic {number}"), hub.position());
    }
    assert_eq!(hub.stats().topics, 0);
    let cost = allocated() - before;
    check("the end of a topic, and a name of 11 bytes", cost / ENDS, 100 + 11);
    let counted = hub.stats().memory - empty;
    assert!(counted >= cost * 9 / 10, "{counted} bytes are counted of {cost}");
}

fn a_principal_and_a_ticket_cost_what_is_counted() {
    const PRINCIPALS: usize = 10_000;
    for (what, subscriptions, bound) in [("one", 1, 450), ("five", 5, 150)] {
        let hub = Hub::new();
        let subscribe = || hub.subscribe("a").expect("within the limits");
        let mut all: Vec<_> = (0..subscriptions * PRINCIPALS).map(|_| subscribe()).collect();
        all.iter_mut().for_each(|subscription| _ = read(subscription));
        let (before, empty) = (allocated(), hub.stats().memory);
        let all = all.into_iter().enumerate().map(|(number, subscription)| {
            let text = format!("principal {:08}", number / subscriptions);
            subscription.principal(&Principal::new(text).expect("short"))
        });
        let all: Vec<_> = all.collect();
        let cost = allocated() - before;
        check(&format!("the principal of {what}, for each"), cost / all.len(), bound);
        let counted = hub.stats().memory - empty;
        assert!(counted >= cost * 9 / 10, "{counted} bytes are counted of {cost}");
        drop(all);
    }

    let hub = Hub::new();
    let (before, empty) = (allocated(), hub.stats().memory);
    for number in 0..PRINCIPALS {
        let principal = Principal::new(format!("principal {number:08}")).expect("short");
        let issued = hub.issue_ticket(&principal, Duration::from_secs(1_000)).now_or_never();
        issued.expect("in memory").expect("room");
    }
    let cost = allocated() - before;
    check("a ticket", cost / PRINCIPALS, 550);
    let counted = hub.stats().memory - empty;
    assert!(counted >= cost * 9 / 10, "{counted} bytes are counted of {cost}");
}

fn a_slow_reader_costs_nothing() {
    let hub = keeping_all();
    let mut slow = hub.subscribe("a").expect("within the limits").start(Start::Earliest);
    let mut quick = hub.subscribe("a").expect("within the limits").start(Start::Earliest);
    read(&mut slow);
    let before = allocated();
    for _ in 0..5_000 {
        publish(&hub, "a", 100);
        read(&mut quick);
    }
    let held = allocated() - before;
    let bytes = hub.stats().log_bytes;
    assert!(held < bytes + bytes / 8, "{held} bytes for {bytes}, with a reader that is behind");
    assert_eq!(read(&mut slow), bytes);
}

fn the_hub_stays_within_its_bytes() {
    const MAX: usize = 16 * 1024 * 1024;
    for (topics, size, readers) in [
        (usize::MAX, 0, 0),
        (1_000, 100, 1_000),
        (100, 1_000, 50),
        (1, 100, 0),
        (10, 4_200, 0),
        (3, 200_000, 3),
    ] {
        let before = allocated();
        let retention = Retention::default().events(usize::MAX).bytes(usize::MAX);
        let hub = Hub::builder().retention(retention).max_bytes(MAX).build();
        let name = |number: usize| format!("topic {number}");
        let mut subscriptions: Vec<_> =
            (0..readers).map(|at| hub.subscribe(name(at)).expect("within the limits")).collect();
        subscriptions.iter_mut().for_each(|subscription| _ = read(subscription));
        let subscribed = allocated() - before;
        let (mut most, mut full, mut number) = (0, 0, 0);
        while full < 2_000 {
            publish(&hub, &name(number % topics), size);
            full += usize::from(hub.stats().memory > MAX * 9 / 10);
            if let Some(subscription) = subscriptions.get_mut(number % topics) {
                read(subscription);
            }
            number += 1;
            if number.is_multiple_of(64) {
                most = most.max(allocated() - before - subscribed);
                assert!(hub.stats().memory <= MAX, "{} bytes", hub.stats().memory);
            }
        }
        let least =
            if topics == usize::MAX { "one event each".to_owned() } else { topics.to_string() };
        let what = format!("16 MiB of events of {size} bytes, topics: {least}, at most");
        check(&what, most, MAX + MAX / 10);
        assert!(most > MAX / 2, "{what}: {most} bytes, much less than what is counted");
    }
}

/// All hubs and subscriptions above are gone by now.
fn nothing_is_left() {
    check("what is left", allocated(), 4_096);
}
