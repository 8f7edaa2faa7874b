//! Made-up share prices, each symbol a topic of a hub, with actix-web.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! fastrand = "2"
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/ticker.html` too, and write in `include_str!` where you put it.

use std::{io, net::TcpListener, time::Duration};

use actix_web::{
    App, Error, HttpServer, Responder,
    error::InternalError,
    get,
    http::{StatusCode, header::SERVER},
    rt::{spawn, time::interval},
    web::{Data, Html, Query, ServiceConfig},
};
use serde::Deserialize;
use serde_json::json;
use sse_actix::{Config, Event, LastEventId, Sse};
use sse_hub::{Delivery, Hub, Retention, Start, SubscribeError};
use tokio_stream::{StreamExt, StreamMap};

const SYMBOLS: [&str; 12] = [
    "ACME", "BOLT", "CRUX", "DUNE", "ECHO", "FLUX", "GALE", "HALO", "IRIS", "JADE", "KITE", "LUNA",
];

/// Call it once, not on each of actix's threads: they share the hub.
pub(crate) fn app() -> impl Fn(&mut ServiceConfig) + Clone {
    let hub = Hub::builder()
        .retention(Retention::default().age(Duration::from_secs(60))) // for tabs that come back
        .max_topics_per_subscriber(8)
        .max_subscribers(1_000)
        .build();
    spawn(hub.background()); // evicts by age
    spawn(trade(hub.clone()));
    let hub = Data::new(hub);
    move |config| {
        config.app_data(hub.clone()).service(page).service(events);
    }
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

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/ticker.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    symbols: String, // with commas between them
    latest: bool,
    cut: bool,
}

/// The prices of the wanted symbols, and how many watch each of them.
#[get("/events")]
async fn events(
    hub: Data<Hub>,
    wanted: Query<Wanted>,
    last: LastEventId,
) -> Result<impl Responder, Error> {
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

fn refused(error: SubscribeError) -> Error {
    let status = StatusCode::from_u16(error.status()).expect("400 or 503");
    InternalError::new(error, status).into()
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let app = app();
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).await
}
