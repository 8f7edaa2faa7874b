//! "Hello from server" every second, with axum.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! sse-axum = { path = "../sse/sse-axum" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/hello.html` too, and change its path in `include_str!`.

use std::{io, time::Duration};

use axum::{
    Router,
    http::header::SERVER,
    response::{Html, IntoResponse},
    routing::get,
};
use sse_axum::{Event, Sse};
use tokio::{net::TcpListener, time::interval};
use tokio_stream::{StreamExt, wrappers::IntervalStream};

pub(crate) fn app() -> Router {
    Router::new().route("/", get(page)).route("/event-stream", get(hello))
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/hello.html")))
}

/// Any stream of events is a response. When the browser disconnects, the stream and its timer are
/// dropped, so nothing here has to check for that.
async fn hello() -> impl IntoResponse {
    let seconds = IntervalStream::new(interval(Duration::from_secs(1)));
    Sse::new(seconds.map(|_| Event::data("Hello from server")))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app()).await
}
