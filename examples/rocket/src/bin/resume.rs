//! No number is lost to a cut line; what was let go is told, and 204 is the end, with Rocket.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! rocket = "0.5"
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! ```
//!
//! Copy `examples/pages/resume.html` too, or put in a page of your own.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use rocket::{
    State,
    fairing::{AdHoc, Fairing},
    futures::Stream,
    get,
    http::Status,
    post,
    response::content::RawHtml,
    routes,
    tokio::{self, time::interval},
};
use sse_hub::{Hub, Retention};
use sse_rocket::{Config, Event, Frame, LastEventId, NoContent, Refusal, Sse};

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

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("resume", move |rocket| async move {
        let retention = Retention::default().events(KEPT);
        let hub = Hub::builder().retention(retention).build();
        let count = Arc::new(Count { hub, last: Mutex::default(), finished: Mutex::default() });
        tokio::spawn(go_on(Arc::clone(&count)));
        rocket.manage(count).mount(base, routes![page, events, burst, finish])
    })
}

async fn go_on(count: Arc<Count>) {
    let mut ticks = interval(Duration::from_millis(100));
    loop {
        ticks.tick().await;
        count.publish(1);
    }
}

// Rocket itself says `server: Rocket`.
#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/resume.html"))
}

/// The numbers from where the browser left off. Each line is cut after a second and a half, and the
/// browser comes back after the time it was told, until the answer is 204.
///
/// The page draws `run`; `retry` is in milliseconds.
#[get("/events?<run>&<retry>")]
fn events(
    count: &State<Arc<Count>>,
    run: u64,
    retry: u64,
    last: LastEventId,
) -> Result<Sse<impl Stream<Item = Frame>>, Refusal> {
    if count.finished.lock().expect("nobody panics with it").contains(&run) {
        Err(NoContent)?;
    }
    let numbers = count.hub.subscribe("numbers").expect("a valid name; the hub never drains");
    let config =
        Config::default().max_age(Duration::from_millis(1500)).retry(Duration::from_millis(retry));
    Ok(Sse::new(numbers.resume(last)).config(config))
}

/// As many numbers at once as are kept. Who is connected gets them all; to whoever is away, what it
/// has missed until now is lost, and the hub says so.
#[post("/burst")]
fn burst(count: &State<Arc<Count>>) -> Status {
    count.publish(KEPT);
    Status::NoContent
}

/// Remembers that a run is over. A browser asks once more at most, so a thousand are plenty.
#[post("/finish/<run>")]
fn finish(count: &State<Arc<Count>>, run: u64) -> Status {
    let mut finished = count.finished.lock().expect("nobody panics with it");
    finished.push_back(run);
    if finished.len() > 1_000 {
        finished.pop_front();
    }
    Status::NoContent
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(rocket::Config::figment().merge(("port", 3000))).attach(app("/"));
    sse_rocket::launch(rocket).await
}
