//! The apps and listeners that `serve` accepts.
#![allow(clippy::unwrap_used)] // clippy allows it in tests, but not in their helpers

use std::net::SocketAddr;

use axum::{
    Router,
    extract::ConnectInfo,
    response::IntoResponse,
    routing::get,
    serve::{Listener, ListenerExt},
};
use sse_axum::{Config, Event, Serve, Sse};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

async fn hello() -> impl IntoResponse {
    Sse::new(tokio_stream::iter([Event::data("hello")]))
}

fn app() -> Router {
    Router::new().route("/", get(hello))
}

async fn bind() -> (TcpListener, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (listener, client)
}

/// Spawns the server, checks that its configuration reaches the response, and stops it.
async fn check(serve: Serve, mut client: impl AsyncRead + AsyncWrite + Unpin, data: &str) {
    let (stop, stopped) = oneshot::channel::<()>();
    let serve = serve.config(Config::default().without_retry());
    let server = tokio::spawn(async { serve.until(stopped).await });
    client.write_all(b"GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut response = String::new();
    client.read_to_string(&mut response).await.unwrap();
    assert!(response.contains(&format!("\r\ndata: {data}\n\n\r\n")), "{response}");
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_router_is_served() {
    let (listener, client) = bind().await;
    check(sse_axum::serve(listener, app()), client, "hello").await;
}

#[tokio::test]
async fn a_method_router_is_served() {
    let (listener, client) = bind().await;
    check(sse_axum::serve(listener, get(hello)), client, "hello").await;
}

#[tokio::test]
async fn a_handler_can_extract_the_clients_address() {
    async fn address(ConnectInfo(client): ConnectInfo<SocketAddr>) -> impl IntoResponse {
        Sse::new(tokio_stream::iter([Event::data(client.to_string())]))
    }
    let (listener, client) = bind().await;
    let address_of_client = client.local_addr().unwrap().to_string();
    let app = Router::new().route("/", get(address));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    check(sse_axum::serve(listener, app), client, &address_of_client).await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_listener_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = sse_axum::listen_unix(&path).unwrap();
    let client = tokio::net::UnixStream::connect(&path).await.unwrap();
    check(sse_axum::serve(listener, app()), client, "hello").await;
}

#[tokio::test]
async fn a_listener_of_another_type_is_served_without_socket_options() {
    struct Own(TcpListener);

    impl Listener for Own {
        type Io = TcpStream;
        type Addr = SocketAddr;

        async fn accept(&mut self) -> (TcpStream, SocketAddr) {
            Listener::accept(&mut self.0).await
        }

        fn local_addr(&self) -> std::io::Result<SocketAddr> {
            self.0.local_addr()
        }
    }

    let (listener, client) = bind().await;
    check(sse_axum::serve(Own(listener), app()), client, "hello").await;

    let (listener, client) = bind().await;
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
    check(sse_axum::serve(listener, app()), client, "hello").await;
}

#[tokio::test]
async fn listening_and_serving_can_be_spawned_together() {
    let server = tokio::spawn(async {
        let listener = sse_axum::listen("127.0.0.1:0").await?;
        sse_axum::serve(listener, app()).until(async {}).await
    });
    server.await.unwrap().unwrap();
}

#[cfg(feature = "tracing")]
#[tokio::test]
async fn a_stream_has_a_span_below_that_of_its_request() {
    use std::sync::{Arc, Mutex};

    use axum::{extract::Request, middleware};
    use tracing::{
        Dispatch, Id, Instrument, Subscriber, span::Attributes, subscriber::set_default,
    };
    use tracing_subscriber::{
        Layer, Registry,
        layer::{Context, SubscriberExt},
        registry::LookupSpan,
    };

    /// Writes down the path of each span that opens.
    #[derive(Clone, Default)]
    struct Opened(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Opened {
        fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
            let scope = context.span_scope(id).unwrap().from_root();
            let path: Vec<_> = scope.map(|span| span.name()).collect();
            self.0.lock().unwrap().push(path.join("/"));
        }
    }

    let opened = Opened::default();
    let _guard = set_default(Registry::default().with(opened.clone()));
    // While there is only one subscriber, a span that another test's thread uses first is off in all threads.
    let _second = Dispatch::new(Registry::default());
    let app = app().layer(middleware::from_fn(async |request: Request, next: middleware::Next| {
        next.run(request).instrument(tracing::info_span!("request")).await
    }));
    let (listener, client) = bind().await;
    check(sse_axum::serve(listener, app), client, "hello").await;
    let mut opened = opened.0.lock().unwrap().clone();
    opened.retain(|path| path.contains("request"));
    assert_eq!(opened, ["request", "request/event_stream"]);
}
