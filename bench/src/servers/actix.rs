//! actix-web: our adapter, `actix_web_lab::sse`, and `HttpResponse::streaming`.

use std::{convert::Infallible, net::TcpListener};

use actix_web::{
    App, HttpResponse, HttpServer, Responder,
    rt::System,
    web::{self, Data, Path},
};
use actix_web_lab::sse;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};

use super::{Bus, bus, tell_port};
use crate::Kind;

/// Runs the server.
///
/// # Errors
/// The server's error, as text.
pub fn serve(bus: Bus) -> Result<(), String> {
    let served = System::new().block_on(async move {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let tuned = bus.options.tuned;
        if tuned {
            sse_actix::tune_listener(&listener);
        }
        tell_port(listener.local_addr()?.port());
        let (kind, config) = (bus.kind, bus.config());
        let connections = sse_actix::Connections::default();
        let server = HttpServer::new(move || {
            // The task runs on the only worker.
            actix_web::rt::spawn(bus.clone().publish());
            let kind = bus.kind;
            App::new().app_data(Data::new(bus.clone())).configure(|app| routes(kind, app))
        })
        .workers(1)
        .max_connections(20_000)
        .h1_allow_half_closed(false);
        let server = if tuned { server.tcp_nodelay(true) } else { server };
        match kind {
            Kind::Ours => {
                let server = server.on_connect(connections.on_connect()).listen(listener)?.run();
                connections.serve(server).config(config).await
            }
            Kind::Own | Kind::Raw => server.listen(listener)?.run().await,
        }
    });
    served.map_err(|error: std::io::Error| error.to_string())
}

fn routes(kind: Kind, app: &mut web::ServiceConfig) {
    let get = web::get;
    let (events, flood, resume) = match kind {
        Kind::Ours => (get().to(ours), get().to(ours_flood), get().to(ours_resume)),
        Kind::Own => (get().to(own), get().to(own_flood), get().to(own_resume)),
        Kind::Raw => (get().to(raw), get().to(raw_flood), get().to(raw_resume)),
    };
    app.route("/events", events)
        .route("/flood/{size}", flood)
        .route("/resume/{first}/{count}", resume);
}

async fn ours(bus: Data<Bus>) -> impl Responder {
    sse_actix::Sse::new(bus.subscribe())
}

async fn ours_flood(size: Path<usize>) -> impl Responder {
    let data = bus::flood(*size);
    sse_actix::Sse::new(stream::repeat_with(move || sse_actix::Event::data(&*data)))
}

async fn ours_resume(bus: Data<Bus>, topics: Path<(usize, usize)>) -> impl Responder {
    sse_actix::Sse::new(bus.resume(topics.0, topics.1))
}

async fn own(bus: Data<Bus>) -> impl Responder {
    let events = bus.texts().map(|data| sse::Event::from(sse::Data::new(&*data)));
    sse::Sse::from_infallible_stream(events).with_keep_alive(bus.options.keep_alive)
}

async fn own_flood(bus: Data<Bus>, size: Path<usize>) -> impl Responder {
    let data = bus::flood(*size);
    let events = stream::repeat_with(move || sse::Event::from(sse::Data::new(&*data)));
    sse::Sse::from_infallible_stream(events).with_keep_alive(bus.options.keep_alive)
}

async fn own_resume(bus: Data<Bus>, topics: Path<(usize, usize)>) -> impl Responder {
    let texts = bus.resume_texts(topics.0, topics.1);
    let events = texts.map(|data| sse::Event::from(sse::Data::new(&*data)));
    sse::Sse::from_infallible_stream(events).with_keep_alive(bus.options.keep_alive)
}

async fn raw(bus: Data<Bus>) -> impl Responder {
    bytes(bus.frames())
}

async fn raw_flood(size: Path<usize>) -> impl Responder {
    bytes(stream::repeat(bus::frame(&*bus::flood(*size))))
}

async fn raw_resume(bus: Data<Bus>, topics: Path<(usize, usize)>) -> impl Responder {
    bytes(bus.resume_frames(topics.0, topics.1))
}

fn bytes(frames: impl Stream<Item = Bytes> + 'static) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.content_type("text/event-stream").streaming(frames.map(Ok::<_, Infallible>))
}
