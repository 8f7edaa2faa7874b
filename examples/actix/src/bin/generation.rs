//! A model's answer as a run: many tabs read it, resume it and stop it, with actix-web.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/generation.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! async-stream = "0.3"
//! serde = { version = "1", features = ["derive"] }
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-runs = { path = "../sse/sse-runs" }
//! tokio = { version = "1", features = ["rt", "sync", "time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `generation.rs` beside this file, add `mod generation;`, and remove `guides::`. Copy
//! `examples/pages/generation.html` too, and change its path in `include_str!`.

use std::{io, net::TcpListener, time::Duration};

use actix_web::{
    App, HttpResponse, HttpServer, Responder, get,
    http::header::SERVER,
    post,
    web::{Data, Html, Json, Path, Query, ServiceConfig},
};
use guides::generation::{Answers, Question, Settings};
use sse_actix::{LastEventId, Refusal, Sse};

/// Call this once, not on each of actix's threads, because they share the answers.
pub(crate) fn app(answers: Answers) -> impl Fn(&mut ServiceConfig) + Clone {
    let answers = Data::new(answers);
    move |config| {
        config.app_data(answers.clone()).service((page, begin, read, stop, running));
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/generation.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

#[post("/answers")]
async fn begin(
    answers: Data<Answers>,
    Json(question): Json<Question>,
) -> Result<impl Responder, Refusal> {
    Ok(HttpResponse::Created().body(answers.begin(question).await?))
}

#[get("/answers/{id}")]
async fn read(
    answers: Data<Answers>,
    id: Path<String>,
    settings: Query<Settings>,
    last: LastEventId,
) -> Result<impl Responder, Refusal> {
    Ok(Sse::new(answers.read(&id, &last).await?).config(settings.config()))
}

#[post("/answers/{id}/stop")]
async fn stop(answers: Data<Answers>, id: Path<String>) -> Result<impl Responder, Refusal> {
    answers.stop(&id).await?;
    Ok(HttpResponse::NoContent())
}

#[get("/running")]
async fn running(answers: Data<Answers>) -> impl Responder {
    answers.running().to_string()
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let app = app(Answers::new(Duration::from_secs(60)));
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).await
}
