//! A browser that reconnects resumes; a `gap` event reports what was evicted; 204 stops it, with
//! actix-web.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! serde = { version = "1", features = ["derive"] }
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-hub = { path = "../sse/sse-hub" }
//! ```
//!
//! Copy `examples/pages/resume.html` too, and change its path in `include_str!`.

use std::{io, net::TcpListener, time::Duration};

use actix_web::{
    App, HttpServer, Responder, get,
    http::header::SERVER,
    rt::{spawn, time::sleep},
    web::{Data, Html, Query, ServiceConfig},
};
use serde::Deserialize;
use sse_actix::{Config, Event, LastEventId, NoContent, Refusal, Sse};
use sse_hub::{Hub, Retention};

/// Call this once, not on each of actix's threads, because they share the hub.
pub(crate) fn app() -> impl Fn(&mut ServiceConfig) + Clone {
    // It retains 50 numbers: those of five seconds.
    let hub = Hub::builder().retention(Retention::default().events(50)).build();
    spawn(count(hub.clone()));
    let hub = Data::new(hub);
    move |config| {
        config.app_data(hub.clone()).service((page, events));
    }
}

async fn count(hub: Hub) {
    for number in 1_u64.. {
        let event = Event::data(number.to_string());
        hub.publish_now("numbers", event).expect("a short event; the hub is not drained");
        sleep(Duration::from_millis(100)).await;
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/resume.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

#[derive(Deserialize)]
struct Visit {
    away: u64,  // the reconnection time in ms
    last: bool, // whether the browser should stop after this connection
}

/// Sends the numbers after the last one that the browser has seen. Each connection is cut after a second
/// and a half, and the browser reconnects until it gets 204.
#[get("/events")]
async fn events(
    hub: Data<Hub>,
    visit: Query<Visit>,
    last: LastEventId,
) -> Result<impl Responder, Refusal> {
    if visit.last && last.as_str().is_some() {
        Err(NoContent)?;
    }
    let config = Config::default()
        .max_age(Duration::from_millis(1500))
        .retry(Duration::from_millis(visit.away));
    Ok(Sse::new(hub.subscribe("numbers")?.resume(last)).config(config))
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let app = app();
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).await
}
