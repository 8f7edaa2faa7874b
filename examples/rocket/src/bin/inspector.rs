//! A page for the operator of a hub: its topics, connections and losses, with Rocket.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/inspector.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! getrandom = "0.4"
//! rocket = "0.5"
//! serde = { version = "1", features = ["derive"] }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub", features = ["inspector"] }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! tokio = { version = "1", features = ["rt", "time"] }
//! ```
//!
//! Put `inspector.rs` beside this file, add `mod inspector;`, and remove `guides::`. Copy
//! `examples/pages/inspector.html` too, and change its path in `include_str!`.

use guides::inspector::{Login, Site, Wanted, config};
use rocket::{
    FromForm, State,
    data::{Data, ToByteUnit},
    fairing::{AdHoc, Fairing},
    form::Form,
    get,
    http::{ContentType, Cookie, CookieJar, SameSite, Status},
    post,
    response::content::RawHtml,
    routes,
};
use sse_hub::{Snapshots, Subscription};
use sse_rocket::{Config, LastEventId, Refusal, Shutdown, Sse};

pub(crate) fn app(base: &'static str, site: Site) -> impl Fairing {
    AdHoc::on_ignite("inspector", move |rocket| async move {
        let routes = routes![page, events, log_in, inspect, snapshots, command];
        rocket.manage(site).manage(Base(base)).mount(base, routes)
    })
}

/// The path of the cookie, which would otherwise be for the whole server.
struct Base(&'static str);

#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/inspector.html"))
}

#[get("/events?<topic>&<name>")]
fn events(
    site: &State<Site>,
    topic: String,
    name: String,
    last: LastEventId,
) -> Result<Sse<Subscription>, Refusal> {
    Ok(Sse::new(site.events(Wanted { topic, name }, &last)?))
}

#[derive(FromForm)]
struct Password {
    password: String,
}

#[post("/login", data = "<form>")]
fn log_in(
    site: &State<Site>,
    base: &State<Base>,
    cookies: &CookieJar,
    form: Form<Password>,
) -> Result<Status, Refusal> {
    let login = Login { password: form.into_inner().password };
    // `Strict`: no page of another site can send it. Add `secure(true)` if you serve https.
    let cookie = Cookie::build(("operator", site.log_in(&login)?)).path(base.0);
    cookies.add(cookie.http_only(true).same_site(SameSite::Strict));
    Ok(Status::NoContent)
}

#[get("/operator")]
fn inspect(site: &State<Site>, cookies: &CookieJar) -> Result<RawHtml<&'static str>, Refusal> {
    Ok(RawHtml(site.page(operator(cookies))?))
}

#[get("/operator/events")]
fn snapshots(site: &State<Site>, cookies: &CookieJar) -> Result<Sse<Snapshots>, Refusal> {
    Ok(Sse::new(site.snapshots(operator(cookies))?).config(config()))
}

#[post("/operator", data = "<body>")]
async fn command(
    site: &State<Site>,
    cookies: &CookieJar<'_>,
    content_type: Option<&ContentType>,
    body: Data<'_>,
) -> Result<String, Refusal> {
    let body = body.open(128.kibibytes()).into_bytes().await; // Rocket's own limit is 8 KiB
    let body = body.map_err(|_| (400, "the body was cut"))?;
    let content_type = content_type.map(ToString::to_string);
    Ok(site.command(operator(cookies), content_type.as_deref(), &body).await?)
}

fn operator<'c>(cookies: &'c CookieJar) -> Option<&'c str> {
    cookies.get("operator").map(Cookie::value)
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let shutdown = Shutdown::new();
    let site = Site::start(&shutdown);
    let config = site.observe(Config::default());
    let figment = rocket::Config::figment().merge(("port", 3000));
    let rocket = rocket::custom(figment).attach(app("/", site));
    sse_rocket::launch(rocket).config(config).shutdown(shutdown).await
}
