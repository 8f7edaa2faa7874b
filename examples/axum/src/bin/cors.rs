//! A stream for pages of another origin, which send a cookie, with axum.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! axum = "0.8"
//! axum-extra = { version = "0.12", features = ["cookie"] }
//! sse-axum = { path = "../sse/sse-axum" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! tower-http = { version = "0.7", features = ["cors"] }
//! ```
//!
//! Copy `examples/pages/cors.html` too, and change its path in `include_str!`.

use std::{io, time::Duration};

use async_stream::stream;
use axum::{
    Router,
    http::{HeaderName, HeaderValue, Method, header::SERVER},
    response::{Html, IntoResponse},
    routing::get,
};
use axum_extra::extract::CookieJar;
use sse_axum::{Event, LastEventId, Refusal, Sse};
use tokio::{net::TcpListener, time::sleep};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Allows the pages of one origin, such as `https://app.example.com`, to read a stream of another, such
/// as `https://api.example.com`.
pub(crate) fn app(page_origin: String) -> Router {
    let page_origin = HeaderValue::try_from(page_origin).expect("an origin is ASCII");
    let cors = CorsLayer::new()
        // A list instead of any origin: with the cookie, every site could read the user's events.
        .allow_origin(AllowOrigin::list([page_origin]))
        .allow_credentials(true)
        .allow_methods([Method::GET])
        // EventSource just sends it. Before a fetch sends it, the browser asks with a preflight.
        .allow_headers([HeaderName::from_static("last-event-id")]);
    // The layer is around the route, so a page can read errors as well.
    Router::new().route("/events", get(events)).layer(cors).route("/", get(page))
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/cors.html")))
}

/// Counts from where the client left off. CORS only keeps pages from reading the response, so a private
/// stream also has to check the cookie. Here the page sets it; usually a login does (see `account`).
async fn events(cookies: CookieJar, last: LastEventId) -> Result<impl IntoResponse, Refusal> {
    cookies.get("pass").ok_or((401, "no cookie"))?;
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

    sse_axum::serve(listener, app(page_origin)).await
}
