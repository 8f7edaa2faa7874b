//! Made-up share prices, each symbol a topic of a hub, with axum.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! fastrand = "2"
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/ticker.html` too, and write in `include_str!` where you put it.

use std::{io, time::Duration};

use axum::{
    Router,
    extract::{Query, State},
    http::{StatusCode, header::SERVER},
    response::{Html, IntoResponse},
    routing::get,
};
use serde::Deserialize;
use serde_json::json;
use sse_axum::{Config, Event, LastEventId, Sse};
use sse_hub::{Delivery, Hub, Retention, Start, SubscribeError};
use tokio::{net::TcpListener, time::interval};
use tokio_stream::{StreamExt, StreamMap};

const SYMBOLS: [&str; 12] = [
    "ACME", "BOLT", "CRUX", "DUNE", "ECHO", "FLUX", "GALE", "HALO", "IRIS", "JADE", "KITE", "LUNA",
];

pub(crate) fn app() -> Router {
    let hub = Hub::builder()
        .retention(Retention::default().age(Duration::from_secs(60))) // for tabs that come back
        .max_topics_per_subscriber(8)
        .max_subscribers(1_000)
        .build();
    tokio::spawn(hub.background()); // evicts by age
    tokio::spawn(trade(hub.clone()));
    Router::new().route("/", get(page)).route("/events", get(events)).with_state(hub)
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

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/ticker.html")))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    symbols: String, // with commas between them
    latest: bool,
    cut: bool,
}

/// The prices of the wanted symbols, and how many watch each of them.
async fn events(
    State(hub): State<Hub>,
    Query(wanted): Query<Wanted>,
    last: LastEventId,
) -> Result<impl IntoResponse, (StatusCode, String)> {
    let symbols: Vec<_> = wanted.symbols.split(',').map(str::to_owned).collect();
    // A browser reads ahead of a slow tab, so the server is slow in its place: it reads once a second
    // and passes over what is outdated by then.
    let (delivery, pace) = if wanted.latest { (Delivery::Latest, 1) } else { (Delivery::All, 0) };
    let prices = hub.subscribe(&symbols[..]).map_err(refused)?.delivery(delivery);
    let prices = prices.resume(last).start(Start::Last(100)).throttle(Duration::from_secs(pace));
    let watch = |symbol: String| Some((symbol.clone(), hub.subscriber_count(&symbol).ok()?));
    let watchers: StreamMap<_, _> = symbols.into_iter().filter_map(watch).collect();
    let watchers = watchers.map(|(symbol, watchers)| {
        let data = json!({ "symbol": symbol, "watchers": watchers }).to_string();
        Event::data(data).event("watchers").encode()
    });
    // A cut connection shows that the browser resumes; the others end too, an hour later.
    let age = Duration::from_secs(if wanted.cut { 3 } else { 3600 });
    let config = Config::default().max_age(age);
    Ok(Sse::new(prices.merge(watchers)).config(config))
}

fn refused(error: SubscribeError) -> (StatusCode, String) {
    let status = StatusCode::from_u16(error.status()).expect("400 or 503");
    (status, error.to_string())
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app()).await
}
