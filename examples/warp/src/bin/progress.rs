//! A long job, started by POST and watched by any number of tabs, with warp.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/progress.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! fastrand = "2"
//! serde = { version = "1", features = ["derive"] }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Put `progress.rs` beside this file, add `mod progress;`, and remove `guides::`. Copy
//! `examples/pages/progress.html` too, and change its path in `include_str!`.

use std::io;

use guides::progress::Jobs;
use sse_warp::{LastEventId, Refusal, Sse, last_event_id};
use tokio::net::TcpListener;
use warp::{Filter, Rejection, Reply, http::StatusCode, reply::with_status};

pub(crate) fn app() -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let jobs = Jobs::open();
    let jobs = warp::any().map(move || jobs.clone());
    // warp sets no limit itself.
    let rows = warp::body::content_length_limit(64 * 1024).and(warp::body::json());
    let page = warp::path::end().map(page);
    let start = warp::path!("jobs").and(jobs.clone()).and(rows).map(start);
    let events = warp::path!("jobs" / String / "events").and(jobs).and(last_event_id()).map(events);
    warp::get().and(page.or(events)).or(warp::post().and(start))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/progress.html"));
    warp::reply::with_header(page, "server", "warp")
}

fn start(jobs: Jobs, rows: Vec<String>) -> Result<impl Reply, Refusal> {
    Ok(with_status(jobs.start(rows)?, StatusCode::CREATED))
}

fn events(id: String, jobs: Jobs, last: LastEventId) -> Result<impl Reply, Refusal> {
    Ok(Sse::new(jobs.watch(&id, &last)?))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_warp::serve(listener, app()).await
}
