//! The server's time every second, with axum.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! axum = "0.8"
//! jiff = "0.2"
//! sse-axum = { path = "../sse/sse-axum" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! ```
//!
//! Copy `examples/pages/clock.html` too, and change its path in `include_str!`.

use std::{io, time::Duration};

use async_stream::stream;
use axum::{
    Router,
    http::header::SERVER,
    response::{Html, IntoResponse},
    routing::get,
};
use jiff::Timestamp;
use sse_axum::{Event, LastEventId, Sse};
use tokio::{net::TcpListener, time::interval};

pub(crate) fn app() -> Router {
    Router::new().route("/", get(page)).route("/events", get(events))
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/clock.html")))
}

/// A browser that reconnects sends the ID of the last event that it saw, and the count continues from it.
async fn events(last: LastEventId) -> impl IntoResponse {
    let seen: u32 = last.parse().unwrap_or(0);
    let mut seconds = interval(Duration::from_secs(1));
    Sse::new(stream! {
        for count in u64::from(seen) + 1.. {
            seconds.tick().await;
            yield Event::data(format!("{:.3}", Timestamp::now())).id(count);
        }
    })
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app()).await
}
