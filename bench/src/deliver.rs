//! The time of a delivery within a process, without a socket: what metrics add to it is too little to see beside the
//! kernel's work.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use futures_util::{Stream as _, task::noop_waker};
use sse_core::{
    Config, Event, Shutdown,
    adapter::{Body, Scope},
};
use sse_hub::{Hub, Subscription};

use crate::servers;

/// Prints the time of a delivery in ns, for each number of [`STREAMS`].
///
/// # Errors
/// The runtime's error, as text.
pub fn print() -> Result<(), String> {
    for streams in STREAMS {
        println!("{:.1}", measure(streams, DELIVERIES / streams)?);
    }
    Ok(())
}

/// Returns the time in ns in which a response body takes an event from the hub, when the event is one for all.
fn measure(streams: usize, rounds: usize) -> Result<f64, String> {
    // The keep-alives have timers, which need a runtime.
    let runtime = servers::runtime()?;
    let _entered = runtime.enter();
    let hub = Hub::new();
    let scope = Scope::new(Shutdown::new(), &Config::default().route("/events"));
    let body = || {
        let subscription = hub.subscribe("topic").expect("within the limits");
        Box::pin(Body::new(subscription).scope(Some(&scope)))
    };
    let mut bodies: Vec<_> = (0..streams).map(|_| body()).collect();
    for body in &mut bodies {
        while deliver(body) {}
    }
    let mut times: Vec<_> = (0..rounds).map(|_| round(&hub, &mut bodies)).collect();
    times.sort_by(f64::total_cmp);
    // What disturbs a round makes it slower.
    Ok(times[rounds / 4] / streams as f64)
}

/// Publishes an event, and returns the time in ns until all bodies have taken it.
fn round(hub: &Hub, bodies: &mut [Pin<Box<Body<Subscription>>>]) -> f64 {
    hub.publish_now("topic", Event::data("x".repeat(256))).expect("within the limits");
    let began = Instant::now();
    for body in bodies {
        assert!(deliver(body), "the event has arrived");
        assert!(!deliver(body), "nothing follows");
    }
    began.elapsed().as_nanos() as f64
}

/// Polls a body once, as a framework does; returns whether there was a chunk.
fn deliver(body: &mut Pin<Box<Body<Subscription>>>) -> bool {
    let waker = noop_waker();
    let chunk = body.as_mut().poll_next(&mut Context::from_waker(&waker));
    matches!(chunk, Poll::Ready(Some(Ok(_))))
}

/// The memory of 1,000 streams stays in the processor's nearer caches; that of 20,000 does not.
pub const STREAMS: [usize; 2] = [1_000, 20_000];

const DELIVERIES: usize = 4_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    /// The measure itself checks that each body takes each event.
    #[test]
    fn each_event_is_delivered_once() {
        assert!(measure(3, 4).expect("a runtime") > 0.0);
    }
}
