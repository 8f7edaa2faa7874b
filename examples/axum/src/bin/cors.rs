//! A stream for a page of another origin, with a cookie, with axum.
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
//! Copy `examples/pages/cors.html` too, or put in a page of your own.

use std::{io, time::Duration};

use async_stream::stream;
use axum::{
    Router,
    http::{HeaderName, HeaderValue, Method, StatusCode, header::SERVER},
    response::{Html, IntoResponse},
    routing::{get, put},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use sse_axum::{Event, LastEventId, Sse};
use tokio::{net::TcpListener, time::sleep};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Lets the pages of one origin read the stream, as `https://app.example.com` of a stream at
/// `https://api.example.com`.
pub(crate) fn app(page_origin: String) -> Router {
    let page_origin = HeaderValue::try_from(page_origin).expect("an origin is plain ASCII");
    let cors = CorsLayer::new()
        // A list, never whatever asks: with the cookie, any site could read what is the user's.
        .allow_origin(AllowOrigin::list([page_origin]))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::PUT, Method::DELETE])
        // EventSource sends it without asking; a fetch asks first, by a preflight.
        .allow_headers([HeaderName::from_static("last-event-id")]);
    Router::new()
        .route("/events", get(events))
        .route("/cookie", put(give).delete(take))
        // Around the whole of the routes, so that a page can read their errors too.
        .layer(cors)
        .route("/", get(page))
}

/// Of the page's origin only in real life; here one server is both.
async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/cors.html")))
}

/// Counts, from where the client left off.
///
/// CORS keeps a page from reading an answer; the request comes all the same. So what may not be seen
/// needs the cookie, and what changes something a preflight (PUT, DELETE) or a check of its own.
async fn events(
    cookies: CookieJar,
    last: LastEventId,
) -> Result<impl IntoResponse, (StatusCode, &'static str)> {
    if cookies.get("pass").is_none() {
        return Err((StatusCode::UNAUTHORIZED, "no cookie"));
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
async fn give(cookies: CookieJar) -> impl IntoResponse {
    let pass = Cookie::build(("pass", "yes")).http_only(true).same_site(SameSite::Lax);
    (cookies.add(pass), StatusCode::NO_CONTENT)
}

async fn take(cookies: CookieJar) -> impl IntoResponse {
    (cookies.remove("pass"), StatusCode::NO_CONTENT)
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    // Browsers take every name below localhost for this machine.
    let page_origin = "http://app.example.localhost:3000".to_owned();
    println!("{page_origin}/");

    sse_axum::serve(listener, app(page_origin)).await
}
