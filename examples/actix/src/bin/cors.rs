//! A stream for a page of another origin, with a cookie, with actix-web.
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
//! Copy `examples/pages/cors.html` too, or put in a page of your own.

use std::{io, net::TcpListener, time::Duration};

use actix_cors::Cors;
use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, Responder, Result,
    cookie::{Cookie, SameSite},
    delete,
    error::ErrorUnauthorized,
    get,
    http::header::SERVER,
    put,
    rt::time::sleep,
    web::{Html, ServiceConfig, scope},
};
use async_stream::stream;
use sse_actix::{Event, LastEventId, Sse};

/// Lets the pages of one origin read the stream, as `https://app.example.com` of a stream at
/// `https://api.example.com`.
pub(crate) fn app(page_origin: String) -> impl Fn(&mut ServiceConfig) + Clone {
    move |config| {
        let cors = Cors::default()
            // A list, never whatever asks: with the cookie, any site could read what is the user's.
            .allowed_origin(&page_origin)
            .block_on_origin_mismatch(true)
            .supports_credentials()
            .allowed_methods(["GET", "PUT", "DELETE"])
            // EventSource sends it without asking; a fetch asks first, by a preflight.
            .allowed_header("last-event-id");
        // Around the whole of the routes, so that a page can read their errors too.
        let routes = scope("").wrap(cors).service(events).service(give).service(take);
        config.service(page).service(routes);
    }
}

/// Of the page's origin only in real life; here one server is both.
#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/cors.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

/// Counts, from where the client left off.
#[get("/events")]
async fn events(request: HttpRequest, last: LastEventId) -> Result<impl Responder> {
    if request.cookie("pass").is_none() {
        return Err(ErrorUnauthorized("no cookie"));
    }
    let first = last.parse().map_or(1, |seen: u64| seen.saturating_add(1));
    Ok(Sse::new(stream! {
        for number in first.. {
            yield Event::data(format!("event {number}")).id(number);
            sleep(Duration::from_secs(1)).await;
        }
    }))
}

/// A cookie that proves nothing; one that does is in the program `account`.
///
/// app.example.com and api.example.com are one site, whose cookies may be `Lax` (add `Secure`, on
/// https). Between two sites it takes `SameSite=None; Secure`, and many browsers block it even so.
#[put("/cookie")]
async fn give() -> impl Responder {
    let pass = Cookie::build("pass", "yes").http_only(true).same_site(SameSite::Lax);
    HttpResponse::NoContent().cookie(pass.finish()).finish()
}

#[delete("/cookie")]
async fn take() -> impl Responder {
    let mut pass = Cookie::new("pass", "");
    pass.make_removal();
    HttpResponse::NoContent().cookie(pass).finish()
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    // Browsers take every name below localhost for this machine.
    let page_origin = "http://app.example.localhost:3000".to_owned();
    println!("{page_origin}/");

    let app = app(page_origin);
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).await
}
