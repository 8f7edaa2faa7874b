//! axum as its docs show it.

use ::axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use futures_util::Stream;
use sse_axum::{LastEventId, Sse};
use tower_http::compression::CompressionLayer;

use super::{CUSTOM, Follow, listen, runtime};
use crate::{
    Lab, Started, Stop,
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
