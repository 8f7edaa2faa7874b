//! Fragments of HTML for htmx and Turbo, which update a page that has no script of its own, with
//! actix-web.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/fragments.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! async-stream = "0.3"
//! fastrand = "2"
//! html-escape = "0.3"
//! serde = { version = "1", features = ["derive"] }
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio = { version = "1", features = ["time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `fragments.rs` beside this file, add `mod fragments;`, and remove `guides::`. Copy
//! `examples/pages/fragments.html` and `examples/pages/vendor/` too, and change their paths in
//! `include_str!`.

use std::{io, net::TcpListener};

use actix_web::{
    App, HttpResponse, HttpServer, Responder, get,
    http::header::SERVER,
    post,
    web::{Data, Form, Html, Path, Redirect, ServiceConfig},
};
use guides::fragments::{Entry, GuestBook, library};
use sse_actix::{LastEventId, Refusal, Sse};

/// Call this once, not on each of actix's threads, because they share the guest book.
pub(crate) fn app() -> impl Fn(&mut ServiceConfig) + Clone {
    let book = Data::new(GuestBook::default());
    move |config| {
        config.app_data(book.clone()).service((page, vendor, htmx, turbo, write));
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/fragments.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

#[get("/vendor/{name}")]
async fn vendor(name: Path<String>) -> Option<impl Responder> {
    let script = library(&name)?;
    Some(HttpResponse::Ok().content_type("text/javascript; charset=utf-8").body(script))
}

#[get("/htmx")]
async fn htmx(book: Data<GuestBook>, last: LastEventId) -> Result<impl Responder, Refusal> {
    Ok(Sse::new(book.htmx(&last)?))
}

#[get("/turbo")]
async fn turbo(book: Data<GuestBook>, last: LastEventId) -> Result<impl Responder, Refusal> {
    Ok(Sse::new(book.turbo(&last)?))
}

/// Returns to the page; htmx takes the form from it, which is empty again.
#[post("/entries")]
async fn write(book: Data<GuestBook>, entry: Form<Entry>) -> Result<impl Responder, Refusal> {
    book.write(&entry.text)?;
    Ok(Redirect::to("./").see_other())
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let app = app();
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).await
}
