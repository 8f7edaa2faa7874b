//! A ping with the time as JSON every second, and a message now and then, with Rocket.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! fastrand = "2"
//! jiff = "0.2"
//! rocket = "0.5"
//! sse-rocket = { path = "../sse/sse-rocket" }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/ping.html` too, and change its path in `include_str!`.

use std::time::Duration;

use async_stream::stream;
use jiff::Timestamp;
use rocket::{
    Config, Route, get,
    response::content::RawHtml,
    routes,
    serde::Serialize,
    tokio::time::{interval, sleep},
};
use sse_rocket::{Event, Sse};
use tokio_stream::{Stream, StreamExt, wrappers::IntervalStream};

pub(crate) fn app() -> Vec<Route> {
    routes![page, events]
}

#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/ping.html"))
}

#[derive(Serialize)]
#[serde(crate = "rocket::serde")]
struct Ping {
    time: String,
}

/// Merges two kinds of events, each at its own pace. The page listens to those of the type `ping`, and
/// gets the messages, which have no type, by `onmessage`.
#[get("/events")]
fn events() -> Sse<impl Stream<Item = Event>> {
    let pings = IntervalStream::new(interval(Duration::from_secs(1)))
        .map(|_| Event::json(&Ping { time: now() }).expect("a string has JSON").event("ping"));
    let messages = stream! {
        loop {
            sleep(Duration::from_millis(fastrand::u64(500..3_000))).await;
            yield Event::data(format!("This is a message at time {}", now()));
        }
    };
    Sse::new(pings.merge(messages))
}

/// Returns the time in the format of JavaScript's `toISOString()`.
fn now() -> String {
    format!("{:.3}", Timestamp::now())
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(Config::figment().merge(("port", 3000))).mount("/", app());
    sse_rocket::launch(rocket).await
}
