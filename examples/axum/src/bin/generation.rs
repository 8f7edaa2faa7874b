//! A model's answer as a run: many tabs read it, resume it and stop it, with axum.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/generation.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! axum = "0.8"
//! serde = { version = "1", features = ["derive"] }
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-runs = { path = "../sse/sse-runs" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "sync", "time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `generation.rs` beside this file, add `mod generation;`, and remove `guides::`. Copy
//! `examples/pages/generation.html` too, and change its path in `include_str!`.

use std::{io, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{StatusCode, header::SERVER},
    response::{Html, IntoResponse},
    routing::{get, post},
};
use guides::generation::{Answers, Question, Settings};
use sse_axum::{LastEventId, Refusal, Sse};
use tokio::net::TcpListener;

pub(crate) fn app(answers: Answers) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/answers", post(begin))
        .route("/answers/{id}", get(read))
        .route("/answers/{id}/stop", post(stop))
        .route("/running", get(running))
        .with_state(answers)
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/generation.html")))
}

async fn begin(
    State(answers): State<Answers>,
    Json(question): Json<Question>,
) -> Result<impl IntoResponse, Refusal> {
    Ok((StatusCode::CREATED, answers.begin(question).await?))
}

async fn read(
    State(answers): State<Answers>,
    Path(id): Path<String>,
    Query(settings): Query<Settings>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refusal> {
    Ok(Sse::new(answers.read(&id, &last).await?).config(settings.config()))
}

async fn stop(
    State(answers): State<Answers>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    answers.stop(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn running(State(answers): State<Answers>) -> String {
    answers.running().to_string()
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app(Answers::new(Duration::from_secs(60)))).await
}
