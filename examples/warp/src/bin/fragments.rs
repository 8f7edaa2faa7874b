//! Fragments of HTML for htmx and Turbo, which update a page that has no script of its own, with
//! warp.
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
//! serde = { version = "1", features = ["derive"] }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! tokio-stream = "0.1"
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Put `fragments.rs` beside this file, add `mod fragments;`, and remove `guides::`. Copy
//! `examples/pages/fragments.html` and `examples/pages/vendor/` too, and change their paths in
//! `include_str!`.

use std::io;

use guides::fragments::{Entry, GuestBook, library};
use sse_warp::{LastEventId, Refusal, Sse, last_event_id};
use tokio::net::TcpListener;
use warp::{Filter, Rejection, Reply, http::StatusCode, reply::with_header};

pub(crate) fn app() -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let book = GuestBook::default();
    let book = warp::any().map(move || book.clone());
    // warp sets no limit itself. In a form, a character may take twelve bytes.
    let entry = warp::body::content_length_limit(4 * 1024).and(warp::body::form());
    let page = warp::path::end().map(page);
    let vendor = warp::path!("vendor" / String).map(vendor);
    let htmx = warp::path!("htmx").and(book.clone()).and(last_event_id()).map(htmx);
    let turbo = warp::path!("turbo").and(book.clone()).and(last_event_id()).map(turbo);
    let write = warp::path!("entries").and(book).and(entry).map(write);
    warp::get().and(page.or(vendor).or(htmx).or(turbo)).or(warp::post().and(write))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/fragments.html"));
    warp::reply::with_header(page, "server", "warp")
}

fn vendor(name: String) -> Result<impl Reply, StatusCode> {
    let script = library(&name).ok_or(StatusCode::NOT_FOUND)?;
    Ok(with_header(script, "content-type", "text/javascript; charset=utf-8"))
}

fn htmx(book: GuestBook, last: LastEventId) -> Result<impl Reply, Refusal> {
    Ok(Sse::new(book.htmx(&last)?))
}

fn turbo(book: GuestBook, last: LastEventId) -> Result<impl Reply, Refusal> {
    Ok(Sse::new(book.turbo(&last)?))
}

/// Returns to the page; htmx takes the form from it, which is empty again.
fn write(book: GuestBook, entry: Entry) -> Result<impl Reply, Refusal> {
    book.write(&entry.text)?;
    // warp's own redirects accept no relative path.
    Ok(with_header(StatusCode::SEE_OTHER, "location", "./"))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_warp::serve(listener, app()).await
}
