//! The tokens of a language model, streamed as the answer to a POST, with Rocket.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/tokens.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! rocket = { version = "0.5", features = ["json"] }
//! serde = { version = "1", features = ["derive"] }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! sse-runs = { path = "../sse/sse-runs" }
//! tokio = { version = "1", features = ["rt", "sync", "time"] }
//! tokio-stream = { version = "0.1", features = ["sync"] }
//! ```
//!
//! Put `tokens.rs` beside this file, add `mod tokens;`, and remove `guides::`. Copy
//! `examples/pages/tokens.html` too, and change its path in `include_str!`.

use std::{io, time::Duration};

use guides::tokens::{Generations, Question, config};
use rocket::{
    Config, State,
    fairing::{AdHoc, Fairing},
    futures::Stream,
    get, post,
    response::content::RawHtml,
    routes,
    serde::json::{self, Json},
};
use sse_rocket::{Drain, Event, KeepAlive, Refusal, Sse};
use sse_runs::RunError;

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("tokens", move |rocket| async move {
        rocket.manage(Generations::start()).mount(base, routes![page, answer, running])
    })
}

#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/tokens.html"))
}

/// Rocket drops the stream when it notices that the client has disconnected, which it does at its next
/// write. With a comment after each second of silence, it notices while the model thinks.
#[post("/answers", data = "<question>")]
async fn answer(
    generations: &State<Generations>,
    question: Result<Json<Question>, json::Error<'_>>,
) -> Result<Sse<impl Stream<Item = Result<Event, RunError>> + use<>>, Refusal> {
    let question = question.map_err(unreadable)?.into_inner();
    let config = config().keep_alive(KeepAlive::every(Duration::from_secs(1)));
    Ok(Sse::new(generations.answer(question).await?).config(config))
}

/// Refuses in plain text, where Rocket itself would answer with a page.
fn unreadable(error: json::Error<'_>) -> (u16, String) {
    let too_long =
        matches!(&error, json::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof);
    (if too_long { 413 } else { 400 }, error.to_string())
}

#[get("/running")]
fn running(generations: &State<Generations>) -> Sse<impl Stream<Item = Event> + use<>> {
    Sse::new(generations.watch())
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(Config::figment().merge(("port", 3000))).attach(app("/"));
    sse_rocket::launch(rocket).drain(Drain::default().deadline(Duration::from_secs(25))).await
}
