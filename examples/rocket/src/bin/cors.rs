//! A stream for a page of another origin, with a cookie, with Rocket.
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
//! Copy `examples/pages/cors.html` too, or put in a page of your own.

use std::time::Duration;

use async_stream::stream;
use rocket::{
    Config, Request, Response, delete,
    fairing::{AdHoc, Fairing, Info, Kind},
    futures::Stream,
    get,
    http::{Cookie, CookieJar, SameSite, Status},
    options, put,
    response::{content::RawHtml, status::Custom},
    routes,
    tokio::time::sleep,
};
use sse_rocket::{Event, LastEventId, Sse};

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("cors", move |rocket| async move {
        let routes = routes![page, events, give, take, preflight];
        rocket.mount(base, routes).attach(Cors(base))
    })
}

/// Lets the pages of one origin read what is below a path.
///
/// By hand: Rocket has no CORS of its own. The crate `rocket_cors` works with Rocket 0.5, but its
/// fairing judges all requests of a server, and refuses a page's POSTs to its own server too, while
/// its guard does not reach the answers of catchers.
struct Cors(&'static str);

#[rocket::async_trait]
impl Fairing for Cors {
    fn info(&self) -> Info {
        Info { name: "CORS", kind: Kind::Response }
    }

    /// After the routes and the catchers, so that a page can read their errors too.
    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        if !request.uri().path().as_str().starts_with(self.0) {
            return;
        }
        response.adjoin_raw_header("Vary", "Origin");
        // As `https://app.example.com`, of a stream at `https://api.example.com`.
        let allowed = format!("http://app.example.localhost:{}", request.rocket().config().port);
        // One of a list, never whatever asks: with the cookie, any site could read what is the user's.
        if request.headers().get_one("Origin") == Some(&allowed) {
            response.set_raw_header("Access-Control-Allow-Origin", allowed);
            response.set_raw_header("Access-Control-Allow-Credentials", "true");
            response.set_raw_header("Access-Control-Allow-Methods", "GET, PUT, DELETE");
            // EventSource sends it without asking; a fetch asks first, by a preflight.
            response.set_raw_header("Access-Control-Allow-Headers", "Last-Event-ID");
        }
    }
}

#[options("/<_..>")]
fn preflight() -> Status {
    Status::NoContent
}

/// Of the page's origin only in real life; here one server is both. Rocket itself says
/// `server: Rocket`.
#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/cors.html"))
}

/// Counts, from where the client left off.
///
/// CORS keeps a page from reading an answer; the request comes all the same. So what may not be seen
/// needs the cookie, and what changes something a preflight (PUT, DELETE) or a check of its own.
#[get("/events")]
fn events(
    cookies: &CookieJar,
    last: LastEventId,
) -> Result<Sse<impl Stream<Item = Event> + use<>>, Custom<&'static str>> {
    if cookies.get("pass").is_none() {
        return Err(Custom(Status::Unauthorized, "no cookie"));
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
/// app.example.com and api.example.com are one site, whose cookies may be `Lax` (add `secure(true)`,
/// on https). Between two sites it takes `SameSite=None; Secure`, and many browsers block it even so.
#[put("/cookie")]
fn give(cookies: &CookieJar) -> Status {
    cookies.add(Cookie::build(("pass", "yes")).http_only(true).same_site(SameSite::Lax));
    Status::NoContent
}

#[delete("/cookie")]
fn take(cookies: &CookieJar) -> Status {
    cookies.remove("pass");
    Status::NoContent
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    // Browsers take every name below localhost for this machine.
    println!("http://app.example.localhost:3000/");
    let rocket = rocket::custom(Config::figment().merge(("port", 3000))).attach(app("/"));
    sse_rocket::launch(rocket).await
}
