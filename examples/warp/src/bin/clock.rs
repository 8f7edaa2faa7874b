//! The server's time every second, with warp.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! jiff = "0.2"
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Copy `examples/pages/clock.html` too, and change its path in `include_str!`.

use std::{io, time::Duration};

use async_stream::stream;
use jiff::Timestamp;
use sse_warp::{Event, LastEventId, Sse, last_event_id};
use tokio::{net::TcpListener, time::interval};
use warp::{Filter, Rejection, Reply};

pub(crate) fn app() -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let page = warp::path::end().map(page);
    let events = warp::path!("events").and(last_event_id()).map(events);
    warp::get().and(page.or(events))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/clock.html"));
    warp::reply::with_header(page, "server", "warp")
}

/// A browser that reconnects sends the ID of the last event that it saw, and the count continues from it.
fn events(last: LastEventId) -> impl Reply {
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

    sse_warp::serve(listener, app()).await
}
