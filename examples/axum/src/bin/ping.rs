//! A ping with the time as JSON every second, and a message now and then, with axum.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! axum = "0.8"
//! fastrand = "2"
//! jiff = "0.2"
//! serde = { version = "1", features = ["derive"] }
//! sse-axum = { path = "../sse/sse-axum" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/ping.html` too, and change its path in `include_str!`.

use std::{io, time::Duration};

use async_stream::stream;
use axum::{
    Router,
    http::header::SERVER,
    response::{Html, IntoResponse},
    routing::get,
};
use jiff::Timestamp;
use serde::Serialize;
use sse_axum::{Event, Sse};
use tokio::{
    net::TcpListener,
    time::{interval, sleep},
};
use tokio_stream::{StreamExt, wrappers::IntervalStream};

pub(crate) fn app() -> Router {
    Router::new().route("/", get(page)).route("/events", get(events))
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/ping.html")))
}

#[derive(Serialize)]
struct Ping {
    time: String,
}

/// Merges two kinds of events, each at its own pace. The page listens to those of the type `ping`, and
/// gets the messages, which have no type, by `onmessage`.
async fn events() -> impl IntoResponse {
    let pings = IntervalStream::new(interval(Duration::from_secs(1)))
        .map(|_| Event::json(&Ping { time: now() }).expect("a string has JSON").event("ping"));
    let messages = stream! {
        loop {
            sleep(Duration::from_millis(fastrand::u64(500..3_000))).await;
            yield Event::data(format!("This is a message at time {}", now()));
        }
    };
    Sse::new(pings.merge(messages))
}

/// Returns the time in the format of JavaScript's `toISOString()`.
fn now() -> String {
    format!("{:.3}", Timestamp::now())
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app()).await
}
