//! Fragments of HTML for htmx and Turbo, which update a page that has no script of its own, with
//! Rocket.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/fragments.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! fastrand = "2"
//! html-escape = "0.3"
//! rocket = "0.5"
//! serde = { version = "1", features = ["derive"] }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! tokio = { version = "1", features = ["time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `fragments.rs` beside this file, add `mod fragments;`, and remove `guides::`. Copy
//! `examples/pages/fragments.html` and `examples/pages/vendor/` too, and change their paths in
//! `include_str!`.

use guides::fragments::{GuestBook, library};
use rocket::{
    Config, FromForm, State,
    fairing::{AdHoc, Fairing},
    form::Form,
    futures::Stream,
    get, post,
    response::{
        Redirect,
        content::{RawHtml, RawJavaScript},
    },
    routes,
};
use sse_rocket::{Frame, LastEventId, Refusal, Sse};

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("fragments", move |rocket| async move {
        let routes = routes![page, vendor, htmx, turbo, write];
        rocket.manage(GuestBook::default()).mount(base, routes)
    })
}

#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/fragments.html"))
}

#[get("/vendor/<name>")]
fn vendor(name: &str) -> Option<RawJavaScript<&'static str>> {
    library(name).map(RawJavaScript)
}

#[get("/htmx")]
fn htmx(
    book: &State<GuestBook>,
    last: LastEventId,
) -> Result<Sse<impl Stream<Item = Frame> + use<>>, Refusal> {
    Ok(Sse::new(book.htmx(&last)?))
}

#[get("/turbo")]
fn turbo(
    book: &State<GuestBook>,
    last: LastEventId,
) -> Result<Sse<impl Stream<Item = Frame> + use<>>, Refusal> {
    Ok(Sse::new(book.turbo(&last)?))
}

#[derive(FromForm)]
struct Entry {
    text: String,
}

/// Returns to the page; htmx takes the form from it, which is empty again.
#[post("/entries", data = "<entry>")]
fn write(book: &State<GuestBook>, entry: Form<Entry>) -> Result<Redirect, Refusal> {
    book.write(&entry.text)?;
    Ok(Redirect::to("./"))
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(Config::figment().merge(("port", 3000))).attach(app("/"));
    sse_rocket::launch(rocket).await
}
