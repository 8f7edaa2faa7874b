//! A gateway to a language model for the clients of OpenAI, Anthropic and Vercel, with axum.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/gateway.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! axum = "0.8"
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-runs = { path = "../sse/sse-runs" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "sync", "time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `gateway.rs` and its folder `gateway` beside this file, add `mod gateway;`, and remove `guides::`.

use std::{io, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use guides::gateway::{self, Gateway, Reply, config};
use sse_axum::{Drain, Refusal, Shutdown, Sse};
use tokio::net::TcpListener;

pub(crate) fn app(gateway: Gateway) -> Router {
    Router::new().route("/{*path}", get(read).post(write)).with_state(gateway)
}

async fn write(
    State(gateway): State<Gateway>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    Ok(respond(gateway.post(key(&headers), &path, &body).await?))
}

async fn read(
    State(gateway): State<Gateway>,
    Path(path): Path<String>,
    Query(query): Query<gateway::Query>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    Ok(respond(gateway.get(key(&headers), &path, &query).await?))
}

fn key(headers: &HeaderMap) -> &str {
    let key = headers.get("x-api-key").or_else(|| headers.get("authorization"));
    key.and_then(|key| key.to_str().ok()).unwrap_or_default()
}

fn respond(reply: Reply) -> Response {
    match reply {
        Reply::Stream(answer) => {
            let header = [("x-vercel-ai-ui-message-stream", "v1")];
            (header, Sse::new(answer).config(config())).into_response()
        }
        Reply::Json(value) => Json(value).into_response(),
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    let shutdown = Shutdown::new();
    let gateway = Gateway::start(shutdown.clone(), Duration::from_secs(20));
    let drain = Drain::default().deadline(Duration::from_secs(25));
    sse_axum::serve(listener, app(gateway)).shutdown(shutdown).drain(drain).await
}
