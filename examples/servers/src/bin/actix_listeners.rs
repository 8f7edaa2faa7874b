//! actix-web on two ports.

use std::{io, net::TcpListener, time::Duration};

use actix_web::{App, HttpServer, Responder, rt::time::interval, web};
use sse_actix::{Connections, Event, Serve, Sse};
use tokio_stream::{StreamExt, wrappers::IntervalStream};

async fn events() -> impl Responder {
    let ticks = IntervalStream::new(interval(Duration::from_secs(1)));
    Sse::new(ticks.map(|_| Event::data("tick")))
}

pub fn serve(public: TcpListener, internal: TcpListener) -> io::Result<Serve> {
    sse_actix::tune_listener(&public);
    let connections = Connections::default();
    let server = HttpServer::new(|| App::new().route("/events", web::get().to(events)))
        .on_connect(connections.on_connect()) // before the listeners
        .h1_allow_half_closed(false) // a client that leaves is noticed at once
        .tcp_nodelay(true) // an event leaves at once
        .disable_signals() // actix's would cut the streams
        .listen(public)?
        .listen_auto_h2c(internal)?
        .run();
    Ok(connections.serve(server))
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let public = TcpListener::bind("127.0.0.1:3000")?;
    let internal = TcpListener::bind("127.0.0.1:3001")?;
    serve(public, internal)?.await
}
