//! Made-up share prices, each symbol a topic of a hub, with Rocket.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! fastrand = "2"
//! rocket = "0.5"
//! serde_json = "1"
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/ticker.html` too, and write in `include_str!` where you put it.

use std::time::Duration;

use rocket::{
    State,
    fairing::{AdHoc, Fairing},
    get,
    http::Status,
    response::{content::RawHtml, status::Custom},
    routes,
    tokio::{self, time::interval},
};
use serde_json::json;
use sse_hub::{Delivery, Hub, Retention, Start, SubscribeError};
use sse_rocket::{Config, Event, Frame, LastEventId, Sse};
use tokio_stream::{Stream, StreamExt, StreamMap};

const SYMBOLS: [&str; 12] = [
    "ACME", "BOLT", "CRUX", "DUNE", "ECHO", "FLUX", "GALE", "HALO", "IRIS", "JADE", "KITE", "LUNA",
];

/// Rocket manages one state of a type, so this program's hub has a type of its own.
struct Ticker(Hub);

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("ticker", move |rocket| async move {
        let hub = Hub::builder()
            .retention(Retention::default().age(Duration::from_secs(60))) // for tabs that come back
            .max_topics_per_subscriber(8)
            .max_subscribers(1_000)
            .build();
        tokio::spawn(hub.background()); // evicts by age
        tokio::spawn(trade(hub.clone()));
        rocket.manage(Ticker(hub)).mount(base, routes![page, events])
    })
}

/// Publishes a price every 20 ms, numbered by symbol, so that the page would see one missing.
async fn trade(hub: Hub) {
    let mut prices = SYMBOLS.map(|symbol| (symbol, 100.0, 0));
    let mut ticks = interval(Duration::from_millis(20));
    loop {
        ticks.tick().await;
        let (symbol, price, n) = &mut prices[fastrand::usize(..SYMBOLS.len())];
        *price *= 1.0 + (fastrand::f64() - 0.5) / 100.0;
        *n += 1;
        let data = json!({ "symbol": symbol, "price": price, "n": n }).to_string();
        hub.publish_now(*symbol, Event::data(data)).expect("short names; the hub never drains");
    }
}

// Rocket itself says `server: Rocket`.
#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/ticker.html"))
}

/// The prices of the wanted symbols (with commas between them), and how many watch each of them.
#[get("/events?<symbols>&<latest>&<cut>")]
fn events(
    ticker: &State<Ticker>,
    symbols: &str,
    latest: bool,
    cut: bool,
    last: LastEventId,
) -> Result<Sse<impl Stream<Item = Frame>>, Custom<String>> {
    let symbols: Vec<_> = symbols.split(',').map(str::to_owned).collect();
    // A browser reads ahead of a slow tab, so the server is slow in its place: it reads once a second
    // and passes over what is outdated by then.
    let (delivery, pace) = if latest { (Delivery::Latest, 1) } else { (Delivery::All, 0) };
    let prices = ticker.0.subscribe(&symbols[..]).map_err(refused)?.delivery(delivery);
    let prices = prices.resume(last).start(Start::Last(100)).throttle(Duration::from_secs(pace));
    let watch = |symbol: String| Some((symbol.clone(), ticker.0.subscriber_count(&symbol).ok()?));
    let watchers: StreamMap<_, _> = symbols.into_iter().filter_map(watch).collect();
    let watchers = watchers.map(|(symbol, watchers)| {
        let data = json!({ "symbol": symbol, "watchers": watchers }).to_string();
        Event::data(data).event("watchers").encode()
    });
    // A cut connection shows that the browser resumes; the others end too, an hour later.
    let age = Duration::from_secs(if cut { 3 } else { 3600 });
    let config = Config::default().max_age(age);
    Ok(Sse::new(prices.merge(watchers)).config(config))
}

fn refused(error: SubscribeError) -> Custom<String> {
    Custom(Status::new(error.status()), error.to_string())
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(rocket::Config::figment().merge(("port", 3000))).attach(app("/"));
    sse_rocket::launch(rocket).await
}
