//! actix-web over TLS, with HTTP/2.

use std::{error::Error, io, net::TcpListener, time::Duration};

use actix_web::{App, HttpServer, Responder, rt::time::interval, web};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use sse_actix::{Connections, Event, Serve, Sse};
use tokio_stream::{StreamExt, wrappers::IntervalStream};

async fn events() -> impl Responder {
    let ticks = IntervalStream::new(interval(Duration::from_secs(1)));
    Sse::new(ticks.map(|_| Event::data("tick")))
}

pub fn serve(listener: TcpListener, tls: ServerConfig) -> io::Result<Serve> {
    sse_actix::tune_listener(&listener);
    let connections = Connections::default();
    let server = HttpServer::new(|| App::new().route("/events", web::get().to(events)))
        .on_connect(connections.on_connect()) // before the listener
        .h1_allow_half_closed(false) // a client that leaves is noticed at once
        .tcp_nodelay(true) // an event leaves at once
        .disable_signals() // actix's would cut the streams
        .listen_rustls_0_23(listener, tls)?
        .run();
    Ok(connections.serve(server))
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let certificates = CertificateDer::pem_file_iter("cert.pem")?.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file("key.pem")?;
    let tls = ServerConfig::builder().with_no_client_auth().with_single_cert(certificates, key)?;
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    Ok(serve(listener, tls)?.await?)
}
