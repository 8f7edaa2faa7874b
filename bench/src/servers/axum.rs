//! axum: our adapter, `axum::response::Sse`, and `Body::from_stream`.

use std::convert::Infallible;

use ::axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::header::CONTENT_TYPE,
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};

use super::{Bus, bus, listen, runtime};
use crate::Kind;

/// Runs the server.
///
/// # Errors
/// The server's error, as text.
pub fn serve(bus: Bus) -> Result<(), String> {
    let served = runtime()?.block_on(async {
        let listener = listen(bus.options).await?;
        tokio::spawn(bus.clone().publish());
        ::axum::serve(listener, app(bus)).await
    });
    served.map_err(|error| error.to_string())
}

fn app(bus: Bus) -> Router {
    let app = Router::new();
    let app = match bus.kind {
        Kind::Ours => app
            .route("/events", get(ours))
            .route("/flood/{size}", get(ours_flood))
            .route("/resume/{first}/{count}", get(ours_resume))
            .layer(sse_axum::ScopeLayer::new(bus.scope())),
        Kind::Own => app
            .route("/events", get(own))
            .route("/flood/{size}", get(own_flood))
            .route("/resume/{first}/{count}", get(own_resume)),
        Kind::Raw => app
            .route("/events", get(raw))
            .route("/flood/{size}", get(raw_flood))
            .route("/resume/{first}/{count}", get(raw_resume)),
    };
    app.with_state(bus)
}

async fn ours(State(bus): State<Bus>) -> impl IntoResponse {
    sse_axum::Sse::new(bus.subscribe())
}

async fn ours_flood(Path(size): Path<usize>) -> impl IntoResponse {
    let data = bus::flood(size);
    sse_axum::Sse::new(stream::repeat_with(move || sse_axum::Event::data(&*data)))
}

async fn ours_resume(
    State(bus): State<Bus>,
    Path((first, count)): Path<(usize, usize)>,
) -> impl IntoResponse {
    sse_axum::Sse::new(bus.resume(first, count))
}

async fn own(State(bus): State<Bus>) -> impl IntoResponse {
    let events = bus.texts().map(|data| Ok::<_, Infallible>(Event::default().data(data)));
    Sse::new(events).keep_alive(KeepAlive::new().interval(bus.options.keep_alive))
}

async fn own_flood(State(bus): State<Bus>, Path(size): Path<usize>) -> impl IntoResponse {
    let data = bus::flood(size);
    let events = stream::repeat_with(move || Ok::<_, Infallible>(Event::default().data(&*data)));
    Sse::new(events).keep_alive(KeepAlive::new().interval(bus.options.keep_alive))
}

async fn own_resume(
    State(bus): State<Bus>,
    Path((first, count)): Path<(usize, usize)>,
) -> impl IntoResponse {
    let texts = bus.resume_texts(first, count);
    let events = texts.map(|data| Ok::<_, Infallible>(Event::default().data(data)));
    Sse::new(events).keep_alive(KeepAlive::new().interval(bus.options.keep_alive))
}

async fn raw(State(bus): State<Bus>) -> impl IntoResponse {
    bytes(bus.frames())
}

async fn raw_flood(Path(size): Path<usize>) -> impl IntoResponse {
    bytes(stream::repeat(bus::frame(&*bus::flood(size))))
}

async fn raw_resume(
    State(bus): State<Bus>,
    Path((first, count)): Path<(usize, usize)>,
) -> impl IntoResponse {
    bytes(bus.resume_frames(first, count))
}

fn bytes(frames: impl Stream<Item = Bytes> + Send + 'static) -> impl IntoResponse {
    let body = Body::from_stream(frames.map(Ok::<_, Infallible>));
    ([(CONTENT_TYPE, "text/event-stream")], body)
}
