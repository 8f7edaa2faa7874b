//! axum on a TCP port and on a Unix socket: two servers that stop together.

use std::{
    future::{Future, IntoFuture},
    io,
    time::Duration,
};

use axum::{Router, response::IntoResponse, routing::get};
use sse_axum::{Event, Shutdown, Sse};
use tokio::{
    net::{TcpListener, UnixListener},
    time::interval,
};
use tokio_stream::{StreamExt, wrappers::IntervalStream};

async fn events() -> impl IntoResponse {
    let ticks = IntervalStream::new(interval(Duration::from_secs(1)));
    Sse::new(ticks.map(|_| Event::data("tick")))
}

pub async fn serve(
    port: TcpListener,
    socket: UnixListener,
    until: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let app = Router::new().route("/events", get(events));
    // The drain of one server is the other's as well.
    let shutdown = Shutdown::new();
    let on_port = sse_axum::serve(port, app.clone()).shutdown(shutdown.clone()).until(until);
    let on_socket = sse_axum::serve(socket, app).shutdown(shutdown);
    tokio::try_join!(on_port.into_future(), on_socket.into_future())?;
    Ok(())
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let port = TcpListener::bind("127.0.0.1:3000").await?;
    let socket = UnixListener::bind("events.socket")?;
    serve(port, socket, sse_axum::termination()).await
}
