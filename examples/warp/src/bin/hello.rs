//! "Hello from server" every second, with warp.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! tokio-stream = "0.1"
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Copy `examples/pages/hello.html` too, and change its path in `include_str!`.

use std::{io, time::Duration};

use sse_warp::{Event, Sse};
use tokio::{net::TcpListener, time::interval};
use tokio_stream::{StreamExt, wrappers::IntervalStream};
use warp::{Filter, Rejection, Reply};

pub(crate) fn app() -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let page = warp::path::end().map(page);
    let hello = warp::path!("event-stream").map(hello);
    warp::get().and(page.or(hello))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/hello.html"));
    warp::reply::with_header(page, "server", "warp")
}

/// Any stream of events is a response. When the browser disconnects, the stream and its timer are
/// dropped, so nothing here has to check for that.
fn hello() -> impl Reply {
    let seconds = IntervalStream::new(interval(Duration::from_secs(1)));
    Sse::new(seconds.map(|_| Event::data("Hello from server")))
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_warp::serve(listener, app()).await
}
