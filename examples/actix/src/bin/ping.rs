//! A ping with the time as JSON every second, and a message now and then, with actix-web.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! async-stream = "0.3"
//! fastrand = "2"
//! jiff = "0.2"
//! serde = { version = "1", features = ["derive"] }
//! sse-actix = { path = "../sse/sse-actix" }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/ping.html` too, and change its path in `include_str!`.

use std::{io, net::TcpListener, time::Duration};

use actix_web::{
    App, HttpServer, Responder, get,
    http::header::SERVER,
    rt::time::{interval, sleep},
    web::{Html, ServiceConfig},
};
use async_stream::stream;
use jiff::Timestamp;
use serde::Serialize;
use sse_actix::{Event, Sse};
use tokio_stream::{StreamExt, wrappers::IntervalStream};

pub(crate) fn app(config: &mut ServiceConfig) {
    config.service(page).service(events);
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/ping.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

#[derive(Serialize)]
struct Ping {
    time: String,
}

/// Merges two kinds of events, each at its own pace. The page listens to those of the type `ping`, and
/// gets the messages, which have no type, by `onmessage`.
#[get("/events")]
async fn events() -> impl Responder {
    let pings = IntervalStream::new(interval(Duration::from_secs(1)))
        .map(|_| Event::json(&Ping { time: now() }).expect("a string has JSON").event("ping"));
    let messages = stream! {
        loop {
            sleep(Duration::from_millis(fastrand::u64(500..3_000))).await;
            yield Event::data(format!("This is a message at time {}", now()));
        }
    };
    Sse::new(pings.merge(messages))
}

/// Returns the time in the format of JavaScript's `toISOString()`.
fn now() -> String {
    format!("{:.3}", Timestamp::now())
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let server = HttpServer::new(|| App::new().configure(app));
    sse_actix::serve(listener, server).await
}
