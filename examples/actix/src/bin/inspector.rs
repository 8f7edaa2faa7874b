//! A page for the operator of a hub: its topics, connections and losses, with actix-web.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/inspector.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! getrandom = "0.4"
//! serde = { version = "1", features = ["derive"] }
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub", features = ["inspector"] }
//! tokio = { version = "1", features = ["rt", "time"] }
//! ```
//!
//! Put `inspector.rs` beside this file, add `mod inspector;`, and remove `guides::`. Copy
//! `examples/pages/inspector.html` too, and change its path in `include_str!`.

use std::{io, net::TcpListener};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, Responder,
    cookie::{Cookie, SameSite},
    get,
    http::header::{CONTENT_TYPE, SERVER},
    post,
    web::{Bytes, Data, Form, Html, Query, ServiceConfig},
};
use guides::inspector::{Login, Site, Wanted, config};
use sse_actix::{Config, LastEventId, Refusal, Shutdown, Sse};

pub(crate) fn app(site: Site) -> impl Fn(&mut ServiceConfig) + Clone {
    let site = Data::new(site);
    move |config| {
        let services = (page, events, log_in, inspect, snapshots, command);
        config.app_data(site.clone()).service(services);
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/inspector.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

#[get("/events")]
async fn events(
    site: Data<Site>,
    Query(wanted): Query<Wanted>,
    last: LastEventId,
) -> Result<impl Responder, Refusal> {
    Ok(Sse::new(site.events(wanted, &last)?))
}

#[post("/login")]
async fn log_in(site: Data<Site>, Form(login): Form<Login>) -> Result<impl Responder, Refusal> {
    // `Strict`: no page of another site can send it. Without a path, the cookie is for the folder of this
    // request's path. Add `secure(true)` if you serve https.
    let cookie = Cookie::build("operator", site.log_in(&login)?);
    let cookie = cookie.http_only(true).same_site(SameSite::Strict);
    Ok(HttpResponse::NoContent().cookie(cookie.finish()).finish())
}

#[get("/operator")]
async fn inspect(site: Data<Site>, request: HttpRequest) -> Result<impl Responder, Refusal> {
    Ok(Html::new(site.page(operator(&request).as_deref())?))
}

#[get("/operator/events")]
async fn snapshots(site: Data<Site>, request: HttpRequest) -> Result<impl Responder, Refusal> {
    Ok(Sse::new(site.snapshots(operator(&request).as_deref())?).config(config()))
}

#[post("/operator")]
async fn command(site: Data<Site>, request: HttpRequest, body: Bytes) -> Result<String, Refusal> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Ok(site.command(operator(&request).as_deref(), content_type, &body).await?)
}

fn operator(request: &HttpRequest) -> Option<String> {
    request.cookie("operator").map(|cookie| cookie.value().to_owned())
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let shutdown = Shutdown::new();
    let site = Site::start(&shutdown);
    let config = site.observe(Config::default());
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let app = app(site);
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).config(config).shutdown(shutdown).await
}
