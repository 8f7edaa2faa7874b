//! One program for one node or many: its log in memory, in a file or in Redis, with warp.
//!
//! ```sh
//! cargo run --bin warp-cluster -- --journal events.redb
//! cargo run --bin warp-cluster -- --redis redis://127.0.0.1/ --listen 127.0.0.1:3001
//! ```
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! clap = { version = "4", features = ["derive"] }
//! fastrand = "2"
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-redb = { path = "../sse/sse-redb" }
//! sse-redis = { path = "../sse/sse-redis" }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! tokio-stream = "0.1"
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Copy `examples/pages/cluster.html` too, or put in a page of your own.

use std::{error::Error, net::SocketAddr, path::PathBuf, process, time::Duration};

use clap::Parser;
use serde::Deserialize;
use serde_json::json;
use sse_hub::Hub;
use sse_redb::Journal;
use sse_redis::RedisBackend;
use sse_warp::{Event, LastEventId, Sse, last_event_id};
use tokio::{net::TcpListener, time::sleep};
use tokio_stream::StreamExt;
use warp::{
    Filter, Rejection, Reply,
    http::StatusCode,
    hyper::body::Bytes,
    reply::{WithStatus, with_status},
};

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

pub(crate) fn app(hub: Hub) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    tokio::spawn(count(hub.clone()));
    let hub = warp::any().map(move || hub.clone());
    let page = warp::path::end().map(page);
    let events = warp::path!("events").and(hub.clone()).and(warp::query()).and(last_event_id());
    // warp itself takes bodies of any size.
    let text = warp::body::content_length_limit(1024 * 1024).and(warp::body::bytes());
    let topics = warp::path!("topics" / String).and(hub).and(text).then(publish);
    warp::get().and(page.or(events.map(self::events))).or(warp::post().and(topics))
}

fn node() -> String {
    format!("warp {}", process::id())
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

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/cluster.html"));
    warp::reply::with_header(page, "server", "warp")
}

#[derive(Deserialize)]
struct Wanted {
    topics: String, // with commas between them
}

/// First which node it is, then what the client has not seen yet, whichever node it was on before.
fn events(hub: Hub, wanted: Wanted, last: LastEventId) -> Result<impl Reply, Refused> {
    let topics: Vec<_> = wanted.topics.split(',').collect();
    let events = hub.subscribe(topics).map_err(|error| refused(error.status(), error))?;
    let node = Event::data(node()).event("node").encode();
    Ok(Sse::new(tokio_stream::once(node).chain(events.resume(last))))
}

/// Its answer, the ID, is the log's word that the event is stored.
async fn publish(topic: String, hub: Hub, text: Bytes) -> Result<String, Refused> {
    let text = str::from_utf8(&text).map_err(|error| refused(400, error))?;
    let id = hub.publish(&topic, Event::data(text)).await;
    Ok(id.map_err(|error| refused(error.status(), error))?.to_string())
}

type Refused = WithStatus<String>;

/// 503 says that nothing was stored, 504 that it may have been.
fn refused(status: u16, error: impl Error) -> Refused {
    with_status(error.to_string(), StatusCode::from_u16(status).expect("a status of ours"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let hub = open(&args).await?;
    let listener = TcpListener::bind(args.listen).await?;
    println!("http://{}/", listener.local_addr()?);

    sse_warp::serve(listener, app(hub)).await?;
    Ok(())
}
