//! Rocket as its docs show it.

use std::{future::IntoFuture, net::SocketAddr, path::PathBuf, sync::Mutex};

use ::rocket::{
    Config, Responder, Rocket, State,
    fairing::AdHoc,
    get,
    http::{Header, Status},
    post, routes,
};
use futures_util::{Stream, stream::BoxStream};
use sse_core::{Event, Frame};
use sse_hub::Subscription;
use sse_rocket::{LastEventId, NoContent, Receiver, Refusal, Sse, launch};

use super::{CUSTOM, runtime};
use crate::{
    Lab, Started, Stop,
    attack::site,
    clients::Answer,
    scenario::{self, Item},
};

/// Runs the server until it has stopped.
///
/// # Errors
/// Rocket's, as text.
pub fn serve(lab: Lab, started: Started, stop: Stop) -> Result<(), String> {
    let runtime = runtime(&lab).map_err(|error| error.to_string())?;
    let config = Config::figment().merge(("port", lab.port())).merge(("log_level", "off"));
    let rocket = Rocket::custom(config)
        .attach(on_liftoff(started))
        .manage(lab.clone())
        .mount("/", routes![stream, counted, job, channel])
        .mount("/", routes![resumed, hub, custom, finished, refused, asked, posted])
        .mount("/", routes![presence, publish, plain, taken, ready, counts])
        .mount("/gzip", routes![stream]);
    let launched =
        launch(rocket).config(lab.config()).shutdown(lab.shutdown().clone()).drain(lab.drain());
    let launched = match stop.message() {
        Some(message) => launched.until(message),
        None => launched,
    };
    runtime.block_on(launched.into_future()).map_err(|error| error.to_string())
}

/// Reports the address: Rocket binds its own listener, and knows the port only now.
fn on_liftoff(started: Started) -> AdHoc {
    let started = Mutex::new(Some(started));
    AdHoc::on_liftoff("Conformance: address", move |rocket| {
        Box::pin(async move {
            let started = started.lock().ok().and_then(|mut started| started.take());
            if let Some(started) = started {
                started(SocketAddr::new(rocket.config().address, rocket.config().port));
            }
        })
    })
}

type Response = Sse<BoxStream<'static, Item>>;

#[get("/streams/<name>")]
fn stream(lab: &State<Lab>, name: &str) -> Response {
    Sse::new(scenario::start(name, lab))
}

#[get("/resumed")]
fn resumed(last: LastEventId) -> Response {
    Sse::new(scenario::resumed(last.as_str()))
}

#[get("/streams/counted")]
fn counted(last: LastEventId) -> Response {
    Sse::new(scenario::counted(last.as_str()))
}

#[get("/jobs/<name>")]
fn job(name: &str, lab: &State<Lab>) -> Result<Response, Refusal> {
    Ok(Sse::new(scenario::job(name, lab)?))
}

#[get("/channel")]
fn channel(lab: &State<Lab>) -> Sse<Receiver<Item>> {
    let (sender, sse) = Sse::channel(scenario::CAPACITY);
    lab.give_sender(sender);
    sse
}

#[get("/hub?<topics>&<start>")]
fn hub(
    lab: &State<Lab>,
    topics: &str,
    start: Option<&str>,
    last: LastEventId,
) -> Result<Sse<Subscription>, Refusal> {
    Ok(Sse::new(scenario::subscribe(lab, topics, start, last)?))
}

#[derive(Responder)]
struct Custom {
    sse: Response,
    cache_control: Header<'static>,
}

#[get("/custom")]
fn custom(lab: &State<Lab>) -> Custom {
    Custom {
        sse: Sse::new(scenario::start("idle", lab)),
        cache_control: Header::new("cache-control", CUSTOM),
    }
}

#[get("/stop")]
fn finished() -> Refusal {
    NoContent.into()
}

#[post("/refused")]
fn refused(lab: &State<Lab>) -> Response {
    Sse::new(scenario::start("idle", lab))
        .config(sse_rocket::Config::default().refuse_when_draining())
}

type Answered = Result<Response, Refusal>;

fn answered(scenario: &str, rest: PathBuf, last: &LastEventId) -> Answered {
    match Answer::new(scenario, &rest.to_string_lossy(), last.as_str()) {
        Answer::Stop => Err(NoContent)?,
        Answer::Stream(stream, config) => Ok(Sse::new(stream).config(*config)),
    }
}

#[get("/client/<scenario>/<rest..>")]
fn asked(scenario: &str, rest: PathBuf, last: LastEventId) -> Answered {
    answered(scenario, rest, &last)
}

#[post("/client/<scenario>/<rest..>")]
fn posted(scenario: &str, rest: PathBuf, last: LastEventId) -> Answered {
    answered(scenario, rest, &last)
}

#[get("/presence?<topic>")]
fn presence(lab: &State<Lab>, topic: &str) -> Result<Sse<BoxStream<'static, Event>>, Status> {
    let presence = site::presence(lab, topic).map_err(Status::new)?;
    Ok(Sse::new(presence))
}

#[post("/publish?<topic>", data = "<body>")]
async fn publish(lab: &State<Lab>, topic: &str, body: &str) -> Result<String, Status> {
    site::publish(lab, topic, body.as_bytes()).await.map_err(Status::new)
}

#[get("/plain?<bytes>&<pause>")]
fn plain(
    bytes: Option<usize>,
    pause: Option<u64>,
) -> Sse<impl Stream<Item = Frame> + Send + 'static> {
    Sse::new(site::plain(bytes, pause))
}

/// As [`publish`], without the hub.
#[post("/plain", data = "<_body>")]
fn taken(_body: &str) -> &'static str {
    "taken"
}

#[get("/ready")]
fn ready() -> &'static str {
    "ready"
}

#[get("/counts")]
fn counts(lab: &State<Lab>) -> String {
    site::counts(lab)
}
