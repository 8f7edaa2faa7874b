//! One program for one node or many: its log is in memory, in a file or in Redis, with warp.
//!
//! ```sh
//! cargo run --bin warp-cluster -- --journal events.redb
//! cargo run --bin warp-cluster -- --redis redis://127.0.0.1/ --listen 127.0.0.1:3001
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
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-core = { path = "../sse/sse-core", features = ["metrics"] }
//! sse-hub = { path = "../sse/sse-hub", features = ["metrics"] }
//! sse-redb = { path = "../sse/sse-redb" }
//! sse-redis = { path = "../sse/sse-redis" }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! tokio-stream = "0.1"
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Put `cluster.rs` beside this file, add `mod cluster;`, and remove `guides::`. Copy
//! `examples/pages/cluster.html` and `browser/event-stream.js` too, and change their paths in
//! `include_str!`.

use std::error::Error;

use guides::cluster::{Args, Node, Wanted};
use sse_hub::Hub;
use sse_warp::{LastEventId, Refusal, Shutdown, Sse, last_event_id};
use tokio::net::TcpListener;
use warp::{Filter, Rejection, Reply, hyper::body::Bytes};

pub(crate) fn app(
    hub: Hub,
    shutdown: Shutdown,
) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let node = Node::start("warp", hub, shutdown);
    let node = warp::any().map(move || node.clone());
    // warp sets no limit itself.
    let text = warp::body::content_length_limit(1024 * 1024).and(warp::body::bytes());
    let page = warp::path::end().map(page);
    let script = warp::path!("event-stream.js").map(script);
    let events = warp::path!("events").and(node.clone()).and(warp::query()).and(last_event_id());
    let ready = warp::path!("ready").and(node.clone()).map(ready);
    let live = warp::path!("live").and(node.clone()).map(live);
    let publish = warp::path!("topics" / String).and(node.clone()).and(text).then(publish);
    let end = warp::path!("topics" / String / "end").and(node).and(text).then(end);
    let read = page.or(script).or(events.map(self::events)).or(ready).or(live);
    warp::get().and(read).or(warp::post().and(publish.or(end)))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/cluster.html"));
    warp::reply::with_header(page, "server", "warp")
}

fn script() -> impl Reply {
    let script = include_str!("../../../../browser/event-stream.js");
    warp::reply::with_header(script, "content-type", "text/javascript")
}

fn events(node: Node, wanted: Wanted, last: LastEventId) -> Result<impl Reply, Refusal> {
    Ok(Sse::new(node.events(&wanted.topics, &last)?))
}

fn ready(node: Node) -> Result<&'static str, Refusal> {
    Ok(node.ready()?)
}

fn live(node: Node) -> Result<&'static str, Refusal> {
    Ok(node.live()?)
}

async fn publish(topic: String, node: Node, text: Bytes) -> Result<String, Refusal> {
    Ok(node.publish(&topic, utf8(&text)?).await?)
}

async fn end(topic: String, node: Node, text: Bytes) -> Result<String, Refusal> {
    Ok(node.end(&topic, utf8(&text)?).await?)
}

fn utf8(text: &[u8]) -> Result<&str, Refusal> {
    Ok(str::from_utf8(text).map_err(|_| (400, "the text is not UTF-8"))?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::from_command_line();
    let shutdown = Shutdown::new();
    let app = app(args.open().await?, shutdown.clone());
    let listener = TcpListener::bind(args.listen).await?;
    println!("http://{}/", listener.local_addr()?);

    sse_warp::serve(listener, app).shutdown(shutdown).await?;
    Ok(())
}
