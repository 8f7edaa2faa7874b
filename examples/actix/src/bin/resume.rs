//! No number is lost to a cut line; what was let go is told, and 204 is the end, with actix-web.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! serde = { version = "1", features = ["derive"] }
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-hub = { path = "../sse/sse-hub" }
//! ```
//!
//! Copy `examples/pages/resume.html` too, or put in a page of your own.

use std::{collections::VecDeque, io, net::TcpListener, sync::Mutex, time::Duration};

use actix_web::{
    App, HttpResponse, HttpServer, Responder, get,
    http::header::SERVER,
    post,
    rt::{spawn, time::interval},
    web::{Data, Html, Path, Query, ServiceConfig},
};
use serde::Deserialize;
use sse_actix::{Config, Event, LastEventId, NoContent, Refusal, Sse};
use sse_hub::{Hub, Retention};

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

/// Call it once, not on each of actix's threads: they share the count.
pub(crate) fn app() -> impl Fn(&mut ServiceConfig) + Clone {
    let retention = Retention::default().events(KEPT);
    let hub = Hub::builder().retention(retention).build();
    let count = Data::new(Count { hub, last: Mutex::default(), finished: Mutex::default() });
    spawn(go_on(count.clone()));
    move |config| {
        config.app_data(count.clone()).service(page).service(events).service(burst).service(finish);
    }
}

async fn go_on(count: Data<Count>) {
    let mut ticks = interval(Duration::from_millis(100));
    loop {
        ticks.tick().await;
        count.publish(1);
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/resume.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

#[derive(Deserialize)]
struct Visit {
    run: u64,   // drawn by the page
    retry: u64, // in milliseconds
}

/// The numbers from where the browser left off. Each line is cut after a second and a half, and the
/// browser comes back after the time it was told, until the answer is 204.
#[get("/events")]
async fn events(
    count: Data<Count>,
    visit: Query<Visit>,
    last: LastEventId,
) -> Result<impl Responder, Refusal> {
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
#[post("/burst")]
async fn burst(count: Data<Count>) -> impl Responder {
    count.publish(KEPT);
    HttpResponse::NoContent()
}

/// Remembers that a run is over. A browser asks once more at most, so a thousand are plenty.
#[post("/finish/{run}")]
async fn finish(count: Data<Count>, run: Path<u64>) -> impl Responder {
    let mut finished = count.finished.lock().expect("nobody panics with it");
    finished.push_back(*run);
    if finished.len() > 1_000 {
        finished.pop_front();
    }
    HttpResponse::NoContent()
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let app = app();
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).await
}
