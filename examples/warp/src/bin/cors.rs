//! A stream for a page of another origin, with a cookie, with warp.
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
//! Copy `examples/pages/cors.html` too, or put in a page of your own.

use std::{io, time::Duration};

use async_stream::stream;
use sse_warp::{Event, LastEventId, Sse, last_event_id};
use tokio::{net::TcpListener, time::sleep};
use warp::{
    Filter, Rejection, Reply,
    http::{StatusCode, header::SET_COOKIE},
    reply::{with_header, with_status},
};

/// Lets the pages of one origin read the stream, as `https://app.example.com` of a stream at
/// `https://api.example.com`.
pub(crate) fn app(
    page_origin: String,
) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let cors = warp::cors()
        // A list, never whatever asks: with the cookie, any site could read what is the user's.
        .allow_origin(page_origin.as_str())
        .allow_credentials(true)
        .allow_methods(["GET", "PUT", "DELETE"])
        // EventSource sends it without asking; a fetch asks first, by a preflight.
        .allow_header("last-event-id");
    let pass = warp::cookie::optional("pass");
    let events = warp::path!("events").and(pass).and(last_event_id()).map(events);
    let give = warp::put().map(|| set_cookie("pass=yes; HttpOnly; SameSite=Lax"));
    let take = warp::delete().map(|| set_cookie("pass=; Max-Age=0"));
    let cookie = warp::path!("cookie").and(give.or(take));
    // A page can read the replies, errors too, but no rejection: those pass by the CORS filter. So
    // `events` replies, and a filter that rejects has its `recover` before this `with`.
    let routes = warp::get().and(events).or(cookie).with(cors);
    warp::path::end().and(warp::get()).map(page).or(routes)
}

/// Of the page's origin only in real life; here one server is both.
fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/cors.html"));
    with_header(page, "server", "warp")
}

/// Counts, from where the client left off.
fn events(pass: Option<String>, last: LastEventId) -> Result<impl Reply, impl Reply> {
    if pass.is_none() {
        return Err(with_status("no cookie", StatusCode::UNAUTHORIZED));
    }
    let first = last.parse().map_or(1, |seen: u64| seen.saturating_add(1));
    Ok(Sse::new(stream! {
        for number in first.. {
            yield Event::data(format!("event {number}")).id(number);
            sleep(Duration::from_secs(1)).await;
        }
    }))
}

/// A cookie that proves nothing; one that does is in the program `account`.
///
/// app.example.com and api.example.com are one site, whose cookies may be `Lax` (add `Secure`, on
/// https). Between two sites it takes `SameSite=None; Secure`, and many browsers block it even so.
fn set_cookie(cookie: &'static str) -> impl Reply {
    with_header(StatusCode::NO_CONTENT, SET_COOKIE, cookie)
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    // Browsers take every name below localhost for this machine.
    let page_origin = "http://app.example.localhost:3000".to_owned();
    println!("{page_origin}/");

    sse_warp::serve(listener, app(page_origin)).await
}
