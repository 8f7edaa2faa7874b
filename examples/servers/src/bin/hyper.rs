//! Plain hyper, with HTTP/2 in clear as well.

use std::{convert::Infallible, io, pin::pin, time::Duration};

use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use sse_core::{
    Event, Refusal, Running, Serve,
    adapter::{Cut, Scope},
    http::Sse,
};
use tokio::{
    net::TcpListener,
    time::{interval, sleep},
};
use tokio_stream::{StreamExt, wrappers::IntervalStream};

type Answer = Response<UnsyncBoxBody<Bytes, Cut>>;

async fn answer(request: Request<Incoming>, scope: Scope) -> Result<Answer, Infallible> {
    if request.uri().path() != "/events" {
        let response = Response::from(Refusal::new(404, "no such page"));
        return Ok(response.map(|text| text.map_err(|never| match never {}).boxed_unsync()));
    }
    let ticks = IntervalStream::new(interval(Duration::from_secs(1)));
    let sse = Sse::new(ticks.map(|_| Event::data("tick")));
    let sse = sse.head_only(request.method() == Method::HEAD);
    Ok(sse.into_response(Some(&scope)).map(BodyExt::boxed_unsync))
}

pub fn serve(listener: TcpListener) -> Serve {
    sse_core::tune_listener(&listener);
    Serve::new(|server| run(listener, server))
}

async fn run(listener: TcpListener, server: Running) -> io::Result<()> {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()); // a request's head has to arrive within 30 s
    let connections = GracefulShutdown::new();
    let mut drained = pin!(server.drained);
    loop {
        let socket = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => socket,
                Err(_) => {
                    sleep(Duration::from_millis(100)).await; // too many open files
                    continue;
                }
            },
            () = &mut drained => break,
        };
        let scope = server.scope.clone();
        let service = service_fn(move |request| answer(request, scope.clone()));
        let connection = http.serve_connection(TokioIo::new(socket), service).into_owned();
        tokio::spawn(connections.watch(connection));
    }
    drop(listener);
    connections.shutdown().await;
    Ok(())
}

#[tokio::main]
async fn main() -> io::Result<()> {
    serve(TcpListener::bind("127.0.0.1:3000").await?).await
}
