//! Made-up share prices, with one topic of a hub for each symbol, with actix-web.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/ticker.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! fastrand = "2"
//! serde = { version = "1", features = ["derive"] }
//! serde_json = "1"
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio = { version = "1", features = ["rt", "time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `ticker.rs` beside this file, add `mod ticker;`, and remove `guides::`. Copy
//! `examples/pages/ticker.html` and `browser/event-stream.js` too, and change their paths in
//! `include_str!`.

use std::{io, net::TcpListener};

use actix_web::{
    App, HttpServer, Responder, get,
    http::header::{CONTENT_TYPE, SERVER},
    web::{Data, Html, Query, ServiceConfig},
};
use guides::ticker::{Ticker, Wanted};
use sse_actix::{LastEventId, Refusal, Sse};

/// Call this once, not on each of actix's threads, because they share the market.
pub(crate) fn app() -> impl Fn(&mut ServiceConfig) + Clone {
    let ticker = Data::new(Ticker::open());
    move |config| {
        config.app_data(ticker.clone()).service((page, script, events));
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/ticker.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

#[get("/event-stream.js")]
async fn script() -> impl Responder {
    include_str!("../../../../browser/event-stream.js")
        .customize()
        .insert_header((CONTENT_TYPE, "text/javascript"))
}

#[get("/events")]
async fn events(
    ticker: Data<Ticker>,
    wanted: Query<Wanted>,
    last: LastEventId,
) -> Result<impl Responder, Refusal> {
    Ok(Sse::new(ticker.watch(&wanted, &last)?).config(wanted.config()))
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let app = app();
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).await
}
