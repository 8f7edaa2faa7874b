//! A stream for pages of another origin, which send a cookie, with actix-web.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-cors = "0.7"
//! actix-web = "4"
//! async-stream = "0.3"
//! sse-actix = { path = "../sse/sse-actix" }
//! ```
//!
//! Copy `examples/pages/cors.html` too, and change its path in `include_str!`.

use std::{io, net::TcpListener, time::Duration};

use actix_cors::Cors;
use actix_web::{
    App, HttpRequest, HttpServer, Responder, get,
    http::header::SERVER,
    rt::time::sleep,
    web::{Html, ServiceConfig, scope},
};
use async_stream::stream;
use sse_actix::{Event, LastEventId, Refusal, Sse};

/// Allows the pages of one origin, such as `https://app.example.com`, to read a stream of another, such
/// as `https://api.example.com`.
pub(crate) fn app(page_origin: String) -> impl Fn(&mut ServiceConfig) + Clone {
    move |config| {
        let cors = Cors::default()
            // A list instead of any origin: with the cookie, every site could read the user's events.
            .allowed_origin(&page_origin)
            .block_on_origin_mismatch(true)
            .supports_credentials()
            .allowed_methods(["GET"])
            // EventSource just sends it. Before a fetch sends it, the browser asks with a preflight.
            .allowed_header("last-event-id");
        // It wraps the route, so a page can read errors as well.
        config.service(page).service(scope("").wrap(cors).service(events));
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/cors.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

/// Counts from where the client left off. CORS only keeps pages from reading the response, so a private
/// stream also has to check the cookie. Here the page sets it; usually a login does (see `account`).
#[get("/events")]
async fn events(request: HttpRequest, last: LastEventId) -> Result<impl Responder, Refusal> {
    request.cookie("pass").ok_or((401, "no cookie"))?;
    let first = last.parse().map_or(1, |seen: u64| seen.saturating_add(1));
    Ok(Sse::new(stream! {
        for number in first.. {
            yield Event::data(format!("event {number}")).id(number);
            sleep(Duration::from_secs(1)).await;
        }
    }))
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    // Browsers resolve every name below localhost to this machine.
    let page_origin = "http://app.example.localhost:3000".to_owned();
    println!("{page_origin}/");

    let app = app(page_origin);
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).await
}
