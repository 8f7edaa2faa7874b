//! A browser that reconnects resumes; a `gap` event reports what was evicted; 204 stops it, with
//! axum.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! serde = { version = "1", features = ["derive"] }
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! ```
//!
//! Copy `examples/pages/resume.html` too, and change its path in `include_str!`.

use std::{io, time::Duration};

use axum::{
    Router,
    extract::{Query, State},
    http::header::SERVER,
    response::{Html, IntoResponse},
    routing::get,
};
use serde::Deserialize;
use sse_axum::{Config, Event, LastEventId, NoContent, Refusal, Sse};
use sse_hub::{Hub, Retention};
use tokio::{net::TcpListener, time::sleep};

pub(crate) fn app() -> Router {
    // It retains 50 numbers: those of five seconds.
    let hub = Hub::builder().retention(Retention::default().events(50)).build();
    tokio::spawn(count(hub.clone()));
    Router::new().route("/", get(page)).route("/events", get(events)).with_state(hub)
}

async fn count(hub: Hub) {
    for number in 1_u64.. {
        let event = Event::data(number.to_string());
        hub.publish_now("numbers", event).expect("a short event; the hub is not drained");
        sleep(Duration::from_millis(100)).await;
    }
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/resume.html")))
}

#[derive(Deserialize)]
struct Visit {
    away: u64,  // the reconnection time in ms
    last: bool, // whether the browser should stop after this connection
}

/// Sends the numbers after the last one that the browser has seen. Each connection is cut after a second
/// and a half, and the browser reconnects until it gets 204.
async fn events(
    State(hub): State<Hub>,
    Query(visit): Query<Visit>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refusal> {
    if visit.last && last.as_str().is_some() {
        Err(NoContent)?;
    }
    let config = Config::default()
        .max_age(Duration::from_millis(1500))
        .retry(Duration::from_millis(visit.away));
    Ok(Sse::new(hub.subscribe("numbers")?.resume(last)).config(config))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app()).await
}
