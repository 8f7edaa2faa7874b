//! The hub as its users see it.

mod background;
mod ends;
mod gaps;
mod lifecycle;
mod limits;
#[cfg(feature = "metrics")]
mod metrics;
mod model;
mod resume;
mod revoke;
mod scale;
mod tickets;
mod wake_ups;

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures_util::Stream;
use sse_core::{Decoder, Event, EventId, Frame};
use sse_hub::{Hub, Retention, Subscription};

/// Polls like an executor: again if the subscription has woken its task, which it does when it yields.
fn poll(subscription: &mut Subscription) -> Poll<Option<Frame>> {
    thread_local! {
        // One task for all polls, so that a subscription that waits is recognised.
        static TASK: Arc<Task> = Arc::default();
    }
    TASK.with(|task| {
        let waker = Waker::from(Arc::clone(task));
        loop {
            task.woken.store(false, SeqCst);
            let polled = Pin::new(&mut *subscription).poll_next(&mut Context::from_waker(&waker));
            if let Poll::Ready(Some(frame)) = &polled {
                assert_eq!(frame.events(), published(frame), "{frame:?}");
            }
            if polled.is_ready() || !task.woken.load(SeqCst) {
                return polled;
            }
        }
    })
}

/// The number of events in a frame, without those that the hub adds.
fn published(frame: &Frame) -> usize {
    let mut decoder = Decoder::new();
    decoder.feed(frame.as_bytes());
    let events = std::iter::from_fn(|| decoder.next().transpose().expect("short enough"));
    let names = events.filter_map(|item| Some(item.into_event()?.event));
    let added = ["subscribed", "joined", "gap"];
    names.filter(|name| !name.as_deref().is_some_and(|name| added.contains(&name))).count()
}

#[derive(Default)]
struct Task {
    woken: AtomicBool,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, SeqCst);
    }
}

/// Returns everything that is ready, and whether the stream has then ended.
fn read(subscription: &mut Subscription) -> (String, bool) {
    let mut text = String::new();
    loop {
        match poll(subscription) {
            Poll::Ready(Some(frame)) => {
                text += std::str::from_utf8(frame.as_bytes()).expect("UTF-8");
            }
            Poll::Ready(None) => return (text, true),
            Poll::Pending => return (text, false),
        }
    }
}

/// Reads an open subscription, with `E.` for the hub's epoch.
#[track_caller]
fn text(hub: &Hub, subscription: &mut Subscription) -> String {
    let (text, ended) = read(subscription);
    assert!(!ended, "ended after {text:?}");
    text.replace(&id(hub, ""), "E.")
}

/// An ID of this hub.
fn id(hub: &Hub, position: &str) -> String {
    let probe = read(&mut hub.subscribe("probe").expect("within the limits")).0;
    let epoch = probe.strip_prefix(OPENING).and_then(|rest| rest.split('.').next());
    format!("{}.{position}", epoch.expect("an ID"))
}

/// The event that a stream begins with.
fn opening(id: &str, resumed: bool) -> String {
    format!("{OPENING}{id}\ndata: {{\"resumed\":{resumed}}}\n\n")
}

const OPENING: &str = "event: subscribed\nid: ";

fn event_id(id: &str) -> EventId {
    EventId::new(id.to_owned()).expect("one line")
}

#[track_caller]
fn publish(hub: &Hub, topic: &str, data: &'static str) {
    hub.publish_now(topic, Event::data(data)).expect("published");
}

fn keeping(events: usize) -> Hub {
    Hub::builder().retention(Retention::default().events(events)).build()
}
