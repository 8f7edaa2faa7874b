//! actix-web as its docs show it, and with its own default for half-closed connections.

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, Responder,
    error::InternalError,
    guard,
    http::StatusCode,
    middleware::Compress,
    rt::System,
    web::{self, Bytes, Data, Path, Query},
};
use futures_util::Stream;
use sse_actix::{Connections, LastEventId, Sse};

use super::{CUSTOM, Follow, Named, Plain};
use crate::{
    Lab, Started, Stop,
    attack::site,
    clients::Answer,
    scenario::{self, Item},
};

/// Runs the server until it has stopped.
///
/// # Errors
/// The server's, as text.
pub fn serve(lab: Lab, started: Started, stop: Stop) -> Result<(), String> {
    serve_as(HalfClosed::Leaves, lab, started, stop)
}

/// The same, where a client that closed its half may go on to read: actix's default.
///
/// # Errors
/// The server's, as text.
pub fn serve_half_closed(lab: Lab, started: Started, stop: Stop) -> Result<(), String> {
    serve_as(HalfClosed::Stays, lab, started, stop)
}

#[derive(PartialEq)]
enum HalfClosed {
    Leaves,
    Stays,
}

fn serve_as(half_closed: HalfClosed, lab: Lab, started: Started, stop: Stop) -> Result<(), String> {
    let served = System::new().block_on(async move {
        let listener = std::net::TcpListener::bind(("127.0.0.1", lab.port()))?;
        sse_actix::tune_listener(&listener);
        started(listener.local_addr()?);

        let data = Data::new(lab.clone());
        let connections = Connections::default();
        let server = HttpServer::new(move || App::new().app_data(data.clone()).configure(routes))
            .workers(lab.threads())
            .on_connect(connections.counter())
            .h1_allow_half_closed(half_closed == HalfClosed::Stays)
            .tcp_nodelay(true)
            .disable_signals()
            .listen_auto_h2c(listener)?
            .run();
        connections.serve(server, lab.shutdown(), stop.told(), lab.drain()).await
    });
    served.map_err(|error: std::io::Error| error.to_string())
}

fn routes(app: &mut web::ServiceConfig) {
    // `web::get()` alone would refuse a HEAD.
    let read = || web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
    app.route("/streams/{name}", read().to(stream))
        // Any method, which is where actix would poll the body of a HEAD.
        .route("/any/streams/{name}", web::route().to(stream))
        .service(
            web::scope("/gzip")
                .wrap(Compress::default())
                .route("/streams/{name}", read().to(stream)),
        )
        .route("/resumed", read().to(resumed))
        .route("/hub", read().to(hub))
        .route("/custom", read().to(custom))
        .route("/stop", read().to(async || sse_actix::Stop))
        .route("/refused", web::post().to(refused))
        .route("/client/{scenario}/{rest:.*}", web::route().to(client))
        .route("/presence", web::get().to(presence))
        .route("/publish", web::post().to(publish))
        .route("/plain", web::get().to(plain))
        .route("/plain", web::post().to(taken))
        .route("/ready", web::get().to(async || "ready"))
        .route("/counts", web::get().to(counts));
}

fn sse<S: Stream<Item = Item>>(lab: &Lab, stream: S) -> Sse<S> {
    Sse::new(stream).with(lab.config())
}

async fn stream(lab: Data<Lab>, name: Path<String>) -> impl Responder {
    sse(&lab, scenario::start(&name, &lab))
}

async fn resumed(lab: Data<Lab>, last: LastEventId) -> impl Responder {
    sse(&lab, scenario::resumed(last.as_str()))
}

async fn hub(
    lab: Data<Lab>,
    follow: Query<Follow>,
    last: LastEventId,
) -> actix_web::Result<impl Responder> {
    let Follow { topics, start } = follow.into_inner();
    let subscription =
        scenario::subscribe(&lab, &topics, start.as_deref(), last).map_err(|error| {
            let status = StatusCode::from_u16(error.status());
            InternalError::new(error, status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE))
        })?;
    Ok(Sse::new(subscription).with(lab.config()))
}

async fn custom(lab: Data<Lab>) -> impl Responder {
    sse(&lab, scenario::start("idle", &lab)).customize().insert_header(("cache-control", CUSTOM))
}

async fn refused(lab: Data<Lab>) -> impl Responder {
    sse(&lab, scenario::start("idle", &lab)).refuse_when_draining()
}

/// Takes the request's body: actix answers one that nobody reads with `connection: close`, and Node's
/// `fetch` then takes a connection that breaks for the end of the answer.
async fn client(
    lab: Data<Lab>,
    path: Path<(String, String)>,
    last: LastEventId,
    request: HttpRequest,
    _body: Bytes,
) -> HttpResponse {
    let (scenario, rest) = path.into_inner();
    match Answer::new(&lab, &scenario, &rest, last.as_str()) {
        Answer::Stop => sse_actix::Stop.respond_to(&request).map_into_boxed_body(),
        Answer::Stream(stream, config) => {
            Sse::new(stream).with(*config).respond_to(&request).map_into_boxed_body()
        }
    }
}

async fn presence(lab: Data<Lab>, named: Query<Named>) -> actix_web::Result<impl Responder> {
    let presence = site::presence(&lab, &named.topic).map_err(status)?;
    Ok(Sse::new(presence).with(lab.config()))
}

async fn publish(lab: Data<Lab>, named: Query<Named>, body: Bytes) -> actix_web::Result<String> {
    site::publish(&lab, &named.topic, &body).await.map_err(status)
}

async fn plain(lab: Data<Lab>, plain: Query<Plain>) -> impl Responder {
    Sse::new(site::plain(plain.bytes, plain.pause)).with(lab.config())
}

/// As [`publish`], without the hub.
async fn taken(_body: Bytes) -> &'static str {
    "taken"
}

async fn counts(lab: Data<Lab>) -> String {
    site::counts(&lab)
}

fn status(status: u16) -> actix_web::Error {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    InternalError::new(status, code).into()
}
