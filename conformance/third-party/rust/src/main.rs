//! Servers that send events as each framework itself does: `third-party axum|actix-web-lab|warp|rocket PORT`.
//!
//! `/events` sends a number every 50 ms, which is also its ID, and continues after `Last-Event-ID`. `/quiet` sends
//! nothing.

use std::{
    convert::Infallible,
    time::{Duration, SystemTime},
};

use async_stream::stream;
use futures_util::{Stream, StreamExt, stream as streams};
use tokio::time::sleep;

fn main() {
    let mut args = std::env::args().skip(1);
    let name = args.next().expect("a name");
    let port = args.next().and_then(|port| port.parse().ok()).expect("a port");
    match name.as_str() {
        "axum" => runtime().block_on(axum_server(port)),
        "actix-web-lab" => actix_web::rt::System::new().block_on(actix_server(port)),
        "warp" => runtime().block_on(warp_server(port)),
        "rocket" => runtime().block_on(rocket_server(port)),
        other => panic!("no server has the name {other}"),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().expect("a runtime")
}

/// The numbers after the last one, at their times.
fn numbers(last: Option<&str>) -> impl Stream<Item = u64> + Send + Sync + use<> {
    let mut number = match last.and_then(|last| last.parse::<u64>().ok()) {
        Some(last) => last.saturating_add(1),
        None => now() / TICK + 1,
    };
    stream! {
        loop {
            sleep(Duration::from_millis(number.saturating_mul(TICK).saturating_sub(now()))).await;
            yield number;
            number += 1;
        }
    }
}

fn now() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

async fn axum_server(port: u16) {
    use axum::{
        Router,
        http::HeaderMap,
        response::sse::{Event, KeepAlive, Sse},
        routing::get,
    };

    let events = async |headers: HeaderMap| {
        let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
        let events = numbers(last).map(|number| {
            let number = number.to_string();
            Ok::<_, Infallible>(Event::default().id(&number).data(&number))
        });
        Sse::new(events).keep_alive(KeepAlive::default())
    };
    let quiet = async || {
        Sse::new(streams::pending::<Result<Event, Infallible>>()).keep_alive(KeepAlive::default())
    };
    let app = Router::new().route("/events", get(events)).route("/quiet", get(quiet));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("a port");
    axum::serve(listener, app).await.expect("a server");
}

async fn actix_server(port: u16) {
    use actix_web::{App, HttpRequest, HttpServer, web};
    use actix_web_lab::sse;

    async fn events(request: HttpRequest) -> impl actix_web::Responder {
        let last = request.headers().get("last-event-id").and_then(|id| id.to_str().ok());
        let events = numbers(last).map(|number| {
            let number = number.to_string();
            Ok::<_, Infallible>(sse::Event::Data(sse::Data::new(number.clone()).id(number)))
        });
        sse::Sse::from_stream(events).with_keep_alive(Duration::from_secs(15))
    }
    async fn quiet() -> impl actix_web::Responder {
        let nothing = streams::pending::<Result<sse::Event, Infallible>>();
        sse::Sse::from_stream(nothing).with_keep_alive(Duration::from_secs(15))
    }
    let app =
        || App::new().route("/events", web::get().to(events)).route("/quiet", web::get().to(quiet));
    let server = HttpServer::new(app).workers(1).bind(("127.0.0.1", port)).expect("a port");
    server.run().await.expect("a server");
}

async fn warp_server(port: u16) {
    use warp::{Filter, sse};

    let events = warp::path("events").and(warp::get()).and(warp::header::optional("last-event-id"));
    let events = events.map(|last: Option<String>| {
        let events = numbers(last.as_deref()).map(|number| {
            let number = number.to_string();
            Ok::<_, Infallible>(sse::Event::default().id(&number).data(&number))
        });
        sse::reply(sse::keep_alive().stream(events))
    });
    let quiet = warp::path("quiet").and(warp::get()).map(|| {
        let nothing = streams::pending::<Result<sse::Event, Infallible>>();
        sse::reply(sse::keep_alive().stream(nothing))
    });
    warp::serve(events.or(quiet)).run(([127, 0, 0, 1], port)).await;
}

async fn rocket_server(port: u16) {
    let config =
        rocket::Config { port, log_level: rocket::config::LogLevel::Off, ..Default::default() };
    let server = rocket::custom(config).mount("/", rocket::routes![rocket_events, rocket_quiet]);
    server.launch().await.expect("a server");
}

struct LastId(Option<String>);

#[rocket::async_trait]
impl<'r> rocket::request::FromRequest<'r> for LastId {
    type Error = Infallible;

    async fn from_request(
        request: &'r rocket::Request<'_>,
    ) -> rocket::request::Outcome<Self, Infallible> {
        let last = request.headers().get_one("last-event-id").map(str::to_owned);
        rocket::request::Outcome::Success(Self(last))
    }
}

#[rocket::get("/events")]
fn rocket_events(
    last: LastId,
) -> rocket::response::stream::EventStream<impl Stream<Item = rocket::response::stream::Event>> {
    let events = numbers(last.0.as_deref()).map(|number| {
        let number = number.to_string();
        rocket::response::stream::Event::data(number.clone()).id(number)
    });
    rocket::response::stream::EventStream::from(events)
}

#[rocket::get("/quiet")]
fn rocket_quiet()
-> rocket::response::stream::EventStream<impl Stream<Item = rocket::response::stream::Event>> {
    rocket::response::stream::EventStream::from(streams::pending())
}

/// Time between two numbers, in ms.
const TICK: u64 = 50;
