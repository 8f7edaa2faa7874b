//! warp as its docs show it.

use ::warp::{
    Filter, Rejection, Reply,
    filters::{BoxedFilter, compression::gzip, path::Tail},
    http::StatusCode,
    reply::{Response, with_header},
};
use bytes::Bytes;
use sse_warp::{Config, LastEventId, NoContent, Refusal, Sse, last_event_id};

use super::{CUSTOM, Follow, Named, Plain, runtime};
use crate::{Lab, Started, Stop, attack::site, clients::Answer, scenario};

/// Runs the server until it has stopped.
///
/// # Errors
/// The system's, as text.
pub fn serve(lab: Lab, started: Started, stop: Stop) -> Result<(), String> {
    let runtime = runtime(&lab).map_err(|error| error.to_string())?;
    let served = runtime.block_on(async {
        let listener = sse_warp::listen(("127.0.0.1", lab.port())).await?;
        started(listener.local_addr()?);
        let routes = routes(lab.clone());
        let serve = sse_warp::serve(listener, routes)
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

fn routes(lab: Lab) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let with_lab = ::warp::any().map(move || lab.clone()).boxed();
    // `get()` alone would refuse a HEAD.
    let read = ::warp::get().or(::warp::head()).unify().boxed();

    let plain = ::warp::path!("streams" / String).and(with_lab.clone()).map(stream);
    let zipped = ::warp::path!("gzip" / "streams" / String).and(with_lab.clone()).map(stream);
    let counted = ::warp::path!("streams" / "counted")
        .and(last_event_id())
        .map(|last: LastEventId| Sse::new(scenario::counted(last.as_str())));
    let job = ::warp::path!("jobs" / String).and(with_lab.clone()).then(job);
    let channel = ::warp::path!("channel").and(with_lab.clone()).map(channel);
    let resumed = ::warp::path!("resumed")
        .and(last_event_id())
        .map(|last: LastEventId| Sse::new(scenario::resumed(last.as_str())));
    let hub = ::warp::path!("hub")
        .and(with_lab.clone())
        .and(::warp::query())
        .and(last_event_id())
        .map(hub);
    let custom = ::warp::path!("custom").and(with_lab.clone()).map(|lab: Lab| {
        with_header(Sse::new(scenario::start("idle", &lab)), "cache-control", CUSTOM)
    });
    let stop = ::warp::path!("stop").map(|| Refusal::from(NoContent));
    let refused =
        ::warp::path!("refused").and(::warp::post()).and(with_lab.clone()).map(|lab: Lab| {
            Sse::new(scenario::start("idle", &lab)).config(Config::default().refuse_when_draining())
        });

    let client = ::warp::path!("client" / String / ..)
        .and(::warp::path::tail())
        .and(last_event_id())
        .map(client);

    let own = counted.or(job).or(channel).boxed();
    read.and(own.or(plain).or(zipped.with(gzip())).or(resumed).or(hub).or(custom).or(stop))
        .or(refused)
        .or(client)
        .or(attacked(with_lab))
}

/// What is served under [attack](crate::attack).
fn attacked(
    with_lab: BoxedFilter<(Lab,)>,
) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let presence = ::warp::path!("presence").and(with_lab.clone()).and(::warp::query()).map(
        |lab: Lab, Named { topic }| {
            let presence = site::presence(&lab, &topic).map_err(status)?;
            Ok::<_, StatusCode>(Sse::new(presence))
        },
    );
    let publish = ::warp::path!("publish")
        .and(with_lab.clone())
        .and(::warp::query())
        .and(::warp::body::bytes())
        .then(|lab: Lab, Named { topic }, body: Bytes| async move {
            site::publish(&lab, &topic, &body).await.map_err(status)
        });
    let plain = ::warp::path!("plain")
        .and(::warp::query())
        .map(|Plain { bytes, pause }| Sse::new(site::plain(bytes, pause)));
    // As `publish`, without the hub.
    let taken = ::warp::path!("plain").and(::warp::body::bytes()).map(|_: Bytes| "taken");
    let ready = ::warp::path!("ready").map(|| "ready");
    let counts = ::warp::path!("counts").and(with_lab).map(|lab: Lab| site::counts(&lab));

    let read = ::warp::get().and(presence.or(plain).or(ready).or(counts));
    read.or(::warp::post().and(publish.or(taken))).boxed()
}

fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
}

fn hub(
    lab: Lab,
    Follow { topics, start }: Follow,
    last: LastEventId,
) -> Result<impl Reply, Refusal> {
    Ok(Sse::new(scenario::subscribe(&lab, &topics, start.as_deref(), last)?))
}

async fn job(name: String, lab: Lab) -> Result<impl Reply, Refusal> {
    Ok(Sse::new(scenario::job(&name, &lab)?))
}

fn channel(lab: Lab) -> impl Reply {
    let (sender, sse) = Sse::channel(scenario::CAPACITY);
    lab.give_sender(sender);
    sse
}

fn stream(name: String, lab: Lab) -> impl Reply {
    Sse::new(scenario::start(&name, &lab))
}

fn client(scenario: String, rest: Tail, last: LastEventId) -> Response {
    match Answer::new(&scenario, rest.as_str(), last.as_str()) {
        Answer::Stop => Refusal::from(NoContent).into_response(),
        Answer::Stream(stream, config) => Sse::new(stream).config(*config).into_response(),
    }
}
