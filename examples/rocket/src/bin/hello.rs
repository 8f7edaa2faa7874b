//! "Hello from server" every second, with Rocket.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! rocket = "0.5"
//! sse-rocket = { path = "../sse/sse-rocket" }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/hello.html` too, and change its path in `include_str!`.

use std::time::Duration;

use rocket::{Config, Route, get, response::content::RawHtml, routes, tokio::time::interval};
use sse_rocket::{Event, Sse};
use tokio_stream::{Stream, StreamExt, wrappers::IntervalStream};

pub(crate) fn app() -> Vec<Route> {
    routes![page, hello]
}

#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/hello.html"))
}

/// Any stream of events is a response. When the browser disconnects, the stream and its timer are
/// dropped, so nothing here has to check for that.
#[get("/event-stream")]
fn hello() -> Sse<impl Stream<Item = Event>> {
    let seconds = IntervalStream::new(interval(Duration::from_secs(1)));
    Sse::new(seconds.map(|_| Event::data("Hello from server")))
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(Config::figment().merge(("port", 3000))).mount("/", app());
    sse_rocket::launch(rocket).await
}
