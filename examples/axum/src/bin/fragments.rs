//! Fragments of HTML for htmx and Turbo, which update a page that has no script of its own, with
//! axum.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/fragments.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! axum = "0.8"
//! fastrand = "2"
//! html-escape = "0.3"
//! serde = { version = "1", features = ["derive"] }
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `fragments.rs` beside this file, add `mod fragments;`, and remove `guides::`. Copy
//! `examples/pages/fragments.html` and `examples/pages/vendor/` too, and change their paths in
//! `include_str!`.

use std::io;

use axum::{
    Form, Router,
    extract::{Path, State},
    http::{
        StatusCode,
        header::{CONTENT_TYPE, SERVER},
    },
    response::{Html, IntoResponse, Redirect},
    routing::{get, post},
};
use guides::fragments::{Entry, GuestBook, library};
use sse_axum::{LastEventId, Refusal, Sse};
use tokio::net::TcpListener;

pub(crate) fn app() -> Router {
    Router::new()
        .route("/", get(page))
        .route("/vendor/{name}", get(vendor))
        .route("/htmx", get(htmx))
        .route("/turbo", get(turbo))
        .route("/entries", post(write))
        .with_state(GuestBook::default())
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/fragments.html")))
}

async fn vendor(Path(name): Path<String>) -> Result<impl IntoResponse, StatusCode> {
    let script = library(&name).ok_or(StatusCode::NOT_FOUND)?;
    Ok(([(CONTENT_TYPE, "text/javascript; charset=utf-8")], script))
}

async fn htmx(
    State(book): State<GuestBook>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refusal> {
    Ok(Sse::new(book.htmx(&last)?))
}

async fn turbo(
    State(book): State<GuestBook>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refusal> {
    Ok(Sse::new(book.turbo(&last)?))
}

/// Returns to the page; htmx takes the form from it, which is empty again.
async fn write(
    State(book): State<GuestBook>,
    Form(entry): Form<Entry>,
) -> Result<Redirect, Refusal> {
    book.write(&entry.text)?;
    Ok(Redirect::to("./"))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app()).await
}
