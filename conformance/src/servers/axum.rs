//! axum as its docs show it.

use ::axum::{
    Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use sse_axum::{Config, LastEventId, NoContent, Refusal, Sse};
use tower_http::compression::CompressionLayer;

use super::{CUSTOM, Follow, Named, Plain, runtime};
use crate::{Lab, Started, Stop, attack::site, clients::Answer, scenario};

/// Runs the server until it has stopped.
///
/// # Errors
/// The server's, as text.
pub fn serve(lab: Lab, started: Started, stop: Stop) -> Result<(), String> {
    let runtime = runtime(&lab).map_err(|error| error.to_string())?;
    let served = runtime.block_on(async {
        let listener = sse_axum::listen(("127.0.0.1", lab.port())).await?;
        started(listener.local_addr()?);
        let app = app(lab.clone());
        let serve = sse_axum::serve(listener, app)
            .config(lab.config())
            .shutdown(lab.shutdown().clone())
            .drain(lab.drain());
        match stop.message() {
            Some(message) => serve.until(message).await,
            None => serve.await,
        }
    });
    served.map_err(|error| error.to_string())
}

fn app(lab: Lab) -> Router {
    let streams = Router::new().route("/streams/{name}", get(stream));
    Router::new()
        .nest("/gzip", streams.clone().layer(CompressionLayer::new()))
        .merge(streams)
        .route("/streams/counted", get(counted))
        .route("/jobs/{name}", get(job))
        .route("/channel", get(channel))
        .route("/resumed", get(resumed))
        .route("/hub", get(hub))
        .route("/custom", get(custom))
        .route("/stop", get(async || Refusal::from(NoContent)))
        .route("/refused", post(refused))
        .route("/client/{scenario}/{*rest}", any(client))
        .route("/presence", get(presence))
        .route("/publish", post(publish))
        .route("/plain", get(plain).post(taken))
        .route("/ready", get(async || "ready"))
        .route("/counts", get(counts))
        .with_state(lab)
}

async fn stream(State(lab): State<Lab>, Path(name): Path<String>) -> impl IntoResponse {
    Sse::new(scenario::start(&name, &lab))
}

async fn resumed(last: LastEventId) -> impl IntoResponse {
    Sse::new(scenario::resumed(last.as_str()))
}

async fn counted(last: LastEventId) -> impl IntoResponse {
    Sse::new(scenario::counted(last.as_str()))
}

async fn job(
    State(lab): State<Lab>,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, Refusal> {
    Ok(Sse::new(scenario::job(&name, &lab)?))
}

async fn channel(State(lab): State<Lab>) -> impl IntoResponse {
    let (sender, sse) = Sse::channel(scenario::CAPACITY);
    lab.give_sender(sender);
    sse
}

async fn hub(
    State(lab): State<Lab>,
    Query(Follow { topics, start }): Query<Follow>,
    last: LastEventId,
) -> Result<impl IntoResponse, Refusal> {
    Ok(Sse::new(scenario::subscribe(&lab, &topics, start.as_deref(), last)?))
}

async fn custom(State(lab): State<Lab>) -> impl IntoResponse {
    ([("cache-control", CUSTOM)], Sse::new(scenario::start("idle", &lab)))
}

async fn refused(State(lab): State<Lab>) -> impl IntoResponse {
    Sse::new(scenario::start("idle", &lab)).config(Config::default().refuse_when_draining())
}

async fn client(Path((scenario, rest)): Path<(String, String)>, last: LastEventId) -> Response {
    match Answer::new(&scenario, &rest, last.as_str()) {
        Answer::Stop => Refusal::from(NoContent).into_response(),
        Answer::Stream(stream, config) => Sse::new(stream).config(*config).into_response(),
    }
}

async fn presence(
    State(lab): State<Lab>,
    Query(Named { topic }): Query<Named>,
) -> Result<impl IntoResponse, StatusCode> {
    let presence = site::presence(&lab, &topic).map_err(status)?;
    Ok(Sse::new(presence))
}

async fn publish(
    State(lab): State<Lab>,
    Query(Named { topic }): Query<Named>,
    body: Bytes,
) -> Result<String, StatusCode> {
    site::publish(&lab, &topic, &body).await.map_err(status)
}

async fn plain(Query(Plain { bytes, pause }): Query<Plain>) -> impl IntoResponse {
    Sse::new(site::plain(bytes, pause))
}

/// As [`publish`], without the hub.
async fn taken(_body: Bytes) -> &'static str {
    "taken"
}

async fn counts(State(lab): State<Lab>) -> String {
    site::counts(&lab)
}

fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
}
