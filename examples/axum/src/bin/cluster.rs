//! One program for one node or many: its log is in memory, in a file or in Redis, with axum.
//!
//! ```sh
//! cargo run --bin axum-cluster -- --journal events.redb
//! cargo run --bin axum-cluster -- --redis redis://127.0.0.1/ --listen 127.0.0.1:3001
//! ```
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/cluster.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! clap = { version = "4", features = ["derive"] }
//! fastrand = "2"
//! metrics = "0.24"
//! metrics-exporter-prometheus = { version = "0.18", default-features = false, features = ["http-listener"] }
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-core = { path = "../sse/sse-core", features = ["metrics"] }
//! sse-hub = { path = "../sse/sse-hub", features = ["metrics"] }
//! sse-redb = { path = "../sse/sse-redb" }
//! sse-redis = { path = "../sse/sse-redis" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `cluster.rs` beside this file, add `mod cluster;`, and remove `guides::`. Copy
//! `examples/pages/cluster.html` and `browser/event-stream.js` too, and change their paths in
//! `include_str!`.

use std::error::Error;

use axum::{
    Router,
    extract::{Path, Query, State},
    http::header::{CONTENT_TYPE, SERVER},
    response::{Html, IntoResponse},
    routing::{get, post},
};
use guides::cluster::{Args, Node, Wanted};
use sse_axum::{LastEventId, Refusal, Shutdown, Sse};
use sse_hub::Hub;
use tokio::net::TcpListener;

pub(crate) fn app(hub: Hub, shutdown: Shutdown) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/event-stream.js", get(script))
        .route("/events", get(events))
        .route("/ready", get(ready))
        .route("/live", get(live))
        .route("/topics/{topic}", post(publish))
        .route("/topics/{topic}/end", post(end))
        .with_state(Node::start("axum", hub, shutdown))
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/cluster.html")))
}

async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript")], include_str!("../../../../browser/event-stream.js"))
}

async fn events(
    State(node): State<Node>,
    Query(wanted): Query<Wanted>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refusal> {
    Ok(Sse::new(node.events(&wanted.topics, &last)?))
}

async fn ready(State(node): State<Node>) -> Result<&'static str, Refusal> {
    Ok(node.ready()?)
}

async fn live(State(node): State<Node>) -> Result<&'static str, Refusal> {
    Ok(node.live()?)
}

async fn publish(
    State(node): State<Node>,
    Path(topic): Path<String>,
    text: String,
) -> Result<String, Refusal> {
    Ok(node.publish(&topic, &text).await?)
}

async fn end(
    State(node): State<Node>,
    Path(topic): Path<String>,
    text: String,
) -> Result<String, Refusal> {
    Ok(node.end(&topic, &text).await?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::from_command_line();
    let shutdown = Shutdown::new();
    let app = app(args.open().await?, shutdown.clone());
    let listener = TcpListener::bind(args.listen).await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app).shutdown(shutdown).await?;
    Ok(())
}
