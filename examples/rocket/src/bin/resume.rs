//! A browser that reconnects resumes; a `gap` event reports what was evicted; 204 stops it, with
//! Rocket.
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
//! Copy `examples/pages/resume.html` too, and change its path in `include_str!`.

use std::time::Duration;

use rocket::{
    State,
    fairing::{AdHoc, Fairing},
    futures::Stream,
    get,
    response::content::RawHtml,
    routes,
    tokio::{self, time::sleep},
};
use sse_hub::{Hub, Retention};
use sse_rocket::{Config, Event, Frame, LastEventId, NoContent, Refusal, Sse};

/// Rocket manages one state of each type, so this program's hub has its own type.
struct Numbers(Hub);

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("resume", move |rocket| async move {
        // It retains 50 numbers: those of five seconds.
        let hub = Hub::builder().retention(Retention::default().events(50)).build();
        tokio::spawn(count(hub.clone()));
        rocket.manage(Numbers(hub)).mount(base, routes![page, events])
    })
}

async fn count(hub: Hub) {
    for number in 1_u64.. {
        let event = Event::data(number.to_string());
        hub.publish_now("numbers", event).expect("a short event; the hub is not drained");
        sleep(Duration::from_millis(100)).await;
    }
}

#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/resume.html"))
}

/// Sends the numbers after the last one that the browser has seen. Each connection is cut after a second
/// and a half, and the browser reconnects until it gets 204.
///
/// `away` is the reconnection time in ms; with `last`, the browser should stop after this connection.
#[get("/events?<away>&<last>")]
fn events(
    numbers: &State<Numbers>,
    away: u64,
    last: bool,
    id: LastEventId,
) -> Result<Sse<impl Stream<Item = Frame> + use<>>, Refusal> {
    if last && id.as_str().is_some() {
        Err(NoContent)?;
    }
    let config =
        Config::default().max_age(Duration::from_millis(1500)).retry(Duration::from_millis(away));
    Ok(Sse::new(numbers.0.subscribe("numbers")?.resume(id)).config(config))
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(rocket::Config::figment().merge(("port", 3000))).attach(app("/"));
    sse_rocket::launch(rocket).await
}
