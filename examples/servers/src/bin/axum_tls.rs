//! axum over TLS, with HTTP/2, by axum-server.

use std::{io, net::TcpListener, time::Duration};

use axum::{Router, response::IntoResponse, routing::get};
use axum_server::{Handle, tls_rustls::RustlsConfig};
use sse_axum::{Event, ScopeLayer, Serve, Sse};
use tokio::time::interval;
use tokio_stream::{StreamExt, wrappers::IntervalStream};

async fn events() -> impl IntoResponse {
    let ticks = IntervalStream::new(interval(Duration::from_secs(1)));
    Sse::new(ticks.map(|_| Event::data("tick")))
}

pub fn serve(listener: TcpListener, tls: RustlsConfig) -> Serve {
    sse_axum::tune_listener(&listener);
    Serve::new(|server| async move {
        let app = Router::new().route("/events", get(events)).layer(ScopeLayer::new(server.scope));
        let handle = Handle::new();
        let stop = handle.clone();
        tokio::spawn(async move {
            server.drained.await;
            stop.graceful_shutdown(None); // until the drain's deadline, which `Serve` keeps
        });
        let server = axum_server::from_tcp_rustls(listener, tls)?.handle(handle);
        server.serve(app.into_make_service()).await
    })
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let tls = RustlsConfig::from_pem_file("cert.pem", "key.pem").await?;
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    listener.set_nonblocking(true)?;
    serve(listener, tls).await
}
