//! No number is lost to a cut line; what was let go is told, and 204 is the end, with axum.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! serde = { version = "1", features = ["derive"] }
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! ```
//!
//! Copy `examples/pages/resume.html` too, or put in a page of your own.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Path, Query, State},
    http::{StatusCode, header::SERVER},
    response::{Html, IntoResponse},
    routing::{get, post},
};
use serde::Deserialize;
use sse_axum::{Config, Event, LastEventId, NoContent, Refusal, Sse};
use sse_hub::{Hub, Retention};
use tokio::{net::TcpListener, time::interval};

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

pub(crate) fn app() -> Router {
    let retention = Retention::default().events(KEPT);
    let hub = Hub::builder().retention(retention).build();
    let count = Arc::new(Count { hub, last: Mutex::default(), finished: Mutex::default() });
    tokio::spawn(go_on(Arc::clone(&count)));
    let routes = Router::new().route("/", get(page)).route("/events", get(events));
    routes.route("/burst", post(burst)).route("/finish/{run}", post(finish)).with_state(count)
}

async fn go_on(count: Arc<Count>) {
    let mut ticks = interval(Duration::from_millis(100));
    loop {
        ticks.tick().await;
        count.publish(1);
    }
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/resume.html")))
}

#[derive(Deserialize)]
struct Visit {
    run: u64,   // drawn by the page
    retry: u64, // in milliseconds
}

/// The numbers from where the browser left off. Each line is cut after a second and a half, and the
/// browser comes back after the time it was told, until the answer is 204.
async fn events(
    State(count): State<Arc<Count>>,
    Query(visit): Query<Visit>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refusal> {
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
async fn burst(State(count): State<Arc<Count>>) -> StatusCode {
    count.publish(KEPT);
    StatusCode::NO_CONTENT
}

/// Remembers that a run is over. A browser asks once more at most, so a thousand are plenty.
async fn finish(State(count): State<Arc<Count>>, Path(run): Path<u64>) -> StatusCode {
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

    sse_axum::serve(listener, app()).await
}
