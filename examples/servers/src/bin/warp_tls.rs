//! warp over TLS, with HTTP/2, by tokio-rustls and hyper: warp itself has no TLS any more.

use std::{error::Error, io, pin::pin, sync::Arc, time::Duration};

use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use sse_warp::{Event, Running, Serve, Sse, in_scope};
use tokio::{
    net::TcpListener,
    time::{interval, sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_stream::{StreamExt, wrappers::IntervalStream};
use warp::{Filter, Reply};

fn events() -> impl Reply {
    let ticks = IntervalStream::new(interval(Duration::from_secs(1)));
    Sse::new(ticks.map(|_| Event::data("tick")))
}

pub fn serve(listener: TcpListener, mut tls: ServerConfig) -> Serve {
    sse_warp::tune_listener(&listener);
    tls.alpn_protocols = vec!["h2".into(), "http/1.1".into()];
    Serve::new(|server| run(listener, TlsAcceptor::from(Arc::new(tls)), server))
}

async fn run(listener: TcpListener, tls: TlsAcceptor, server: Running) -> io::Result<()> {
    let routes = warp::path!("events").map(events).map(move |reply| in_scope(&server.scope, reply));
    let service = TowerToHyperService::new(warp::service(routes));
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
        let (tls, http, service) = (tls.clone(), http.clone(), service.clone());
        let watcher = connections.watcher();
        tokio::spawn(async move {
            let handshake = timeout(Duration::from_secs(10), tls.accept(socket));
            if let Ok(Ok(socket)) = handshake.await {
                let connection = http.serve_connection(TokioIo::new(socket), service);
                // An error means that the client has left.
                let _ = watcher.watch(connection).await;
            }
        });
    }
    drop(listener);
    connections.shutdown().await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let certificates = CertificateDer::pem_file_iter("cert.pem")?.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file("key.pem")?;
    let tls = ServerConfig::builder().with_no_client_auth().with_single_cert(certificates, key)?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    Ok(serve(listener, tls).await?)
}
