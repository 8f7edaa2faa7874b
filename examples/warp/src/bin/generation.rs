//! A model's answer as a run: many tabs read it, resume it and stop it, with warp.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/generation.rs`.
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
//! tokio-stream = "0.1"
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Put `generation.rs` beside this file, add `mod generation;`, and remove `guides::`. Copy
//! `examples/pages/generation.html` too, and change its path in `include_str!`.

use std::{io, time::Duration};

use guides::generation::{Answers, Question, Settings};
use sse_warp::{LastEventId, Refusal, Sse, last_event_id};
use tokio::net::TcpListener;
use warp::{Filter, Rejection, Reply, http::StatusCode, reply::with_status};

pub(crate) fn app(
    answers: Answers,
) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let answers = warp::any().map(move || answers.clone());
    // warp sets no limit itself. Escaped as JSON, 2 KiB of text may be six times as long.
    let question = warp::body::content_length_limit(16 * 1024).and(warp::body::json());
    let page = warp::path::end().map(page);
    let begin = warp::path!("answers").and(answers.clone()).and(question).then(begin);
    let read = warp::path!("answers" / String).and(answers.clone()).and(warp::query());
    let read = read.and(last_event_id()).then(self::read);
    let stop = warp::path!("answers" / String / "stop").and(answers.clone()).then(stop);
    let running = warp::path!("running").and(answers).map(running);
    warp::get().and(page.or(read).or(running)).or(warp::post().and(begin.or(stop)))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/generation.html"));
    warp::reply::with_header(page, "server", "warp")
}

async fn begin(answers: Answers, question: Question) -> Result<impl Reply, Refusal> {
    Ok(with_status(answers.begin(question).await?, StatusCode::CREATED))
}

async fn read(
    id: String,
    answers: Answers,
    settings: Settings,
    last: LastEventId,
) -> Result<impl Reply, Refusal> {
    Ok(Sse::new(answers.read(&id, &last).await?).config(settings.config()))
}

async fn stop(id: String, answers: Answers) -> Result<StatusCode, Refusal> {
    answers.stop(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn running(answers: Answers) -> String {
    answers.running().to_string()
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_warp::serve(listener, app(Answers::new(Duration::from_secs(60)))).await
}
