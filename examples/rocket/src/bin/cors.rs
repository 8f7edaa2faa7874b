//! A stream for pages of another origin, which send a cookie, with Rocket.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! rocket = "0.5"
//! sse-rocket = { path = "../sse/sse-rocket" }
//! ```
//!
//! Copy `examples/pages/cors.html` too, and change its path in `include_str!`.

use std::time::Duration;

use async_stream::stream;
use rocket::{
    Config, Request, Response,
    fairing::{AdHoc, Fairing},
    futures::Stream,
    get,
    http::CookieJar,
    options,
    response::content::RawHtml,
    routes,
    tokio::time::sleep,
};
use sse_rocket::{Event, LastEventId, Refusal, Sse};

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("cors", move |rocket| async move {
        let cors = AdHoc::on_response("CORS", move |request, response| {
            Box::pin(async move { allow(base, request, response) })
        });
        rocket.mount(base, routes![page, events, preflight]).attach(cors)
    })
}

/// Allows the pages of one origin to read what is below a path, errors included. Rocket has no CORS of
/// its own, and the fairing of the crate `rocket_cors` is for all routes of a server.
fn allow(base: &str, request: &Request, response: &mut Response) {
    let origin = format!("http://app.example.localhost:{}", request.rocket().config().port);
    response.adjoin_raw_header("Vary", "Origin");
    // A list instead of any origin: with the cookie, every site could read the user's events.
    let allowed = request.headers().get_one("Origin") == Some(&origin);
    if allowed && request.uri().path().starts_with(base) {
        response.set_raw_header("Access-Control-Allow-Origin", origin);
        response.set_raw_header("Access-Control-Allow-Credentials", "true");
        response.set_raw_header("Access-Control-Allow-Headers", "Last-Event-ID");
    }
}

#[options("/events")]
fn preflight() {} // the browser asks before a fetch sends Last-Event-ID

#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/cors.html"))
}

/// Counts from where the client left off. CORS only keeps pages from reading the response, so a private
/// stream also has to check the cookie. Here the page sets it; usually a login does (see `account`).
#[get("/events")]
fn events(
    cookies: &CookieJar,
    last: LastEventId,
) -> Result<Sse<impl Stream<Item = Event> + use<>>, Refusal> {
    cookies.get("pass").ok_or((401, "no cookie"))?;
    let first = last.parse().map_or(1, |seen: u64| seen.saturating_add(1));
    Ok(Sse::new(stream! {
        for number in first.. {
            yield Event::data(format!("event {number}")).id(number);
            sleep(Duration::from_secs(1)).await;
        }
    }))
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    println!("http://app.example.localhost:3000/"); // a name below localhost is this machine
    let rocket = rocket::custom(Config::figment().merge(("port", 3000))).attach(app("/"));
    sse_rocket::launch(rocket).await
}
