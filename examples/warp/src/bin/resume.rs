//! A browser that reconnects resumes; a `gap` event reports what was evicted; 204 stops it, with
//! warp.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! serde = { version = "1", features = ["derive"] }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Copy `examples/pages/resume.html` too, and change its path in `include_str!`.

use std::{io, time::Duration};

use serde::Deserialize;
use sse_hub::{Hub, Retention};
use sse_warp::{Config, Event, LastEventId, NoContent, Refusal, Sse, last_event_id};
use tokio::{net::TcpListener, time::sleep};
use warp::{Filter, Rejection, Reply};

pub(crate) fn app() -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    // It retains 50 numbers: those of five seconds.
    let hub = Hub::builder().retention(Retention::default().events(50)).build();
    tokio::spawn(count(hub.clone()));
    let hub = warp::any().map(move || hub.clone());
    let page = warp::path::end().map(page);
    let events = warp::path!("events").and(hub).and(warp::query()).and(last_event_id()).map(events);
    warp::get().and(page.or(events))
}

async fn count(hub: Hub) {
    for number in 1_u64.. {
        let event = Event::data(number.to_string());
        hub.publish_now("numbers", event).expect("a short event; the hub is not drained");
        sleep(Duration::from_millis(100)).await;
    }
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/resume.html"));
    warp::reply::with_header(page, "server", "warp")
}

#[derive(Deserialize)]
struct Visit {
    away: u64,  // the reconnection time in ms
    last: bool, // whether the browser should stop after this connection
}

/// Sends the numbers after the last one that the browser has seen. Each connection is cut after a second
/// and a half, and the browser reconnects until it gets 204.
fn events(hub: Hub, visit: Visit, last: LastEventId) -> Result<impl Reply, Refusal> {
    if visit.last && last.as_str().is_some() {
        Err(NoContent)?;
    }
    let config = Config::default()
        .max_age(Duration::from_millis(1500))
        .retry(Duration::from_millis(visit.away));
    Ok(Sse::new(hub.subscribe("numbers")?.resume(last)).config(config))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_warp::serve(listener, app()).await
}
