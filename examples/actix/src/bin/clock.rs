//! The server's time every second, with actix-web.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! async-stream = "0.3"
//! jiff = "0.2"
//! sse-actix = { path = "../sse/sse-actix" }
//! ```
//!
//! Copy `examples/pages/clock.html` too, and change its path in `include_str!`.

use std::{io, net::TcpListener, time::Duration};

use actix_web::{
    App, HttpServer, Responder, get,
    http::header::SERVER,
    rt::time::interval,
    web::{Html, ServiceConfig},
};
use async_stream::stream;
use jiff::Timestamp;
use sse_actix::{Event, LastEventId, Sse};

pub(crate) fn app(config: &mut ServiceConfig) {
    config.service(page).service(events);
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/clock.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

/// A browser that reconnects sends the ID of the last event that it saw, and the count continues from it.
#[get("/events")]
async fn events(last: LastEventId) -> impl Responder {
    let seen: u32 = last.parse().unwrap_or(0);
    let mut seconds = interval(Duration::from_secs(1));
    Sse::new(stream! {
        for count in u64::from(seen) + 1.. {
            seconds.tick().await;
            yield Event::data(format!("{:.3}", Timestamp::now())).id(count);
        }
    })
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let server = HttpServer::new(|| App::new().configure(app));
    sse_actix::serve(listener, server).await
}
