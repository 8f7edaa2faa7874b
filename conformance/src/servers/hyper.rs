//! Plain hyper, by the core's [`Serve::new`] and [`sse_core::http`].
//!
//! It serves what the suite asks for, and not the routes of the programs `attack` and `clients`.

use std::{convert::Infallible, io, pin::pin, time::Duration};

use ::hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
    header::{CACHE_CONTROL, HeaderValue},
    service::service_fn,
};
use futures_util::Stream;
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use sse_core::{
    Config, LastEventId, NoContent, Refusal, Running, Serve,
    adapter::{BodyItem, Cut, Scope},
    http::Sse,
};
use tokio::{net::TcpListener, time::sleep};

use super::{CUSTOM, runtime};
use crate::{Lab, Started, Stop, scenario};

/// Runs the server until it has stopped.
///
/// # Errors
/// The system's, as text.
pub fn serve(lab: Lab, started: Started, stop: Stop) -> Result<(), String> {
    let runtime = runtime(&lab).map_err(|error| error.to_string())?;
    let served = runtime.block_on(async {
        let listener = sse_core::listen(("127.0.0.1", lab.port())).await?;
        started(listener.local_addr()?);
        sse_core::tune_listener(&listener);
        let routed = lab.clone();
        let serve = Serve::new(move |running| run(listener, routed, running))
            .config(lab.config())
            .shutdown(lab.shutdown().clone())
            .drain(lab.drain());
        match stop.message() {
            Some(message) => serve.until(message).await,
            None => serve.await,
        }
    });
    served.map_err(|error: io::Error| error.to_string())
}

async fn run(listener: TcpListener, lab: Lab, running: Running) -> io::Result<()> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    // With a timer, a request's head has to arrive within 30 s.
    server.http1().timer(TokioTimer::new());
    let connections = GracefulShutdown::new();
    let mut drained = pin!(running.drained);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut drained => break,
        };
        let Ok((socket, _)) = accepted else {
            // There are too many open files, or this connection has gone already.
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (lab, scope) = (lab.clone(), running.scope.clone());
        let service = service_fn(move |request| answer(request, lab.clone(), scope.clone()));
        let connection = server.serve_connection(TokioIo::new(socket), service).into_owned();
        tokio::spawn(connections.watch(connection));
    }
    drop(listener);
    connections.shutdown().await;
    Ok(())
}

type Answer = Response<UnsyncBoxBody<Bytes, Cut>>;

async fn answer(request: Request<Incoming>, lab: Lab, scope: Scope) -> Result<Answer, Infallible> {
    let answer = route(&request, &lab, &scope);
    Ok(answer.unwrap_or_else(|refusal| {
        Response::from(refusal).map(|text| text.map_err(|never| match never {}).boxed_unsync())
    }))
}

fn route(request: &Request<Incoming>, lab: &Lab, scope: &Scope) -> Result<Answer, Refusal> {
    let last = LastEventId::from(request);
    let path = request.uri().path();
    let stream = |name| Sse::new(scenario::start(name, lab));
    Ok(match *path.split('/').skip(1).collect::<Vec<_>>() {
        ["streams", "counted"] => {
            respond(request, scope, Sse::new(scenario::counted(last.as_str())))
        }
        ["streams", name] | ["gzip", "streams", name] => respond(request, scope, stream(name)),
        ["resumed"] => respond(request, scope, Sse::new(scenario::resumed(last.as_str()))),
        ["hub"] => {
            let topics = parameter(request, "topics").unwrap_or_default();
            let start = parameter(request, "start");
            let events = scenario::subscribe(lab, &topics, start.as_deref(), last)?;
            respond(request, scope, Sse::new(events))
        }
        ["custom"] => {
            let mut response = respond(request, scope, stream("idle"));
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(CUSTOM));
            response
        }
        ["refused"] => {
            let config = Config::default().refuse_when_draining();
            respond(request, scope, stream("idle").config(config))
        }
        ["jobs", name] => respond(request, scope, Sse::new(scenario::job(name, lab)?)),
        ["channel"] => {
            let (sender, sse) = Sse::channel(scenario::CAPACITY);
            lab.give_sender(sender);
            respond(request, scope, sse)
        }
        ["stop"] => Err(NoContent)?,
        _ => Err((404, "no such route"))?,
    })
}

fn respond<S>(request: &Request<Incoming>, scope: &Scope, sse: Sse<S>) -> Answer
where
    S: Stream<Item: BodyItem> + Send + 'static,
{
    let head_only = request.method() == Method::HEAD;
    sse.head_only(head_only).into_response(Some(scope)).map(BodyExt::boxed_unsync)
}

fn parameter(request: &Request<Incoming>, name: &str) -> Option<String> {
    let query = request.uri().query()?.as_bytes();
    let (_, value) = form_urlencoded::parse(query).find(|(other, _)| other == name)?;
    Some(value.into_owned())
}
