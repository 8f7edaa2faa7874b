//! The events of another server, decoded and filtered, with axum.
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
//! axum = "0.8"
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-client = { path = "../sse/sse-client" } # https: see its README
//! sse-core = { path = "../sse/sse-core" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `relay.rs` beside this file, add `mod relay;`, and remove `guides::`. Copy
//! `examples/pages/relay.html` too, and change its path in `include_str!`.

use std::{env, io};

use axum::{
    Router,
    extract::State,
    http::header::SERVER,
    response::{Html, IntoResponse},
    routing::get,
};
use guides::relay::Upstream;
use sse_axum::{LastEventId, Sse};
use tokio::net::TcpListener;

pub(crate) fn app(upstream: Upstream) -> Router {
    Router::new().route("/", get(page)).route("/events", get(events)).with_state(upstream)
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/relay.html")))
}

async fn events(State(upstream): State<Upstream>, last: LastEventId) -> impl IntoResponse {
    Sse::new(upstream.events(&last))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let url = env::var("UPSTREAM").unwrap_or("http://127.0.0.1:3000/events".to_owned());
    let app = app(Upstream(url.clone()));
    let listener = TcpListener::bind("127.0.0.1:3001").await?;
    println!("http://{}/ relays {url}", listener.local_addr()?);

    sse_axum::serve(listener, app).await
}
