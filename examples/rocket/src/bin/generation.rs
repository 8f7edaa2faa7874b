//! A model's answer as a run: many tabs read it, resume it and stop it, with Rocket.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/generation.rs`.
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
//! tokio-stream = "0.1"
//! ```
//!
//! Put `generation.rs` beside this file, add `mod generation;`, and remove `guides::`. Copy
//! `examples/pages/generation.html` too, and change its path in `include_str!`.

use std::time::Duration;

use guides::generation::{Answers, Question, Settings};
use rocket::{
    Config, State,
    fairing::{AdHoc, Fairing},
    futures::Stream,
    get,
    http::Status,
    post,
    response::{content::RawHtml, status::Custom},
    routes,
    serde::json::{self, Json},
};
use sse_rocket::{Event, LastEventId, Refusal, Sse};
use sse_runs::RunError;

pub(crate) fn app(base: &'static str, answers: Answers) -> impl Fairing {
    AdHoc::on_ignite("generation", move |rocket| async move {
        rocket.manage(answers).mount(base, routes![page, begin, read, stop, running])
    })
}

#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/generation.html"))
}

#[post("/answers", data = "<question>")]
async fn begin(
    answers: &State<Answers>,
    question: Result<Json<Question>, json::Error<'_>>,
) -> Result<Custom<String>, Refusal> {
    // Refuses in plain text, where Rocket itself would answer with a page.
    let question = question.map_err(|error| (400, error.to_string()))?;
    Ok(Custom(Status::Created, answers.begin(question.into_inner()).await?))
}

#[get("/answers/<id>?<cut>")]
async fn read(
    answers: &State<Answers>,
    id: &str,
    cut: bool,
    last: LastEventId,
) -> Result<Sse<impl Stream<Item = Result<Event, RunError>> + use<>>, Refusal> {
    Ok(Sse::new(answers.read(id, &last).await?).config(Settings { cut }.config()))
}

#[post("/answers/<id>/stop")]
async fn stop(answers: &State<Answers>, id: &str) -> Result<Status, Refusal> {
    answers.stop(id).await?;
    Ok(Status::NoContent)
}

#[get("/running")]
fn running(answers: &State<Answers>) -> String {
    answers.running().to_string()
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let app = app("/", Answers::new(Duration::from_secs(60)));
    let rocket = rocket::custom(Config::figment().merge(("port", 3000))).attach(app);
    sse_rocket::launch(rocket).await
}
