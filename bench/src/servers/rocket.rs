//! Rocket: our adapter, its `EventStream`, and its `ByteStream`.

use ::rocket::{
    Config, Rocket, Route, State,
    fairing::AdHoc,
    get,
    http::ContentType,
    response::stream::{ByteStream, Event, EventStream},
    routes,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use sse_hub::Subscription;

use super::{Bus, bus, runtime, tell_port};
use crate::Kind;

/// Runs the server.
///
/// # Errors
/// Rocket's error, as text.
pub fn serve(bus: Bus) -> Result<(), String> {
    let runtime = runtime()?;
    let routes: Vec<Route> = match bus.kind {
        Kind::Ours => routes![ours, ours_flood, ours_resume],
        Kind::Own => routes![own, own_flood, own_resume],
        Kind::Raw => routes![raw, raw_flood, raw_resume],
    };
    // Rocket binds its own listener, and sets only `TCP_NODELAY` on it.
    let config = Config::figment().merge(("port", 0)).merge(("log_level", "off"));
    let rocket = Rocket::custom(config)
        .attach(on_liftoff(bus.clone()))
        .manage(bus.scope())
        .manage(bus)
        .mount("/", routes);
    match runtime.block_on(rocket.launch()) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Rocket binds the listener itself, so its port is known only at liftoff.
fn on_liftoff(bus: Bus) -> AdHoc {
    AdHoc::on_liftoff("bench", move |rocket| {
        Box::pin(async move {
            tokio::spawn(bus.publish());
            tell_port(rocket.config().port);
        })
    })
}

#[get("/events")]
fn ours(bus: &State<Bus>) -> sse_rocket::Sse<Subscription> {
    sse_rocket::Sse::new(bus.subscribe())
}

#[get("/flood/<size>")]
fn ours_flood(size: usize) -> sse_rocket::Sse<impl Stream<Item = sse_rocket::Event>> {
    let data = bus::flood(size);
    sse_rocket::Sse::new(stream::repeat_with(move || sse_rocket::Event::data(&*data)))
}

#[get("/resume/<first>/<count>")]
fn ours_resume(bus: &State<Bus>, first: usize, count: usize) -> sse_rocket::Sse<Subscription> {
    sse_rocket::Sse::new(bus.resume(first, count))
}

#[get("/events")]
fn own(bus: &State<Bus>) -> EventStream<impl Stream<Item = Event> + use<>> {
    let events = bus.texts().map(|data| Event::data(data.to_string()));
    EventStream::from(events).heartbeat(bus.options.keep_alive)
}

#[get("/flood/<size>")]
fn own_flood(bus: &State<Bus>, size: usize) -> EventStream<impl Stream<Item = Event> + use<>> {
    let data = bus::flood(size);
    let events = stream::repeat_with(move || Event::data(data.to_string()));
    EventStream::from(events).heartbeat(bus.options.keep_alive)
}

#[get("/resume/<first>/<count>")]
fn own_resume(
    bus: &State<Bus>,
    first: usize,
    count: usize,
) -> EventStream<impl Stream<Item = Event> + use<>> {
    let events = bus.resume_texts(first, count).map(|data| Event::data(data.to_string()));
    EventStream::from(events).heartbeat(bus.options.keep_alive)
}

type Frames<S> = (ContentType, ByteStream<S>);

#[get("/events")]
fn raw(bus: &State<Bus>) -> Frames<impl Stream<Item = Bytes> + use<>> {
    (ContentType::EventStream, ByteStream(bus.frames()))
}

#[get("/resume/<first>/<count>")]
fn raw_resume(
    bus: &State<Bus>,
    first: usize,
    count: usize,
) -> Frames<impl Stream<Item = Bytes> + use<>> {
    (ContentType::EventStream, ByteStream(bus.resume_frames(first, count)))
}

#[get("/flood/<size>")]
fn raw_flood(size: usize) -> Frames<impl Stream<Item = Bytes>> {
    (ContentType::EventStream, ByteStream(stream::repeat(bus::frame(&*bus::flood(size)))))
}
