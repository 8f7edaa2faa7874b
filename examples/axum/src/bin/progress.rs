//! A long job, started by POST and watched by any number of tabs, with axum.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/progress.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! fastrand = "2"
//! serde = { version = "1", features = ["derive"] }
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! ```
//!
//! Put `progress.rs` beside this file, add `mod progress;`, and remove `guides::`. Copy
//! `examples/pages/progress.html` too, and change its path in `include_str!`.

use std::io;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header::SERVER},
    response::{Html, IntoResponse},
    routing::{get, post},
};
use guides::progress::Jobs;
use sse_axum::{LastEventId, Refusal, Sse};
use tokio::net::TcpListener;

pub(crate) fn app() -> Router {
    Router::new()
        .route("/", get(page))
        .route("/jobs", post(start))
        .route("/jobs/{id}/events", get(events))
        .with_state(Jobs::open())
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/progress.html")))
}

async fn start(
    State(jobs): State<Jobs>,
    Json(rows): Json<Vec<String>>,
) -> Result<impl IntoResponse, Refusal> {
    Ok((StatusCode::CREATED, jobs.start(rows)?))
}

async fn events(
    State(jobs): State<Jobs>,
    Path(id): Path<String>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refusal> {
    Ok(Sse::new(jobs.watch(&id, &last)?))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app()).await
}
