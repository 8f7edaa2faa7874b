//! A gateway to a language model for the clients of OpenAI, Anthropic and Vercel, with warp.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/gateway.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-runs = { path = "../sse/sse-runs" }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "sync", "time"] }
//! tokio-stream = "0.1"
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Put `gateway.rs` and its folder `gateway` beside this file, add `mod gateway;`, and remove `guides::`.

use std::{io, time::Duration};

use guides::gateway::{Gateway, Query, Reply, config};
use sse_warp::{Drain, Refusal, Shutdown, Sse};
use tokio::net::TcpListener;
use warp::{
    Filter, Rejection, Reply as _,
    path::Tail,
    reply::{Response, json, with_header},
};

pub(crate) fn app(
    gateway: Gateway,
) -> impl Filter<Extract = (impl warp::Reply,), Error = Rejection> + Clone {
    let gateway = warp::any().map(move || gateway.clone());
    let key = warp::header::optional("x-api-key").and(warp::header::optional("authorization"));
    let key =
        key.map(|key: Option<String>, authorization| key.or(authorization).unwrap_or_default());
    let request = gateway.and(key).and(warp::path::tail());
    // warp sets no limit itself.
    let body = warp::body::content_length_limit(1024 * 1024).and(warp::body::bytes());
    let read = warp::get().and(request.clone()).and(warp::query()).then(read);
    warp::post().and(request).and(body).then(write).or(read)
}

async fn write(
    gateway: Gateway,
    key: String,
    path: Tail,
    body: impl AsRef<[u8]>,
) -> Result<Response, Refusal> {
    Ok(respond(gateway.post(&key, path.as_str(), body.as_ref()).await?))
}

async fn read(
    gateway: Gateway,
    key: String,
    path: Tail,
    query: Query,
) -> Result<Response, Refusal> {
    Ok(respond(gateway.get(&key, path.as_str(), &query).await?))
}

fn respond(reply: Reply) -> Response {
    match reply {
        Reply::Stream(answer) => {
            let sse = Sse::new(answer).config(config());
            with_header(sse, "x-vercel-ai-ui-message-stream", "v1").into_response()
        }
        Reply::Json(value) => json(&value).into_response(),
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    let shutdown = Shutdown::new();
    let gateway = Gateway::start(shutdown.clone(), Duration::from_secs(20));
    let drain = Drain::default().deadline(Duration::from_secs(25));
    sse_warp::serve(listener, app(gateway)).shutdown(shutdown).drain(drain).await
}
