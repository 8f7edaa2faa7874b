//! The events of another server, decoded and filtered, with actix-web.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/relay.rs`.
//!
//! The environment variable `UPSTREAM` sets what to relay. Without it, that is the clock of these
//! examples: start it beside this program.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-client = { path = "../sse/sse-client" } # https: see its README
//! sse-core = { path = "../sse/sse-core" }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `relay.rs` beside this file, add `mod relay;`, and remove `guides::`. Copy
//! `examples/pages/relay.html` too, and change its path in `include_str!`.

use std::{env, io, net::TcpListener};

use actix_web::{
    App, HttpServer, Responder, get,
    http::header::SERVER,
    web::{Data, Html, ServiceConfig},
};
use guides::relay::Upstream;
use sse_actix::{LastEventId, Sse};

/// Call this once, not on each of actix's threads, because they share the client.
pub(crate) fn app(upstream: Upstream) -> impl Fn(&mut ServiceConfig) + Clone {
    let upstream = Data::new(upstream);
    move |config| {
        config.app_data(upstream.clone()).service((page, events));
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/relay.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

#[get("/events")]
async fn events(upstream: Data<Upstream>, last: LastEventId) -> impl Responder {
    Sse::new(upstream.events(&last))
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let url = env::var("UPSTREAM").unwrap_or("http://127.0.0.1:3000/events".to_owned());
    let app = app(Upstream(url.clone()));
    let listener = TcpListener::bind("127.0.0.1:3001")?;
    println!("http://{}/ relays {url}", listener.local_addr()?);

    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).await
}
