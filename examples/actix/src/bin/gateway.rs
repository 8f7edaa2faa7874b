//! A gateway to a language model for the clients of OpenAI, Anthropic and Vercel, with actix-web.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/gateway.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! async-stream = "0.3"
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-runs = { path = "../sse/sse-runs" }
//! tokio = { version = "1", features = ["rt", "sync", "time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `gateway.rs` and its folder `gateway` beside this file, add `mod gateway;`, and remove `guides::`.

use std::{io, net::TcpListener, time::Duration};

use actix_web::{
    App, Either, HttpRequest, HttpServer, Responder, get, post,
    web::{Bytes, Data, Json, Path, Query, ServiceConfig},
};
use guides::gateway::{self, Gateway, Reply, config};
use sse_actix::{Drain, Refusal, Shutdown, Sse};

/// Call this once, not on each of actix's threads, because they share the gateway.
pub(crate) fn app(gateway: Gateway) -> impl Fn(&mut ServiceConfig) + Clone {
    let gateway = Data::new(gateway);
    move |config| {
        config.app_data(gateway.clone()).service((read, write));
    }
}

#[post("/{path:.*}")]
async fn write(
    gateway: Data<Gateway>,
    path: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> Result<impl Responder, Refusal> {
    Ok(respond(gateway.post(key(&request), &path, &body).await?))
}

#[get("/{path:.*}")]
async fn read(
    gateway: Data<Gateway>,
    path: Path<String>,
    query: Query<gateway::Query>,
    request: HttpRequest,
) -> Result<impl Responder, Refusal> {
    Ok(respond(gateway.get(key(&request), &path, &query).await?))
}

fn key(request: &HttpRequest) -> &str {
    let key = request.headers().get("x-api-key");
    let key = key.or_else(|| request.headers().get("authorization"));
    key.and_then(|key| key.to_str().ok()).unwrap_or_default()
}

fn respond(reply: Reply) -> Either<impl Responder, impl Responder> {
    match reply {
        Reply::Stream(answer) => {
            let sse = Sse::new(answer).config(config()).customize();
            Either::Left(sse.insert_header(("x-vercel-ai-ui-message-stream", "v1")))
        }
        Reply::Json(value) => Either::Right(Json(value)),
    }
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let shutdown = Shutdown::new();
    let app = app(Gateway::start(shutdown.clone(), Duration::from_secs(20)));
    let server = HttpServer::new(move || App::new().configure(&app));
    let drain = Drain::default().deadline(Duration::from_secs(25));
    sse_actix::serve(listener, server).shutdown(shutdown).drain(drain).await
}
