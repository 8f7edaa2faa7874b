//! The routes and listeners that `serve` accepts, and the replies to refused requests.
#![allow(clippy::unwrap_used)] // clippy allows it in tests, but not in their helpers

use sse_warp::{Config, Event, Refusal, Serve, Sse};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use warp::{
    Filter, Rejection, Reply,
    filters::BoxedFilter,
    reject::{Reject, custom},
};

fn hello() -> impl Reply {
    Sse::new(tokio_stream::iter([Event::data("hello")]))
}

async fn bind() -> (TcpListener, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (listener, client)
}

/// Spawns the server, returns its response, and stops it.
async fn ask(serve: Serve, mut client: impl AsyncRead + AsyncWrite + Unpin) -> String {
    let (stop, stopped) = oneshot::channel::<()>();
    let serve = serve.config(Config::default().without_retry());
    let server = tokio::spawn(async { serve.until(stopped).await });
    client.write_all(b"GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut response = String::new();
    client.read_to_string(&mut response).await.unwrap();
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    response
}

/// Checks that the server's configuration reaches the response.
async fn check(serve: Serve, client: impl AsyncRead + AsyncWrite + Unpin) {
    let response = ask(serve, client).await;
    assert!(response.contains("\r\ndata: hello\n\n\r\n"), "{response}");
}

#[tokio::test]
async fn routes_that_reject_are_served() {
    let (listener, client) = bind().await;
    check(sse_warp::serve(listener, warp::path::end().map(hello)), client).await;
}

#[tokio::test]
async fn routes_that_cannot_reject_are_served() {
    let (listener, client) = bind().await;
    check(sse_warp::serve(listener, warp::any().map(hello)), client).await;

    let (listener, client) = bind().await;
    let routes = warp::path!("elsewhere").map(|| "elsewhere");
    let routes = routes.recover(|_: Rejection| async { Ok::<_, Rejection>(hello()) });
    check(sse_warp::serve(listener, routes), client).await;
}

#[tokio::test]
async fn boxed_filters_are_served() {
    let rejecting: BoxedFilter<(_,)> = warp::path::end().map(hello).boxed();
    let (listener, client) = bind().await;
    check(sse_warp::serve(listener, rejecting.or(warp::any().map(hello).boxed())), client).await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_listener_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = sse_warp::listen_unix(&path).unwrap();
    let client = tokio::net::UnixStream::connect(&path).await.unwrap();
    check(sse_warp::serve(listener, warp::any().map(hello)), client).await;
}

#[tokio::test]
async fn listening_and_serving_can_be_spawned_together() {
    let server = tokio::spawn(async {
        let listener = sse_warp::listen("127.0.0.1:0").await?;
        sse_warp::serve(listener, warp::any().map(hello)).until(async {}).await
    });
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_refusal_is_a_reply_in_then_and_a_failure_in_and_then() {
    #[derive(Debug)]
    struct Refused;
    impl Reject for Refused {}

    async fn then() -> Result<&'static str, Refusal> {
        Err((429, "at most three"))?
    }
    async fn and_then() -> Result<&'static str, Rejection> {
        Err(custom(Refused))
    }

    let (listener, client) = bind().await;
    let response = ask(sse_warp::serve(listener, warp::any().then(then)), client).await;
    assert!(response.starts_with("HTTP/1.1 429 "), "{response}");
    assert!(response.ends_with("\r\n\r\nat most three"), "{response}");

    let (listener, client) = bind().await;
    let response = ask(sse_warp::serve(listener, warp::any().and_then(and_then)), client).await;
    assert!(response.starts_with("HTTP/1.1 500 "), "{response}");
}
