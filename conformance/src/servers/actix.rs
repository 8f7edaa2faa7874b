//! actix-web as its docs show it, and with its own default for half-closed connections.

use actix_web::{
    App, HttpServer, Responder,
    error::InternalError,
    guard,
    http::StatusCode,
    middleware::Compress,
    rt::System,
    web::{self, Bytes, Data, Path, Query},
};
use sse_actix::{Config, Connections, LastEventId, NoContent, Refusal, Sse};

use super::{CUSTOM, Follow, Named, Plain};
use crate::{Lab, Started, Stop, attack::site, clients::Answer, scenario};

/// Runs the server until it has stopped.
///
/// # Errors
/// The server's, as text.
pub fn serve(lab: Lab, started: Started, stop: Stop) -> Result<(), String> {
    serve_as(HalfClosed::Leaves, lab, started, stop)
}

/// Runs it with actix's default, which lets a client that closed its half continue to read.
///
/// # Errors
/// The server's, as text.
pub fn serve_half_closed(lab: Lab, started: Started, stop: Stop) -> Result<(), String> {
    serve_as(HalfClosed::Stays, lab, started, stop)
}

enum HalfClosed {
    Leaves,
    Stays,
}

fn serve_as(half_closed: HalfClosed, lab: Lab, started: Started, stop: Stop) -> Result<(), String> {
    let served = System::new().block_on(async move {
        let listener = sse_actix::listen(("127.0.0.1", lab.port()))?;
        started(listener.local_addr()?);

        let data = Data::new(lab.clone());
        let server = HttpServer::new(move || App::new().app_data(data.clone()).configure(routes))
            .workers(lab.threads());
        let serve = match half_closed {
            HalfClosed::Leaves => sse_actix::serve(listener, server),
            HalfClosed::Stays => {
                sse_actix::tune_listener(&listener);
                let connections = Connections::default();
                let server = server
                    .on_connect(connections.on_connect())
                    .h1_allow_half_closed(true)
                    .tcp_nodelay(true)
                    .disable_signals()
                    .listen_auto_h2c(listener)?
                    .run();
                connections.serve(server)
            }
        };
        let serve = serve.config(lab.config()).shutdown(lab.shutdown().clone()).drain(lab.drain());
        match stop.message() {
            Some(message) => serve.until(message).await,
            None => serve.await,
        }
    });
    served.map_err(|error: std::io::Error| error.to_string())
}

fn routes(app: &mut web::ServiceConfig) {
    // `web::get()` alone would refuse a HEAD.
    let read = || web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
    app.route("/streams/counted", read().to(counted))
        .route("/streams/{name}", read().to(stream))
        .route("/jobs/{name}", read().to(job))
        .route("/channel", read().to(channel))
        // Any method: this is where actix would poll the body of a HEAD.
        .route("/any/streams/{name}", web::route().to(stream))
        .service(
            web::scope("/gzip")
                .wrap(Compress::default())
                .route("/streams/{name}", read().to(stream)),
        )
        .route("/resumed", read().to(resumed))
        .route("/hub", read().to(hub))
        .route("/custom", read().to(custom))
        .route("/stop", read().to(async || Err::<&str, _>(Refusal::from(NoContent))))
        .route("/refused", web::post().to(refused))
        .route("/client/{scenario}/{rest:.*}", web::route().to(client))
        .route("/presence", web::get().to(presence))
        .route("/publish", web::post().to(publish))
        .route("/plain", web::get().to(plain))
        .route("/plain", web::post().to(taken))
        .route("/ready", web::get().to(async || "ready"))
        .route("/counts", web::get().to(counts));
}

async fn stream(lab: Data<Lab>, name: Path<String>) -> impl Responder {
    Sse::new(scenario::start(&name, &lab))
}

async fn resumed(last: LastEventId) -> impl Responder {
    Sse::new(scenario::resumed(last.as_str()))
}

async fn counted(last: LastEventId) -> impl Responder {
    Sse::new(scenario::counted(last.as_str()))
}

async fn job(lab: Data<Lab>, name: Path<String>) -> Result<impl Responder, Refusal> {
    Ok(Sse::new(scenario::job(&name, &lab)?))
}

async fn channel(lab: Data<Lab>) -> impl Responder {
    let (sender, sse) = Sse::channel(scenario::CAPACITY);
    lab.give_sender(sender);
    sse
}

async fn hub(
    lab: Data<Lab>,
    follow: Query<Follow>,
    last: LastEventId,
) -> Result<impl Responder, Refusal> {
    let Follow { topics, start } = follow.into_inner();
    Ok(Sse::new(scenario::subscribe(&lab, &topics, start.as_deref(), last)?))
}

async fn custom(lab: Data<Lab>) -> impl Responder {
    Sse::new(scenario::start("idle", &lab)).customize().insert_header(("cache-control", CUSTOM))
}

async fn refused(lab: Data<Lab>) -> impl Responder {
    Sse::new(scenario::start("idle", &lab)).config(Config::default().refuse_when_draining())
}

/// Reads the request's body: actix answers a request whose body is unread with `connection: close`, and Node's
/// `fetch` then takes a connection that breaks for the end of the answer.
async fn client(
    path: Path<(String, String)>,
    last: LastEventId,
    _body: Bytes,
) -> Result<impl Responder, Refusal> {
    let (scenario, rest) = path.into_inner();
    match Answer::new(&scenario, &rest, last.as_str()) {
        Answer::Stop => Err(NoContent)?,
        Answer::Stream(stream, config) => Ok(Sse::new(stream).config(*config)),
    }
}

async fn presence(lab: Data<Lab>, named: Query<Named>) -> actix_web::Result<impl Responder> {
    let presence = site::presence(&lab, &named.topic).map_err(status)?;
    Ok(Sse::new(presence))
}

async fn publish(lab: Data<Lab>, named: Query<Named>, body: Bytes) -> actix_web::Result<String> {
    site::publish(&lab, &named.topic, &body).await.map_err(status)
}

async fn plain(plain: Query<Plain>) -> impl Responder {
    Sse::new(site::plain(plain.bytes, plain.pause))
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
