//! One program for one node or many: its log is in memory, in a file or in Redis, with actix-web.
//!
//! ```sh
//! cargo run --bin actix-cluster -- --journal events.redb
//! cargo run --bin actix-cluster -- --redis redis://127.0.0.1/ --listen 127.0.0.1:3001
//! ```
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/cluster.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! clap = { version = "4", features = ["derive"] }
//! fastrand = "2"
//! metrics = "0.24"
//! metrics-exporter-prometheus = { version = "0.18", default-features = false, features = ["http-listener"] }
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-core = { path = "../sse/sse-core", features = ["metrics"] }
//! sse-hub = { path = "../sse/sse-hub", features = ["metrics"] }
//! sse-redb = { path = "../sse/sse-redb" }
//! sse-redis = { path = "../sse/sse-redis" }
//! tokio = { version = "1", features = ["rt", "time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `cluster.rs` beside this file, add `mod cluster;`, and remove `guides::`. Copy
//! `examples/pages/cluster.html` and `browser/event-stream.js` too, and change their paths in
//! `include_str!`.

use std::{error::Error, net::TcpListener};

use actix_web::{
    App, HttpServer, Responder, get,
    http::header::{CONTENT_TYPE, SERVER},
    post,
    web::{Data, Html, Path, Query, ServiceConfig},
};
use guides::cluster::{Args, Node, Wanted};
use sse_actix::{LastEventId, Refusal, Shutdown, Sse};
use sse_hub::Hub;

/// Call this once, not on each of actix's threads, because they share the hub.
pub(crate) fn app(hub: Hub, shutdown: Shutdown) -> impl Fn(&mut ServiceConfig) + Clone {
    let node = Data::new(Node::start("actix-web", hub, shutdown));
    move |config| {
        let services = (page, script, events, ready, live, publish, end);
        config.app_data(node.clone()).service(services);
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/cluster.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

#[get("/event-stream.js")]
async fn script() -> impl Responder {
    include_str!("../../../../browser/event-stream.js")
        .customize()
        .insert_header((CONTENT_TYPE, "text/javascript"))
}

#[get("/events")]
async fn events(
    node: Data<Node>,
    wanted: Query<Wanted>,
    last: LastEventId,
) -> Result<impl Responder, Refusal> {
    Ok(Sse::new(node.events(&wanted.topics, &last)?))
}

#[get("/ready")]
async fn ready(node: Data<Node>) -> Result<&'static str, Refusal> {
    Ok(node.ready()?)
}

#[get("/live")]
async fn live(node: Data<Node>) -> Result<&'static str, Refusal> {
    Ok(node.live()?)
}

#[post("/topics/{topic}")]
async fn publish(node: Data<Node>, topic: Path<String>, text: String) -> Result<String, Refusal> {
    Ok(node.publish(&topic, &text).await?)
}

#[post("/topics/{topic}/end")]
async fn end(node: Data<Node>, topic: Path<String>, text: String) -> Result<String, Refusal> {
    Ok(node.end(&topic, &text).await?)
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::from_command_line();
    let shutdown = Shutdown::new();
    let app = app(args.open().await?, shutdown.clone());
    let listener = TcpListener::bind(args.listen)?;
    println!("http://{}/", listener.local_addr()?);

    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).shutdown(shutdown).await?;
    Ok(())
}
