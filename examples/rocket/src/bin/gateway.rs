//! A gateway to a language model for the clients of OpenAI, Anthropic and Vercel, with Rocket.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/gateway.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! rocket = { version = "0.5", features = ["json"] }
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! sse-runs = { path = "../sse/sse-runs" }
//! tokio = { version = "1", features = ["rt", "sync", "time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `gateway.rs` and its folder `gateway` beside this file, add `mod gateway;`, and remove `guides::`.

use std::{convert::Infallible, path::PathBuf, time::Duration};

use guides::gateway::{Answer, Gateway, Query, Reply, config};
use rocket::{
    Config, Data, Request, Responder, State,
    data::ToByteUnit,
    fairing::{AdHoc, Fairing},
    get,
    http::Header,
    post,
    request::{FromRequest, Outcome},
    routes,
    serde::json::{Json, Value},
};
use sse_rocket::{Drain, KeepAlive, Refusal, Shutdown, Sse};

pub(crate) fn app(base: &'static str, gateway: Gateway) -> impl Fairing {
    AdHoc::on_ignite("gateway", move |rocket| async move {
        rocket.manage(gateway).mount(base, routes![read, write])
    })
}

#[post("/<path..>", data = "<body>")]
async fn write(
    gateway: &State<Gateway>,
    key: Key<'_>,
    path: PathBuf,
    body: Data<'_>,
) -> Result<Answered, Refusal> {
    let body = body.open(1.mebibytes()).into_bytes().await;
    let body = body.map_err(|error| (400, error.to_string()))?;
    Ok(respond(gateway.post(key.0, &path.to_string_lossy(), &body).await?))
}

#[get("/<path..>?<stream>&<starting_after>")]
async fn read(
    gateway: &State<Gateway>,
    key: Key<'_>,
    path: PathBuf,
    stream: Option<bool>,
    starting_after: Option<u64>,
) -> Result<Answered, Refusal> {
    let query = Query { stream: stream == Some(true), starting_after };
    Ok(respond(gateway.get(key.0, &path.to_string_lossy(), &query).await?))
}

struct Key<'r>(&'r str);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Key<'r> {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Infallible> {
        let headers = request.headers();
        let key = headers.get_one("x-api-key").or_else(|| headers.get_one("authorization"));
        Outcome::Success(Key(key.unwrap_or_default()))
    }
}

#[derive(Responder)]
enum Answered {
    Stream(Box<Sse<Answer>>, Header<'static>),
    Json(Json<Value>),
}

/// Rocket notices that a client has disconnected at its next write, so a comment is sent after each second
/// of silence.
fn respond(reply: Reply) -> Answered {
    match reply {
        Reply::Stream(answer) => {
            let config = config().keep_alive(KeepAlive::every(Duration::from_secs(1)));
            let header = Header::new("x-vercel-ai-ui-message-stream", "v1");
            Answered::Stream(Box::new(Sse::new(answer).config(config)), header)
        }
        Reply::Json(value) => Answered::Json(Json(value)),
    }
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let shutdown = Shutdown::new();
    let app = app("/", Gateway::start(shutdown.clone(), Duration::from_secs(20)));
    let rocket = rocket::custom(Config::figment().merge(("port", 3000))).attach(app);
    let drain = Drain::default().deadline(Duration::from_secs(25));
    sse_rocket::launch(rocket).shutdown(shutdown).drain(drain).await
}
