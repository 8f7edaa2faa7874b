//! The events of another server, decoded and filtered, with warp.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/relay.rs`.
//!
//! The environment variable `UPSTREAM` sets what to relay. Without it, that is the clock of these
//! examples: start it beside this program.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! sse-client = { path = "../sse/sse-client" } # https: see its README
//! sse-core = { path = "../sse/sse-core" }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }
//! tokio-stream = "0.1"
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Put `relay.rs` beside this file, add `mod relay;`, and remove `guides::`. Copy
//! `examples/pages/relay.html` too, and change its path in `include_str!`.

use std::{env, io};

use guides::relay::Upstream;
use sse_warp::{LastEventId, Sse, last_event_id};
use tokio::net::TcpListener;
use warp::{Filter, Rejection, Reply};

pub(crate) fn app(
    upstream: Upstream,
) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let upstream = warp::any().map(move || upstream.clone());
    let page = warp::path::end().map(page);
    let events = warp::path!("events").and(upstream).and(last_event_id()).map(events);
    warp::get().and(page.or(events))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/relay.html"));
    warp::reply::with_header(page, "server", "warp")
}

fn events(upstream: Upstream, last: LastEventId) -> impl Reply {
    Sse::new(upstream.events(&last))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let url = env::var("UPSTREAM").unwrap_or("http://127.0.0.1:3000/events".to_owned());
    let app = app(Upstream(url.clone()));
    let listener = TcpListener::bind("127.0.0.1:3001").await?;
    println!("http://{}/ relays {url}", listener.local_addr()?);

    sse_warp::serve(listener, app).await
}
