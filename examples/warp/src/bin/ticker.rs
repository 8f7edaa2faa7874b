//! Made-up share prices, with one topic of a hub for each symbol, with warp.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/ticker.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! fastrand = "2"
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! tokio-stream = "0.1"
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Put `ticker.rs` beside this file, add `mod ticker;`, and remove `guides::`. Copy
//! `examples/pages/ticker.html` and `browser/event-stream.js` too, and change their paths in
//! `include_str!`.

use std::io;

use guides::ticker::{Ticker, Wanted};
use sse_warp::{LastEventId, Refusal, Sse, last_event_id};
use tokio::net::TcpListener;
use warp::{Filter, Rejection, Reply};

pub(crate) fn app() -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let ticker = Ticker::open();
    let ticker = warp::any().map(move || ticker.clone());
    let page = warp::path::end().map(page);
    let script = warp::path!("event-stream.js").map(script);
    let events = warp::path!("events").and(ticker).and(warp::query()).and(last_event_id());
    warp::get().and(page.or(script).or(events.map(self::events)))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/ticker.html"));
    warp::reply::with_header(page, "server", "warp")
}

fn script() -> impl Reply {
    let script = include_str!("../../../../browser/event-stream.js");
    warp::reply::with_header(script, "content-type", "text/javascript")
}

fn events(ticker: Ticker, wanted: Wanted, last: LastEventId) -> Result<impl Reply, Refusal> {
    Ok(Sse::new(ticker.watch(&wanted, &last)?).config(wanted.config()))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_warp::serve(listener, app()).await
}
