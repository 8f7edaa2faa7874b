//! A page for the operator of a hub: its topics, connections and losses, with axum.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/inspector.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! axum-extra = { version = "0.12", features = ["cookie"] }
//! getrandom = "0.4"
//! serde = { version = "1", features = ["derive"] }
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub", features = ["inspector"] }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! ```
//!
//! Put `inspector.rs` beside this file, add `mod inspector;`, and remove `guides::`. Copy
//! `examples/pages/inspector.html` too, and change its path in `include_str!`.

use std::io;

use axum::{
    Form, Router,
    body::Bytes,
    extract::{Query, State},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_TYPE, SERVER},
    },
    response::{Html, IntoResponse},
    routing::{get, post},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use guides::inspector::{Login, Site, Wanted, config};
use sse_axum::{Config, LastEventId, Refusal, Shutdown, Sse};
use tokio::net::TcpListener;

pub(crate) fn app(site: Site) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/events", get(events))
        .route("/login", post(log_in))
        .route("/operator", get(inspect).post(command))
        .route("/operator/events", get(snapshots))
        .with_state(site)
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/inspector.html")))
}

async fn events(
    State(site): State<Site>,
    Query(wanted): Query<Wanted>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refusal> {
    Ok(Sse::new(site.events(wanted, &last)?))
}

async fn log_in(
    State(site): State<Site>,
    cookies: CookieJar,
    Form(login): Form<Login>,
) -> Result<impl IntoResponse, Refusal> {
    // `Strict`: no page of another site can send it. Without a path, the cookie is for the folder of this
    // request's path. Add `secure(true)` if you serve https.
    let cookie = Cookie::build(("operator", site.log_in(&login)?));
    let cookie = cookie.http_only(true).same_site(SameSite::Strict);
    Ok((cookies.add(cookie), StatusCode::NO_CONTENT))
}

async fn inspect(
    State(site): State<Site>,
    cookies: CookieJar,
) -> Result<impl IntoResponse, Refusal> {
    Ok(Html(site.page(operator(&cookies))?))
}

async fn snapshots(
    State(site): State<Site>,
    cookies: CookieJar,
) -> Result<impl IntoResponse, Refusal> {
    Ok(Sse::new(site.snapshots(operator(&cookies))?).config(config()))
}

async fn command(
    State(site): State<Site>,
    cookies: CookieJar,
    headers: HeaderMap,
    body: Bytes,
) -> Result<String, Refusal> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Ok(site.command(operator(&cookies), content_type, &body).await?)
}

fn operator(cookies: &CookieJar) -> Option<&str> {
    cookies.get("operator").map(Cookie::value)
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let shutdown = Shutdown::new();
    let site = Site::start(&shutdown);
    let config = site.observe(Config::default());
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app(site)).config(config).shutdown(shutdown).await
}
