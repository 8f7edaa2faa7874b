//! One program for one node or many: its log in memory, in a file or in Redis, with Rocket.
//!
//! ```sh
//! cargo run --bin rocket-cluster -- --journal events.redb
//! cargo run --bin rocket-cluster -- --redis redis://127.0.0.1/ --listen 127.0.0.1:3001
//! ```
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! clap = { version = "4", features = ["derive"] }
//! fastrand = "2"
//! rocket = "0.5"
//! serde_json = "1"
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-redb = { path = "../sse/sse-redb" }
//! sse-redis = { path = "../sse/sse-redis" }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/cluster.html` too, or put in a page of your own.

use std::{error::Error, net::SocketAddr, path::PathBuf, process, time::Duration};

use clap::Parser;
use rocket::{
    State,
    fairing::{AdHoc, Fairing},
    get,
    http::Status,
    post,
    response::{content::RawHtml, status::Custom},
    routes,
    tokio::{self, time::sleep},
};
use serde_json::json;
use sse_hub::Hub;
use sse_redb::Journal;
use sse_redis::RedisBackend;
use sse_rocket::{Event, Frame, LastEventId, Sse};
use tokio_stream::{Stream, StreamExt};

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

/// Rocket manages one state of a type, so this program's hub has a type of its own.
struct Cluster(Hub);

pub(crate) fn app(base: &'static str, hub: Hub) -> impl Fairing {
    AdHoc::on_ignite("cluster", move |rocket| async move {
        tokio::spawn(count(hub.clone()));
        rocket.manage(Cluster(hub)).mount(base, routes![page, events, publish])
    })
}

fn node() -> String {
    format!("Rocket {}", process::id())
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

// Rocket itself says `server: Rocket`.
#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/cluster.html"))
}

/// First which node it is, then what the client has not seen yet of these topics (with commas between
/// them), whichever node it was on before.
#[get("/events?<topics>")]
fn events(
    cluster: &State<Cluster>,
    topics: &str,
    last: LastEventId,
) -> Result<Sse<impl Stream<Item = Frame>>, Refused> {
    let topics: Vec<_> = topics.split(',').collect();
    let events = cluster.0.subscribe(topics).map_err(|error| refused(error.status(), error))?;
    let node = Event::data(node()).event("node").encode();
    Ok(Sse::new(tokio_stream::once(node).chain(events.resume(last))))
}

/// Its answer, the ID, is the log's word that the event is stored.
#[post("/topics/<topic>", data = "<text>")]
async fn publish(cluster: &State<Cluster>, topic: &str, text: String) -> Result<String, Refused> {
    let id = cluster.0.publish(topic, Event::data(text)).await;
    Ok(id.map_err(|error| refused(error.status(), error))?.to_string())
}

type Refused = Custom<String>;

/// 503 says that nothing was stored, 504 that it may have been.
fn refused(status: u16, error: impl Error) -> Refused {
    Custom(Status::new(status), error.to_string())
}

#[rocket::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let hub = open(&args).await?;
    let config = rocket::Config::figment()
        .merge(("address", args.listen.ip()))
        .merge(("port", args.listen.port()))
        .merge(("limits.string", "1 MiB")); // as the hub; Rocket's own limit is 8 KiB
    let rocket = rocket::custom(config).attach(app("/", hub));
    sse_rocket::launch(rocket).await?;
    Ok(())
}
