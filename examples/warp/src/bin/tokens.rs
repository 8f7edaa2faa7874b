//! The tokens of a language model, streamed as the answer to a POST, with warp.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/tokens.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! serde = { version = "1", features = ["derive"] }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-runs = { path = "../sse/sse-runs" }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "sync", "time"] }
//! tokio-stream = { version = "0.1", features = ["sync"] }
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Put `tokens.rs` beside this file, add `mod tokens;`, and remove `guides::`. Copy
//! `examples/pages/tokens.html` too, and change its path in `include_str!`.

use std::{io, time::Duration};

use guides::tokens::{Generations, Question, config};
use sse_warp::{Drain, Refusal, Sse};
use tokio::net::TcpListener;
use warp::{Filter, Rejection, Reply};

pub(crate) fn app() -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let generations = Generations::start();
    let generations = warp::any().map(move || generations.clone());
    // warp sets no limit itself. Escaped as JSON, 16 KiB of text may be six times as long.
    let question = warp::body::content_length_limit(128 * 1024).and(warp::body::json());
    let page = warp::path::end().map(page);
    let answer = warp::path!("answers").and(generations.clone()).and(question).then(answer);
    let running = warp::path!("running").and(generations).map(running);
    warp::get().and(page.or(running)).or(warp::post().and(answer))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/tokens.html"));
    warp::reply::with_header(page, "server", "warp")
}

/// warp drops the stream when the client disconnects.
async fn answer(generations: Generations, question: Question) -> Result<impl Reply, Refusal> {
    Ok(Sse::new(generations.answer(question).await?).config(config()))
}

fn running(generations: Generations) -> impl Reply {
    Sse::new(generations.watch())
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_warp::serve(listener, app()).drain(Drain::default().deadline(Duration::from_secs(25))).await
}
