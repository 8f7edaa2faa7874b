//! One program for one node or many: its log is in memory, in a file or in Redis, with Rocket.
//!
//! ```sh
//! cargo run --bin rocket-cluster -- --journal events.redb
//! cargo run --bin rocket-cluster -- --redis redis://127.0.0.1/ --listen 127.0.0.1:3001
//! ```
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/cluster.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! clap = { version = "4", features = ["derive"] }
//! fastrand = "2"
//! metrics = "0.24"
//! metrics-exporter-prometheus = { version = "0.18", default-features = false, features = ["http-listener"] }
//! rocket = "0.5"
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-core = { path = "../sse/sse-core", features = ["metrics"] }
//! sse-hub = { path = "../sse/sse-hub", features = ["metrics"] }
//! sse-redb = { path = "../sse/sse-redb" }
//! sse-redis = { path = "../sse/sse-redis" }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! tokio = { version = "1", features = ["rt", "time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `cluster.rs` beside this file, add `mod cluster;`, and remove `guides::`. Copy
//! `examples/pages/cluster.html` and `browser/event-stream.js` too, and change their paths in
//! `include_str!`.

use std::error::Error;

use guides::cluster::{Args, Node};
use rocket::{
    Config, State,
    fairing::{AdHoc, Fairing},
    futures::Stream,
    get, post,
    response::content::{RawHtml, RawJavaScript},
    routes,
};
use sse_hub::Hub;
use sse_rocket::{Frame, LastEventId, Refusal, Shutdown, Sse};

pub(crate) fn app(base: &'static str, hub: Hub, shutdown: Shutdown) -> impl Fairing {
    AdHoc::on_ignite("cluster", move |rocket| async move {
        let routes = routes![page, script, events, ready, live, publish, end];
        rocket.manage(Node::start("Rocket", hub, shutdown)).mount(base, routes)
    })
}

#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/cluster.html"))
}

#[get("/event-stream.js")]
fn script() -> RawJavaScript<&'static str> {
    RawJavaScript(include_str!("../../../../browser/event-stream.js"))
}

#[get("/events?<topics>")]
fn events(
    node: &State<Node>,
    topics: &str,
    last: LastEventId,
) -> Result<Sse<impl Stream<Item = Frame> + use<>>, Refusal> {
    Ok(Sse::new(node.events(topics, &last)?))
}

#[get("/ready")]
fn ready(node: &State<Node>) -> Result<&'static str, Refusal> {
    Ok(node.ready()?)
}

#[get("/live")]
fn live(node: &State<Node>) -> Result<&'static str, Refusal> {
    Ok(node.live()?)
}

#[post("/topics/<topic>", data = "<text>")]
async fn publish(node: &State<Node>, topic: &str, text: String) -> Result<String, Refusal> {
    Ok(node.publish(topic, &text).await?)
}

#[post("/topics/<topic>/end", data = "<text>")]
async fn end(node: &State<Node>, topic: &str, text: String) -> Result<String, Refusal> {
    Ok(node.end(topic, &text).await?)
}

#[rocket::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::from_command_line();
    let config = Config::figment()
        .merge(("address", args.listen.ip()))
        .merge(("port", args.listen.port()))
        .merge(("limits.string", "1 MiB")); // as the hub; Rocket's own limit is 8 KiB
    let shutdown = Shutdown::new();
    let app = app("/", args.open().await?, shutdown.clone());
    sse_rocket::launch(rocket::custom(config).attach(app)).shutdown(shutdown).await?;
    Ok(())
}
