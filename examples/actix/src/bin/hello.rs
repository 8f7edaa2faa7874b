//! "Hello from server" every second, with actix-web.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! sse-actix = { path = "../sse/sse-actix" }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/hello.html` too, and change its path in `include_str!`.

use std::{io, net::TcpListener, time::Duration};

use actix_web::{
    App, HttpServer, Responder, get,
    http::header::SERVER,
    rt::time::interval,
    web::{Html, ServiceConfig},
};
use sse_actix::{Event, Sse};
use tokio_stream::{StreamExt, wrappers::IntervalStream};

pub(crate) fn app(config: &mut ServiceConfig) {
    config.service(page).service(hello);
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/hello.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

/// Any stream of events is a response. When the browser disconnects, the stream and its timer are
/// dropped, so nothing here has to check for that.
#[get("/event-stream")]
async fn hello() -> impl Responder {
    let seconds = IntervalStream::new(interval(Duration::from_secs(1)));
    Sse::new(seconds.map(|_| Event::data("Hello from server")))
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let server = HttpServer::new(|| App::new().configure(app));
    sse_actix::serve(listener, server).await
}
