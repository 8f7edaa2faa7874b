//! One program for one node or many: its log in memory, in a file or in Redis, with axum.
//!
//! ```sh
//! cargo run --bin axum-cluster -- --journal events.redb
//! cargo run --bin axum-cluster -- --redis redis://127.0.0.1/ --listen 127.0.0.1:3001
//! ```
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! clap = { version = "4", features = ["derive"] }
//! fastrand = "2"
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-redb = { path = "../sse/sse-redb" }
//! sse-redis = { path = "../sse/sse-redis" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/cluster.html` too, or put in a page of your own.

use std::{error::Error, net::SocketAddr, path::PathBuf, process, time::Duration};

use axum::{
    Router,
    extract::{Path, Query, State},
    http::{StatusCode, header::SERVER},
    response::{Html, IntoResponse},
    routing::{get, post},
};
use clap::Parser;
use serde::Deserialize;
use serde_json::json;
use sse_axum::{Event, LastEventId, Sse};
use sse_hub::Hub;
use sse_redb::Journal;
use sse_redis::RedisBackend;
use tokio::{net::TcpListener, time::sleep};
use tokio_stream::StreamExt;

#[derive(Parser)]
struct Args {
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// The log of many nodes.
    #[arg(long, value_name = "URL", conflicts_with = "journal")]
    redis: Option<String>,
    /// The log of one node, which survives its end.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
}

/// All that differs between one node and many.
async fn open(args: &Args) -> Result<Hub, Box<dyn Error>> {
    let hub = match args {
        Args { redis: Some(url), .. } => Hub::builder().open(RedisBackend::new(url)?).await?,
        Args { journal: Some(file), .. } => Hub::builder().open(Journal::open(file).await?).await?,
        _ => Hub::new(),
    };
    tokio::spawn(hub.background()); // follows the log
    Ok(hub)
}

pub(crate) fn app(hub: Hub) -> Router {
    tokio::spawn(count(hub.clone()));
    let routes = Router::new().route("/", get(page)).route("/events", get(events));
    routes.route("/topics/{topic}", post(publish)).with_state(hub)
}

fn node() -> String {
    format!("axum {}", process::id())
}

/// Publishes 1, 2, 3 ... without a hole and never the same number twice, whatever the log does.
async fn count(hub: Hub) {
    let (mut run, mut n) = (fastrand::u32(..), 1);
    loop {
        let data = json!({ "node": node(), "run": run, "n": n }).to_string();
        match hub.publish("numbers", Event::data(data).event("number")).await {
            Ok(_) => n += 1,
            // Stored or not: nobody knows, so this number is neither repeated nor left out.
            Err(error) if error.status() == 504 => (run, n) = (fastrand::u32(..), 1),
            Err(_) => {} // not stored: once more
        }
        sleep(Duration::from_secs(1)).await;
    }
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/cluster.html")))
}

#[derive(Deserialize)]
struct Wanted {
    topics: String, // with commas between them
}

/// First which node it is, then what the client has not seen yet, whichever node it was on before.
async fn events(
    State(hub): State<Hub>,
    Query(wanted): Query<Wanted>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refused> {
    let topics: Vec<_> = wanted.topics.split(',').collect();
    let events = hub.subscribe(topics).map_err(|error| refused(error.status(), error))?;
    let node = Event::data(node()).event("node").encode();
    Ok(Sse::new(tokio_stream::once(node).chain(events.resume(last))))
}

/// Its answer, the ID, is the log's word that the event is stored.
async fn publish(
    State(hub): State<Hub>,
    Path(topic): Path<String>,
    text: String,
) -> Result<String, Refused> {
    let id = hub.publish(&topic, Event::data(text)).await;
    Ok(id.map_err(|error| refused(error.status(), error))?.to_string())
}

type Refused = (StatusCode, String);

/// 503 says that nothing was stored, 504 that it may have been.
fn refused(status: u16, error: impl Error) -> Refused {
    (StatusCode::from_u16(status).expect("a status of ours"), error.to_string())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let hub = open(&args).await?;
    let listener = TcpListener::bind(args.listen).await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app(hub)).await?;
    Ok(())
}
