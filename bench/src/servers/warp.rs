//! warp: our adapter, `warp::sse::reply`, and `warp::reply::stream`.

use std::convert::Infallible;

use ::warp::{
    Filter, Reply,
    filters::BoxedFilter,
    http::header::CONTENT_TYPE,
    reply::{Response, with_header},
    sse,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};

use super::{Bus, bus, listen, runtime};
use crate::Kind;

/// Runs the server.
///
/// # Errors
/// An I/O error, as text.
pub fn serve(bus: Bus) -> Result<(), String> {
    let served = runtime()?.block_on(async {
        let listener = listen(bus.options).await?;
        tokio::spawn(bus.clone().publish());
        ::warp::serve(routes(bus)).incoming(listener).run().await;
        Ok::<_, std::io::Error>(())
    });
    served.map_err(|error| error.to_string())
}

fn routes(bus: Bus) -> BoxedFilter<(Response,)> {
    type Events = fn(&Bus) -> Response;
    type Flood = fn(&Bus, usize) -> Response;
    type Resume = fn(&Bus, usize, usize) -> Response;
    let (events, flood, resume): (Events, Flood, Resume) = match bus.kind {
        Kind::Ours => (ours, ours_flood, ours_resume),
        Kind::Own => (own, own_flood, own_resume),
        Kind::Raw => (raw, raw_flood, raw_resume),
    };
    let (kind, scope) = (bus.kind, bus.scope());
    let (second, third) = (bus.clone(), bus.clone());
    let events = ::warp::path!("events").map(move || events(&bus));
    let flood = ::warp::path!("flood" / usize).map(move |size| flood(&second, size));
    let resume = ::warp::path!("resume" / usize / usize)
        .map(move |first, count| resume(&third, first, count));
    let routes = ::warp::get().and(events.or(flood).unify().or(resume).unify());
    match kind {
        Kind::Ours => routes.map(move |reply| sse_warp::in_scope(&scope, reply)).boxed(),
        Kind::Own | Kind::Raw => routes.boxed(),
    }
}

fn ours(bus: &Bus) -> Response {
    sse_warp::Sse::new(bus.subscribe()).into_response()
}

fn ours_flood(_: &Bus, size: usize) -> Response {
    let data = bus::flood(size);
    sse_warp::Sse::new(stream::repeat_with(move || sse_warp::Event::data(&*data))).into_response()
}

fn ours_resume(bus: &Bus, first: usize, count: usize) -> Response {
    sse_warp::Sse::new(bus.resume(first, count)).into_response()
}

fn own(bus: &Bus) -> Response {
    own_reply(bus, bus.texts().map(|data| Ok(sse::Event::default().data(&*data))))
}

fn own_flood(bus: &Bus, size: usize) -> Response {
    let data = bus::flood(size);
    own_reply(bus, stream::repeat_with(move || Ok(sse::Event::default().data(&*data))))
}

fn own_resume(bus: &Bus, first: usize, count: usize) -> Response {
    let texts = bus.resume_texts(first, count);
    own_reply(bus, texts.map(|data| Ok(sse::Event::default().data(&*data))))
}

fn own_reply<S>(bus: &Bus, events: S) -> Response
where
    S: Stream<Item = Result<sse::Event, Infallible>> + Send + Sync + 'static,
{
    let keep_alive = sse::keep_alive().interval(bus.options.keep_alive);
    sse::reply(keep_alive.stream(events)).into_response()
}

fn raw(bus: &Bus) -> Response {
    bytes(bus.frames())
}

fn raw_flood(_: &Bus, size: usize) -> Response {
    bytes(stream::repeat(bus::frame(&*bus::flood(size))))
}

fn raw_resume(bus: &Bus, first: usize, count: usize) -> Response {
    bytes(bus.resume_frames(first, count))
}

fn bytes(frames: impl Stream<Item = Bytes> + Send + Sync + 'static) -> Response {
    let reply = ::warp::reply::stream(frames.map(Ok::<_, Infallible>));
    with_header(reply, CONTENT_TYPE, "text/event-stream").into_response()
}
