//! A page for the operator of a hub: its topics, connections and losses, with warp.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/inspector.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! getrandom = "0.4"
//! serde = { version = "1", features = ["derive"] }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub", features = ["inspector"] }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Put `inspector.rs` beside this file, add `mod inspector;`, and remove `guides::`. Copy
//! `examples/pages/inspector.html` too, and change its path in `include_str!`.

use std::io;

use guides::inspector::{Login, Site, Wanted, config};
use sse_warp::{Config, LastEventId, Refusal, Shutdown, Sse, last_event_id};
use tokio::net::TcpListener;
use warp::{
    Filter, Rejection, Reply,
    http::{StatusCode, header::SET_COOKIE},
    hyper::body::Bytes,
    reply::{html, with_header},
};

pub(crate) fn app(site: Site) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let site = warp::any().map(move || site.clone());
    let operator = site.clone().and(warp::cookie::optional::<String>("operator"));
    // warp sets no limit itself.
    let form = warp::body::content_length_limit(4096).and(warp::body::form());
    let body = warp::body::content_length_limit(128 * 1024).and(warp::body::bytes());
    let body = warp::header::optional("content-type").and(body);
    let page = warp::path::end().map(page);
    let events = warp::path!("events").and(site.clone()).and(warp::query()).and(last_event_id());
    let login = warp::path!("login").and(site).and(form).map(log_in);
    let inspect = warp::path!("operator").and(operator.clone()).map(inspect);
    let snapshots = warp::path!("operator" / "events").and(operator.clone()).map(snapshots);
    let command = warp::path!("operator").and(operator).and(body).then(command);
    let get = warp::get().and(page.or(events.map(self::events)).or(inspect).or(snapshots));
    get.or(warp::post().and(login.or(command)))
}

fn page() -> impl Reply {
    with_header(html(include_str!("../../../pages/inspector.html")), "server", "warp")
}

fn events(site: Site, wanted: Wanted, last: LastEventId) -> Result<impl Reply, Refusal> {
    Ok(Sse::new(site.events(wanted, &last)?))
}

fn log_in(site: Site, login: Login) -> Result<impl Reply, Refusal> {
    // `Strict`: no page of another site can send it. Without a path, the cookie is for the folder of this
    // request's path. Add `Secure` if you serve https.
    let cookie = format!("operator={}; HttpOnly; SameSite=Strict", site.log_in(&login)?);
    Ok(with_header(StatusCode::NO_CONTENT, SET_COOKIE, cookie))
}

fn inspect(site: Site, operator: Option<String>) -> Result<impl Reply, Refusal> {
    Ok(html(site.page(operator.as_deref())?))
}

fn snapshots(site: Site, operator: Option<String>) -> Result<impl Reply, Refusal> {
    Ok(Sse::new(site.snapshots(operator.as_deref())?).config(config()))
}

async fn command(
    site: Site,
    operator: Option<String>,
    content_type: Option<String>,
    body: Bytes,
) -> Result<String, Refusal> {
    Ok(site.command(operator.as_deref(), content_type.as_deref(), &body).await?)
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let shutdown = Shutdown::new();
    let site = Site::start(&shutdown);
    let config = site.observe(Config::default());
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_warp::serve(listener, app(site)).config(config).shutdown(shutdown).await
}
