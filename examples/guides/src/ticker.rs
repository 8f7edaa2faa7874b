//! Made-up share prices, with one topic of a hub for each symbol.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use sse_core::{Config, Event, Frame, LastEventId, Refusal};
use sse_hub::{Delivery, Hub, Retention, Start};
use tokio::time::interval;
use tokio_stream::{Stream, StreamExt, StreamMap};

const SYMBOLS: [&str; 12] = [
    "ACME", "BOLT", "CRUX", "DUNE", "ECHO", "FLUX", "GALE", "HALO", "IRIS", "JADE", "KITE", "LUNA",
];

/// What a tab asks for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// Symbols, separated by commas.
    pub symbols: String,
    /// Only the latest prices, once a second.
    pub latest: bool,
    /// A connection that is cut after three seconds, to show that the browser resumes.
    pub cut: bool,
}

impl Wanted {
    /// Returns how the stream behaves. Every stream ends after an hour at the latest.
    pub fn config(&self) -> Config {
        Config::default().max_age(Duration::from_secs(if self.cut { 3 } else { 3600 }))
    }
}

/// The market.
#[derive(Clone)]
pub struct Ticker(Hub);

impl Ticker {
    /// Opens the market.
    pub fn open() -> Self {
        let hub = Hub::builder()
            .retention(Retention::default().age(Duration::from_secs(60))) // for tabs that reconnect
            .max_topics_per_subscriber(8)
            .max_subscribers(1_000)
            .build();
        tokio::spawn(hub.background()); // evicts by age
        tokio::spawn(trade(hub.clone()));
        Self(hub)
    }

    /// Returns the prices of the wanted symbols, and the number of tabs that watch each of them.
    pub fn watch(
        &self,
        wanted: &Wanted,
        last: &LastEventId,
    ) -> Result<impl Stream<Item = Frame> + use<>, Refusal> {
        let symbols: Vec<_> = wanted.symbols.split(',').map(str::to_owned).collect();
        // A browser reads ahead of a slow tab, so the server is slow instead: it reads once a second and
        // skips the prices that are outdated by then.
        let (delivery, pace) =
            if wanted.latest { (Delivery::Latest, 1) } else { (Delivery::All, 0) };
        let prices = self.0.subscribe(&symbols[..])?.delivery(delivery);
        let prices = prices.resume(last.clone()).start(Start::Last(100));
        let prices = prices.throttle(Duration::from_secs(pace));
        let watch = |symbol: String| Some((symbol.clone(), self.0.subscriber_count(&symbol).ok()?));
        let watchers: StreamMap<_, _> = symbols.into_iter().filter_map(watch).collect();
        let watchers = watchers.map(|(symbol, watchers)| {
            let data = json!({ "symbol": symbol, "watchers": watchers }).to_string();
            Event::data(data).event("watchers").encode()
        });
        Ok(prices.merge(watchers))
    }
}

/// Publishes a price every 20 ms. Each symbol's prices are numbered, so the page notices a missing one.
async fn trade(hub: Hub) {
    let mut prices = SYMBOLS.map(|symbol| (symbol, 100.0, 0));
    let mut ticks = interval(Duration::from_millis(20));
    loop {
        ticks.tick().await;
        let (symbol, price, n) = &mut prices[fastrand::usize(..SYMBOLS.len())];
        *price *= 1.0 + (fastrand::f64() - 0.5) / 100.0;
        *n += 1;
        let data = json!({ "symbol": symbol, "price": price, "n": n }).to_string();
        hub.publish_now(*symbol, Event::data(data)).expect("a short name; the hub is not drained");
    }
}
