//! A stream for pages of another origin, which send a cookie, with warp.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Copy `examples/pages/cors.html` too, and change its path in `include_str!`.

use std::{io, time::Duration};

use async_stream::stream;
use sse_warp::{Event, LastEventId, Refusal, Sse, last_event_id};
use tokio::{net::TcpListener, time::sleep};
use warp::{Filter, Rejection, Reply};

/// Allows the pages of one origin, such as `https://app.example.com`, to read a stream of another, such
/// as `https://api.example.com`.
pub(crate) fn app(
    page_origin: String,
) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let cors = warp::cors()
        // A list instead of any origin: with the cookie, every site could read the user's events.
        .allow_origin(page_origin.as_str())
        .allow_credentials(true)
        .allow_method("GET")
        // EventSource just sends it. Before a fetch sends it, the browser asks with a preflight.
        .allow_header("last-event-id");
    let page = warp::path::end().and(warp::get()).map(page);
    let pass = warp::cookie::optional("pass");
    let events = warp::path!("events").and(pass).and(last_event_id()).map(events);
    // A page can read errors that are replies, as a `Refusal` is, but no rejections: those bypass CORS.
    page.or(warp::get().and(events).with(cors))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/cors.html"));
    warp::reply::with_header(page, "server", "warp")
}

/// Counts from where the client left off. CORS only keeps pages from reading the response, so a private
/// stream also has to check the cookie. Here the page sets it; usually a login does (see `account`).
fn events(pass: Option<String>, last: LastEventId) -> Result<impl Reply, Refusal> {
    pass.ok_or((401, "no cookie"))?;
    let first = last.parse().map_or(1, |seen: u64| seen.saturating_add(1));
    Ok(Sse::new(stream! {
        for number in first.. {
            yield Event::data(format!("event {number}")).id(number);
            sleep(Duration::from_secs(1)).await;
        }
    }))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    // Browsers resolve every name below localhost to this machine.
    let page_origin = "http://app.example.localhost:3000".to_owned();
    println!("{page_origin}/");

    sse_warp::serve(listener, app(page_origin)).await
}
