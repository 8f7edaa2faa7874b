//! Made-up share prices, with one topic of a hub for each symbol, with axum.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/ticker.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! fastrand = "2"
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `ticker.rs` beside this file, add `mod ticker;`, and remove `guides::`. Copy
//! `examples/pages/ticker.html` and `browser/event-stream.js` too, and change their paths in
//! `include_str!`.

use std::io;

use axum::{
    Router,
    extract::{Query, State},
    http::header::{CONTENT_TYPE, SERVER},
    response::{Html, IntoResponse},
    routing::get,
};
use guides::ticker::{Ticker, Wanted};
use sse_axum::{LastEventId, Refusal, Sse};
use tokio::net::TcpListener;

pub(crate) fn app() -> Router {
    Router::new()
        .route("/", get(page))
        .route("/event-stream.js", get(script))
        .route("/events", get(events))
        .with_state(Ticker::open())
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/ticker.html")))
}

async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript")], include_str!("../../../../browser/event-stream.js"))
}

async fn events(
    State(ticker): State<Ticker>,
    Query(wanted): Query<Wanted>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refusal> {
    Ok(Sse::new(ticker.watch(&wanted, &last)?).config(wanted.config()))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app()).await
}
