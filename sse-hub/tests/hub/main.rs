//! The hub as its users see it: frames in, a client's view of them out.

mod background;
mod ends;
mod gaps;
mod lifecycle;
mod limits;
mod model;
mod resume;
mod scale;
mod wake_ups;

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use futures_util::Stream;
use sse_core::{Event, EventId, Frame};
use sse_hub::{Hub, Retention, Subscription};

fn poll(subscription: &mut Subscription) -> Poll<Option<Frame>> {
    Pin::new(subscription).poll_next(&mut Context::from_waker(Waker::noop()))
}

/// Everything that is ready, and whether the stream has ended then.
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
