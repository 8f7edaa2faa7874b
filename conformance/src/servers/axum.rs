//! axum as its docs show it.

use ::axum::{
    Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use futures_util::Stream;
use sse_axum::{LastEventId, Sse};
use tower_http::compression::CompressionLayer;

use super::{CUSTOM, Follow, Named, Plain, listen, runtime};
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
    let runtime = runtime(&lab).map_err(|error| error.to_string())?;
    let served = runtime.block_on(async {
        let listener = listen(&lab).await?;
        started(listener.local_addr()?);
        let app = app(lab.clone());
        let server = lab
            .shutdown()
            .serve(stop.told(), lab.drain(), |drained| {
                ::axum::serve(listener, app).with_graceful_shutdown(drained)
            })
            .await;
        server.unwrap_or(Ok(()))
    });
    served.map_err(|error| error.to_string())
}

fn app(lab: Lab) -> Router {
    let streams = Router::new().route("/streams/{name}", get(stream));
    Router::new()
        .nest("/gzip", streams.clone().layer(CompressionLayer::new()))
        .merge(streams)
        .route("/resumed", get(resumed))
        .route("/hub", get(hub))
        .route("/custom", get(custom))
        .route("/stop", get(async || sse_axum::Stop))
        .route("/refused", post(refused))
        .route("/client/{scenario}/{*rest}", any(client))
        .route("/presence", get(presence))
        .route("/publish", post(publish))
        .route("/plain", get(plain).post(taken))
        .route("/ready", get(async || "ready"))
        .route("/counts", get(counts))
        .with_state(lab)
}

fn sse<S: Stream<Item = Item>>(lab: &Lab, stream: S) -> Sse<S> {
    Sse::new(stream).with(lab.config())
}

async fn stream(State(lab): State<Lab>, Path(name): Path<String>) -> impl IntoResponse {
    sse(&lab, scenario::start(&name, &lab))
}

async fn resumed(State(lab): State<Lab>, last: LastEventId) -> impl IntoResponse {
    sse(&lab, scenario::resumed(last.as_str()))
}

async fn hub(
    State(lab): State<Lab>,
    Query(Follow { topics, start }): Query<Follow>,
    last: LastEventId,
) -> Result<impl IntoResponse, StatusCode> {
    let subscription =
        scenario::subscribe(&lab, &topics, start.as_deref(), last).map_err(|error| {
            StatusCode::from_u16(error.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
        })?;
    Ok(Sse::new(subscription).with(lab.config()))
}

async fn custom(State(lab): State<Lab>) -> impl IntoResponse {
    ([("cache-control", CUSTOM)], sse(&lab, scenario::start("idle", &lab)))
}

async fn refused(State(lab): State<Lab>) -> impl IntoResponse {
    sse(&lab, scenario::start("idle", &lab)).refuse_when_draining()
}

async fn client(
    State(lab): State<Lab>,
    Path((scenario, rest)): Path<(String, String)>,
    last: LastEventId,
) -> Response {
    match Answer::new(&lab, &scenario, &rest, last.as_str()) {
        Answer::Stop => sse_axum::Stop.into_response(),
        Answer::Stream(stream, config) => Sse::new(stream).with(*config).into_response(),
    }
}

async fn presence(
    State(lab): State<Lab>,
    Query(Named { topic }): Query<Named>,
) -> Result<impl IntoResponse, StatusCode> {
    let presence = site::presence(&lab, &topic).map_err(status)?;
    Ok(Sse::new(presence).with(lab.config()))
}

async fn publish(
    State(lab): State<Lab>,
    Query(Named { topic }): Query<Named>,
    body: Bytes,
) -> Result<String, StatusCode> {
    site::publish(&lab, &topic, &body).await.map_err(status)
}

async fn plain(
    State(lab): State<Lab>,
    Query(Plain { bytes, pause }): Query<Plain>,
) -> impl IntoResponse {
    Sse::new(site::plain(bytes, pause)).with(lab.config())
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
