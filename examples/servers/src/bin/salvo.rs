//! salvo, by the core's `http` module.

use std::{io, time::Duration};

use salvo::{
    Depot, Request, Response, Router, Server, affix_state, conn::tcp::TcpAcceptor, handler,
    http::ResBody,
};
use sse_core::{Event, LastEventId, Serve, adapter::Scope, http::Sse};
use tokio::{net::TcpListener, time::interval};
use tokio_stream::{StreamExt, wrappers::IntervalStream};

#[handler]
async fn events(request: &mut Request, depot: &mut Depot, response: &mut Response) {
    let last = LastEventId::from_http(request.headers(), request.uri());
    let mut number = last.parse().map_or(0, |seen: u64| seen.saturating_add(1));
    let ticks = IntervalStream::new(interval(Duration::from_secs(1))).map(move |_| {
        number += 1;
        Event::data("tick").id(number - 1)
    });
    let (head, body) = Sse::new(ticks).into_response(depot.get_typed::<Scope>().ok()).into_parts();
    response.status_code(head.status);
    response.set_headers(head.headers);
    response.body(ResBody::stream(body));
}

pub fn serve(listener: TcpListener) -> Serve {
    sse_core::tune_listener(&listener);
    Serve::new(|server| async move {
        let router = Router::with_hoop(affix_state::inject(server.scope))
            .push(Router::with_path("events").get(events));
        let salvo = Server::new(TcpAcceptor::try_from(listener)?);
        let handle = salvo.handle();
        tokio::spawn(async move {
            server.drained.await;
            handle.stop_graceful(None); // until the drain's deadline, which `Serve` keeps
        });
        salvo.try_serve(router).await
    })
}

#[tokio::main]
async fn main() -> io::Result<()> {
    serve(TcpListener::bind("127.0.0.1:3000").await?).await
}
