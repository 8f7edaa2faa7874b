//! The listeners that `serve` accepts, and the runtimes that it runs on.
#![allow(clippy::unwrap_used)] // clippy allows it in tests, but not in their helpers

use std::{
    collections::HashSet,
    future::IntoFuture,
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use actix_web::{App, HttpRequest, HttpServer, Responder, web};
use sse_actix::{Config, Event, Sse};
use tokio::{sync::oneshot, task::spawn_blocking};

async fn hello() -> impl Responder {
    Sse::new(tokio_stream::iter([Event::data("hello")]))
}

fn bind() -> (TcpListener, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener, client)
}

/// Returns the data of the response's only event. The body has no `retry` line, so the server's
/// configuration has reached it.
async fn ask(mut client: impl Read + Write + Send + 'static) -> String {
    let asked = spawn_blocking(move || {
        client.write_all(b"GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").unwrap();
        let mut response = String::new();
        client.read_to_string(&mut response).unwrap();
        response
    });
    let response = asked.await.unwrap();
    let data = response.split_once("\r\ndata: ").and_then(|(_, data)| data.split_once("\n\n\r\n"));
    data.unwrap_or_else(|| panic!("one event, without `retry`: {response}")).0.to_owned()
}

macro_rules! server {
    ($handler:expr) => {
        HttpServer::new(|| App::new().route("/", web::get().to($handler))).workers(1)
    };
}

fn config() -> Config {
    Config::default().without_retry()
}

#[actix_web::test]
async fn the_future_can_be_spawned_on_actix() {
    let (listener, client) = bind();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = actix_web::rt::spawn(async move {
        sse_actix::serve(listener, server!(hello)).config(config()).until(stopped).await
    });
    assert_eq!(ask(client).await, "hello");
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_future_can_be_spawned_on_tokio() {
    for in_the_task in [true, false] {
        let (listener, client) = bind();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = if in_the_task {
            tokio::spawn(async move {
                sse_actix::serve(listener, server!(hello)).config(config()).until(stopped).await
            })
        } else {
            let serve = sse_actix::serve(listener, server!(hello)).config(config()).until(stopped);
            tokio::spawn(serve.into_future())
        };
        assert_eq!(ask(client).await, "hello");
        stop.send(()).unwrap();
        server.await.unwrap().unwrap();
    }
}

#[actix_web::test]
async fn connections_of_every_worker_have_the_servers_callback_and_configuration() {
    const WORKERS: usize = 4;
    const CONNECTIONS: usize = 4 * WORKERS;
    struct Number(usize);

    async fn number(request: HttpRequest) -> impl Responder {
        let Number(number) = request.conn_data().unwrap();
        let thread = thread::current().id();
        Sse::new(tokio_stream::iter([Event::data(format!("{number} {thread:?}"))]))
    }

    let listener = sse_actix::listen("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connected = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connected);
    let (stop, stopped) = oneshot::channel::<()>();
    let serve = sse_actix::serve(listener, server!(number).workers(WORKERS))
        .on_connect(move |connection, extensions| {
            assert!(connection.is::<actix_web::rt::net::TcpStream>());
            extensions.insert(Number(count.fetch_add(1, Ordering::SeqCst)));
        })
        .config(config())
        .until(stopped);
    let server = actix_web::rt::spawn(serve.into_future());

    let (mut numbers, mut threads) = (HashSet::new(), HashSet::new());
    for _ in 0..CONNECTIONS {
        let data = ask(TcpStream::connect(address).unwrap()).await;
        let (number, thread) = data.split_once(' ').unwrap();
        numbers.insert(number.to_owned());
        threads.insert(thread.to_owned());
    }
    assert_eq!(connected.load(Ordering::SeqCst), CONNECTIONS);
    assert_eq!(numbers.len(), CONNECTIONS, "each connection has its own data");
    assert_eq!(threads.len(), WORKERS, "connections go to each worker in turn");
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}

#[cfg(unix)]
#[actix_web::test]
async fn a_unix_listener_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = sse_actix::listen_unix(&path).unwrap();
    let client = std::os::unix::net::UnixStream::connect(&path).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serve = sse_actix::serve(listener, server!(hello)).config(config()).until(stopped);
    let server = actix_web::rt::spawn(serve.into_future());
    assert_eq!(ask(client).await, "hello");
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}

#[cfg(unix)]
#[actix_web::test]
async fn a_listener_that_cannot_listen_is_an_error_when_the_server_is_awaited() {
    use std::os::{fd::OwnedFd, unix::net::UnixListener};

    // A file is not a socket.
    let file = OwnedFd::from(tempfile::tempfile().unwrap());
    let serve = sse_actix::serve(UnixListener::from(file), server!(hello));
    let result: io::Result<()> = serve.await;
    assert!(result.is_err());
}
