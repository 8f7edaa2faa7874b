//! No number is lost to a cut line; what was let go is told, and 204 is the end, with warp.
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
//! Copy `examples/pages/resume.html` too, or put in a page of your own.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde::Deserialize;
use sse_hub::{Hub, Retention};
use sse_warp::{Config, Event, LastEventId, NoContent, Refusal, Sse, last_event_id};
use tokio::{net::TcpListener, time::interval};
use warp::{Filter, Rejection, Reply, http::StatusCode};

/// So many numbers are kept for browsers that come back: of five seconds.
const KEPT: usize = 50;

/// One count for all visitors; each has a run of its own, which it may finish.
struct Count {
    hub: Hub,
    last: Mutex<u64>,
    finished: Mutex<VecDeque<u64>>,
}

impl Count {
    /// Publishes the next numbers, in order whoever else does.
    fn publish(&self, numbers: usize) {
        let mut last = self.last.lock().expect("nobody panics with it");
        for _ in 0..numbers {
            *last += 1;
            let event = Event::data(last.to_string());
            self.hub.publish_now("numbers", event).expect("short; the hub never drains");
        }
    }
}

pub(crate) fn app() -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let retention = Retention::default().events(KEPT);
    let hub = Hub::builder().retention(retention).build();
    let count = Arc::new(Count { hub, last: Mutex::default(), finished: Mutex::default() });
    tokio::spawn(go_on(Arc::clone(&count)));
    let count = warp::any().map(move || Arc::clone(&count));
    let page = warp::path::end().map(page);
    let events = warp::path!("events").and(count.clone());
    let events = events.and(warp::query()).and(last_event_id()).map(self::events);
    let burst = warp::path!("burst").and(count.clone()).map(burst);
    let finish = warp::path!("finish" / u64).and(count).map(finish);
    warp::get().and(page.or(events)).or(warp::post().and(burst.or(finish)))
}

async fn go_on(count: Arc<Count>) {
    let mut ticks = interval(Duration::from_millis(100));
    loop {
        ticks.tick().await;
        count.publish(1);
    }
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/resume.html"));
    warp::reply::with_header(page, "server", "warp")
}

#[derive(Deserialize)]
struct Visit {
    run: u64,   // drawn by the page
    retry: u64, // in milliseconds
}

/// The numbers from where the browser left off. Each line is cut after a second and a half, and the
/// browser comes back after the time it was told, until the answer is 204.
fn events(count: Arc<Count>, visit: Visit, last: LastEventId) -> Result<impl Reply, Refusal> {
    if count.finished.lock().expect("nobody panics with it").contains(&visit.run) {
        Err(NoContent)?;
    }
    let numbers = count.hub.subscribe("numbers").expect("a valid name; the hub never drains");
    let config = Config::default()
        .max_age(Duration::from_millis(1500))
        .retry(Duration::from_millis(visit.retry));
    Ok(Sse::new(numbers.resume(last)).config(config))
}

/// As many numbers at once as are kept. Who is connected gets them all; to whoever is away, what it
/// has missed until now is lost, and the hub says so.
fn burst(count: Arc<Count>) -> StatusCode {
    count.publish(KEPT);
    StatusCode::NO_CONTENT
}

/// Remembers that a run is over. A browser asks once more at most, so a thousand are plenty.
fn finish(run: u64, count: Arc<Count>) -> StatusCode {
    let mut finished = count.finished.lock().expect("nobody panics with it");
    finished.push_back(run);
    if finished.len() > 1_000 {
        finished.pop_front();
    }
    StatusCode::NO_CONTENT
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_warp::serve(listener, app()).await
}
