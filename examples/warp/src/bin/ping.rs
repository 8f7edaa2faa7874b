//! A ping with the time as JSON every second, and a message now and then, with warp.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! fastrand = "2"
//! jiff = "0.2"
//! serde = { version = "1", features = ["derive"] }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! tokio-stream = "0.1"
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Copy `examples/pages/ping.html` too, and change its path in `include_str!`.

use std::{io, time::Duration};

use async_stream::stream;
use jiff::Timestamp;
use serde::Serialize;
use sse_warp::{Event, Sse};
use tokio::{
    net::TcpListener,
    time::{interval, sleep},
};
use tokio_stream::{StreamExt, wrappers::IntervalStream};
use warp::{Filter, Rejection, Reply};

pub(crate) fn app() -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let page = warp::path::end().map(page);
    let events = warp::path!("events").map(events);
    warp::get().and(page.or(events))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/ping.html"));
    warp::reply::with_header(page, "server", "warp")
}

#[derive(Serialize)]
struct Ping {
    time: String,
}

/// Merges two kinds of events, each at its own pace. The page listens to those of the type `ping`, and
/// gets the messages, which have no type, by `onmessage`.
fn events() -> impl Reply {
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

    sse_warp::serve(listener, app()).await
}
