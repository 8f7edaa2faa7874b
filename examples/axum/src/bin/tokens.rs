//! The tokens of a language model, streamed as the answer to a POST, with axum.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/tokens.rs`.
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
//! tokio-stream = { version = "0.1", features = ["sync"] }
//! ```
//!
//! Put `tokens.rs` beside this file, add `mod tokens;`, and remove `guides::`. Copy
//! `examples/pages/tokens.html` too, and change its path in `include_str!`.

use std::{io, time::Duration};

use axum::{
    Json, Router,
    extract::State,
    http::header::SERVER,
    response::{Html, IntoResponse},
    routing::{get, post},
};
use guides::tokens::{Generations, Question, config};
use sse_axum::{Drain, Refusal, Sse};
use tokio::net::TcpListener;

pub(crate) fn app() -> Router {
    Router::new()
        .route("/", get(page))
        .route("/answers", post(answer))
        .route("/running", get(running))
        .with_state(Generations::start())
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/tokens.html")))
}

/// axum drops the stream when the client disconnects.
async fn answer(
    State(generations): State<Generations>,
    Json(question): Json<Question>,
) -> Result<impl IntoResponse, Refusal> {
    Ok(Sse::new(generations.answer(question).await?).config(config()))
}

async fn running(State(generations): State<Generations>) -> impl IntoResponse {
    Sse::new(generations.watch())
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app()).drain(Drain::default().deadline(Duration::from_secs(25))).await
}
