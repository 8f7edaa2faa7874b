//! Fragments of HTML for htmx and for Turbo, which update a page without a script of its own, with
//! warp.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! fastrand = "2"
//! html-escape = "0.3"
//! serde = { version = "1", features = ["derive"] }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }
//! tokio-stream = "0.1"
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Copy `examples/pages/fragments.html` and `examples/pages/vendor/` too, and write in `include_str!`
//! where you put them.

use std::{io, time::Duration};

use async_stream::stream;
use serde::Deserialize;
use sse_hub::{Hub, Start, SubscribeError, Subscription};
use sse_warp::{Event, Frame, LastEventId, Sse, last_event_id};
use tokio::{net::TcpListener, time::interval};
use tokio_stream::{Stream, StreamExt};
use warp::{
    Filter, Rejection, Reply,
    http::StatusCode,
    reply::{WithStatus, with_header, with_status},
};

/// A piece of HTML, the place on the page that takes it, and what becomes of what was there.
struct Fragment {
    action: &'static str,
    place: &'static str,
    html: String,
}

impl Fragment {
    /// htmx takes an event by its name, and the page says what to do with it.
    fn htmx(&self) -> Event {
        Event::data(self.html.clone()).event(self.place)
    }

    /// Turbo takes events without a name, which say themselves what to do.
    fn turbo(&self) -> Event {
        let Self { action, place, html } = self;
        Event::data(format!(
            "<turbo-stream action=\"{action}\" target=\"{place}\">\n\
            <template>{html}</template>\n\
            </turbo-stream>"
        ))
    }
}

/// A number, and a row of a table, in many lines: a line break is as good as any other character.
fn measure() -> impl Stream<Item = Fragment> {
    let mut ticks = interval(Duration::from_secs(1));
    stream! {
        for (second, room) in (0..).zip(["kitchen", "cellar", "roof"].iter().cycle()) {
            ticks.tick().await;
            yield Fragment { action: "update", place: "seconds", html: format!("{second}") };
            let degrees = 15.0 + 10.0 * fastrand::f64();
            let html = format!("\n<th>{room}</th>\n<td>{degrees:.1} °C</td>\n<td>{second} s</td>\n");
            yield Fragment { action: "update", place: room, html };
        }
    }
}

/// An entry of the guest book. What a visitor wrote becomes text, whatever it looks like.
fn entry(text: &str) -> Fragment {
    let html = format!("<li>{}</li>", html_escape::encode_text(text));
    Fragment { action: "prepend", place: "entries", html }
}

fn publish(hub: &Hub, fragment: &Fragment) {
    for (topic, event) in [("htmx", fragment.htmx()), ("turbo", fragment.turbo())] {
        hub.publish_now(topic, event).expect("checked texts are short; the hub never drains");
    }
}

/// The last entries of the guest book and those to come, and what is measured meanwhile.
fn fragments(
    entries: Subscription,
    last: LastEventId,
    encode: fn(&Fragment) -> Event,
) -> impl Stream<Item = Frame> {
    let entries = entries.resume(last).start(Start::Last(20));
    entries.merge(measure().map(move |fragment| encode(&fragment).encode()))
}

pub(crate) fn app() -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let hub = Hub::new();
    let hub = warp::any().map(move || hub.clone());
    let page = warp::path::end().map(page);
    let vendor = warp::path!("vendor" / String).map(vendor);
    let htmx = warp::path!("htmx").and(hub.clone()).and(last_event_id()).map(htmx);
    let turbo = warp::path!("turbo").and(hub.clone()).and(last_event_id()).map(turbo);
    // warp itself takes bodies of any size; in a form, a character may take twelve bytes.
    let form = warp::body::content_length_limit(4 * 1024).and(warp::body::form());
    let entries = warp::path!("entries").and(hub).and(form).map(write);
    warp::get().and(page.or(vendor).or(htmx).or(turbo)).or(warp::post().and(entries))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/fragments.html"));
    with_header(page, "server", "warp")
}

fn vendor(name: String) -> Result<impl Reply, StatusCode> {
    let script = library(&name).ok_or(StatusCode::NOT_FOUND)?;
    Ok(with_header(script, "content-type", "text/javascript; charset=utf-8"))
}

/// The libraries, to be served by yourself: what others serve, others change.
fn library(name: &str) -> Option<&'static str> {
    match name {
        "htmx.js" => Some(include_str!("../../../pages/vendor/htmx.min.js")),
        "htmx-ext-sse.js" => Some(include_str!("../../../pages/vendor/htmx-ext-sse.js")),
        "turbo.js" => Some(include_str!("../../../pages/vendor/turbo.js")),
        _ => None,
    }
}

fn htmx(hub: Hub, last: LastEventId) -> Result<impl Reply, Refused> {
    let entries = hub.subscribe("htmx").map_err(unavailable)?;
    Ok(Sse::new(fragments(entries, last, Fragment::htmx)))
}

fn turbo(hub: Hub, last: LastEventId) -> Result<impl Reply, Refused> {
    let entries = hub.subscribe("turbo").map_err(unavailable)?;
    Ok(Sse::new(fragments(entries, last, Fragment::turbo)))
}

#[derive(Deserialize)]
struct Entry {
    text: String,
}

/// Then back to the page, of which htmx takes the form, empty again.
fn write(hub: Hub, Entry { text }: Entry) -> Result<impl Reply, Refused> {
    if !(1..=200).contains(&text.chars().count()) {
        let rule = "an entry has 1 to 200 characters".to_owned();
        return Err(with_status(rule, StatusCode::BAD_REQUEST));
    }
    publish(&hub, &entry(&text));
    // warp's own redirects know no relative address.
    Ok(with_header(StatusCode::SEE_OTHER, "location", "./"))
}

type Refused = WithStatus<String>;

fn unavailable(error: SubscribeError) -> Refused {
    with_status(error.to_string(), StatusCode::SERVICE_UNAVAILABLE)
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_warp::serve(listener, app()).await
}
