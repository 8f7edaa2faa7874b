//! Made-up share prices, with one topic of a hub for each symbol, with Rocket.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/ticker.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! fastrand = "2"
//! rocket = "0.5"
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! tokio = { version = "1", features = ["rt", "time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `ticker.rs` beside this file, add `mod ticker;`, and remove `guides::`. Copy
//! `examples/pages/ticker.html` and `browser/event-stream.js` too, and change their paths in
//! `include_str!`.

use guides::ticker::{Ticker, Wanted};
use rocket::{
    Config, State,
    fairing::{AdHoc, Fairing},
    futures::Stream,
    get,
    response::content::{RawHtml, RawJavaScript},
    routes,
};
use sse_rocket::{Frame, LastEventId, Refusal, Sse};

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("ticker", move |rocket| async move {
        rocket.manage(Ticker::open()).mount(base, routes![page, script, events])
    })
}

#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/ticker.html"))
}

#[get("/event-stream.js")]
fn script() -> RawJavaScript<&'static str> {
    RawJavaScript(include_str!("../../../../browser/event-stream.js"))
}

#[get("/events?<symbols>&<latest>&<cut>")]
fn events(
    ticker: &State<Ticker>,
    symbols: String,
    latest: bool,
    cut: bool,
    last: LastEventId,
) -> Result<Sse<impl Stream<Item = Frame> + use<>>, Refusal> {
    let wanted = Wanted { symbols, latest, cut };
    Ok(Sse::new(ticker.watch(&wanted, &last)?).config(wanted.config()))
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(Config::figment().merge(("port", 3000))).attach(app("/"));
    sse_rocket::launch(rocket).await
}
