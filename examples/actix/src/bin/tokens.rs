//! The tokens of a language model, streamed as the answer to a POST, with actix-web.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/tokens.rs`.
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
//! tokio-stream = { version = "0.1", features = ["sync"] }
//! ```
//!
//! Put `tokens.rs` beside this file, add `mod tokens;`, and remove `guides::`. Copy
//! `examples/pages/tokens.html` too, and change its path in `include_str!`.

use std::{io, net::TcpListener, time::Duration};

use actix_web::{
    App, HttpServer, Responder, get,
    http::header::SERVER,
    post,
    web::{Data, Html, Json, ServiceConfig},
};
use guides::tokens::{Generations, Question, config};
use sse_actix::{Drain, Refusal, Sse};

/// Call this once, not on each of actix's threads, because they share the count.
pub(crate) fn app() -> impl Fn(&mut ServiceConfig) + Clone {
    let generations = Data::new(Generations::start());
    move |config| {
        config.app_data(generations.clone()).service((page, answer, running));
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/tokens.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

/// `sse_actix::serve` sets `h1_allow_half_closed(false)`, so actix drops the stream as soon as the client
/// disconnects. Otherwise it would do so after two more tokens.
#[post("/answers")]
async fn answer(
    generations: Data<Generations>,
    Json(question): Json<Question>,
) -> Result<impl Responder, Refusal> {
    Ok(Sse::new(generations.answer(question).await?).config(config()))
}

#[get("/running")]
async fn running(generations: Data<Generations>) -> impl Responder {
    Sse::new(generations.watch())
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let app = app();
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server)
        .drain(Drain::default().deadline(Duration::from_secs(25)))
        .await
}
