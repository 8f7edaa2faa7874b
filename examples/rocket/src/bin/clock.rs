//! The server's time every second, with Rocket.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! jiff = "0.2"
//! rocket = "0.5"
//! sse-rocket = { path = "../sse/sse-rocket" }
//! ```
//!
//! Copy `examples/pages/clock.html` too, and change its path in `include_str!`.

use std::time::Duration;

use async_stream::stream;
use jiff::Timestamp;
use rocket::{
    Config, Route, futures::Stream, get, response::content::RawHtml, routes, tokio::time::interval,
};
use sse_rocket::{Event, LastEventId, Sse};

pub(crate) fn app() -> Vec<Route> {
    routes![page, events]
}

#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/clock.html"))
}

/// A browser that reconnects sends the ID of the last event that it saw, and the count continues from it.
#[get("/events")]
fn events(last: LastEventId) -> Sse<impl Stream<Item = Event>> {
    let seen: u32 = last.parse().unwrap_or(0);
    let mut seconds = interval(Duration::from_secs(1));
    Sse::new(stream! {
        for count in u64::from(seen) + 1.. {
            seconds.tick().await;
            yield Event::data(format!("{:.3}", Timestamp::now())).id(count);
        }
    })
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(Config::figment().merge(("port", 3000))).mount("/", app());
    sse_rocket::launch(rocket).await
}
