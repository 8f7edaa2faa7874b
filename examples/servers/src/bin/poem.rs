//! poem, by the core's `http` module.

use std::{io, time::Duration};

use poem::{
    Body, EndpointExt, Request, Response, Route, Server, get, handler, listener::TcpAcceptor,
    web::Data,
};
use sse_core::{Event, LastEventId, Serve, adapter::Scope, http::Sse};
use tokio::{net::TcpListener, time::interval};
use tokio_stream::{StreamExt, wrappers::IntervalStream};

#[handler]
fn events(request: &Request, Data(scope): Data<&Scope>) -> Response {
    let last = LastEventId::from_http(request.headers(), request.uri());
    let mut number = last.parse().map_or(0, |seen: u64| seen.saturating_add(1));
    let ticks = IntervalStream::new(interval(Duration::from_secs(1))).map(move |_| {
        number += 1;
        Event::data("tick").id(number - 1)
    });
    let (head, body) = Sse::new(ticks).into_response(Some(scope)).into_parts();
    let mut response = Response::from(Body::from_bytes_stream(body));
    response.set_status(head.status);
    *response.headers_mut() = head.headers;
    response
}

pub fn serve(listener: TcpListener) -> Serve {
    sse_core::tune_listener(&listener);
    Serve::new(|server| async move {
        let app = Route::new().at("/events", get(events)).data(server.scope);
        // Without a timeout: until the drain's deadline, which `Serve` keeps.
        Server::new_with_acceptor(TcpAcceptor::from_tokio(listener)?)
            .run_with_graceful_shutdown(app, server.drained, None)
            .await
    })
}

#[tokio::main]
async fn main() -> io::Result<()> {
    serve(TcpListener::bind("127.0.0.1:3000").await?).await
}
