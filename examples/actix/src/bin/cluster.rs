//! One program for one node or many: its log in memory, in a file or in Redis, with actix-web.
//!
//! ```sh
//! cargo run --bin actix-cluster -- --journal events.redb
//! cargo run --bin actix-cluster -- --redis redis://127.0.0.1/ --listen 127.0.0.1:3001
//! ```
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! clap = { version = "4", features = ["derive"] }
//! fastrand = "2"
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-redb = { path = "../sse/sse-redb" }
//! sse-redis = { path = "../sse/sse-redis" }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/cluster.html` too, or put in a page of your own.

use std::{
    error::Error,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process,
    time::Duration,
};

use actix_web::{
    App, HttpServer, Responder,
    error::InternalError,
    get,
    http::{StatusCode, header::SERVER},
    post,
    rt::{spawn, time::sleep},
    web::{Data, Html, Path, Query, ServiceConfig},
};
use clap::Parser;
use serde::Deserialize;
use serde_json::json;
use sse_actix::{Event, LastEventId, Sse};
use sse_hub::Hub;
use sse_redb::Journal;
use sse_redis::RedisBackend;
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
    spawn(hub.background()); // follows the log
    Ok(hub)
}

/// Call it once, not on each of actix's threads: they share the hub.
pub(crate) fn app(hub: Hub) -> impl Fn(&mut ServiceConfig) + Clone {
    spawn(count(hub.clone()));
    let hub = Data::new(hub);
    move |config| {
        config.app_data(hub.clone()).service(page).service(events).service(publish);
    }
}

fn node() -> String {
    format!("actix-web {}", process::id())
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

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/cluster.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

#[derive(Deserialize)]
struct Wanted {
    topics: String, // with commas between them
}

/// First which node it is, then what the client has not seen yet, whichever node it was on before.
#[get("/events")]
async fn events(
    hub: Data<Hub>,
    wanted: Query<Wanted>,
    last: LastEventId,
) -> Result<impl Responder, Refused> {
    let topics: Vec<_> = wanted.topics.split(',').collect();
    let events = hub.subscribe(topics).map_err(|error| refused(error.status(), error))?;
    let node = Event::data(node()).event("node").encode();
    Ok(Sse::new(tokio_stream::once(node).chain(events.resume(last))))
}

/// Its answer, the ID, is the log's word that the event is stored.
#[post("/topics/{topic}")]
async fn publish(hub: Data<Hub>, topic: Path<String>, text: String) -> Result<String, Refused> {
    let id = hub.publish(topic.as_str(), Event::data(text)).await;
    Ok(id.map_err(|error| refused(error.status(), error))?.to_string())
}

type Refused = InternalError<String>;

/// 503 says that nothing was stored, 504 that it may have been.
fn refused(status: u16, error: impl Error) -> Refused {
    InternalError::new(error.to_string(), StatusCode::from_u16(status).expect("a status of ours"))
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let hub = open(&args).await?;
    let listener = TcpListener::bind(args.listen)?;
    println!("http://{}/", listener.local_addr()?);

    let app = app(hub);
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).await?;
    Ok(())
}
