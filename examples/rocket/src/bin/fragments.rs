//! Fragments of HTML for htmx and for Turbo, which update a page without a script of its own, with
//! Rocket.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! fastrand = "2"
//! html-escape = "0.3"
//! rocket = "0.5"
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/fragments.html` and `examples/pages/vendor/` too, and write in `include_str!`
//! where you put them.

use std::time::Duration;

use async_stream::stream;
use rocket::{
    FromForm, State,
    fairing::{AdHoc, Fairing},
    form::Form,
    get,
    http::Status,
    post,
    response::{
        Redirect,
        content::{RawHtml, RawJavaScript},
        status::Custom,
    },
    routes,
    tokio::time::interval,
};
use sse_hub::{Hub, Start, SubscribeError, Subscription};
use sse_rocket::{Event, Frame, LastEventId, Sse};
use tokio_stream::{Stream, StreamExt};

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

/// Rocket manages one state of a type, so this program's hub has a type of its own.
struct GuestBook(Hub);

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("fragments", move |rocket| async move {
        let routes = routes![page, vendor, htmx, turbo, write];
        rocket.manage(GuestBook(Hub::new())).mount(base, routes)
    })
}

// Rocket itself says `server: Rocket`.
#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/fragments.html"))
}

#[get("/vendor/<name>")]
fn vendor(name: &str) -> Option<RawJavaScript<&'static str>> {
    library(name).map(RawJavaScript)
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

#[get("/htmx")]
fn htmx(
    book: &State<GuestBook>,
    last: LastEventId,
) -> Result<Sse<impl Stream<Item = Frame>>, Refused> {
    let entries = book.0.subscribe("htmx").map_err(unavailable)?;
    Ok(Sse::new(fragments(entries, last, Fragment::htmx)))
}

#[get("/turbo")]
fn turbo(
    book: &State<GuestBook>,
    last: LastEventId,
) -> Result<Sse<impl Stream<Item = Frame>>, Refused> {
    let entries = book.0.subscribe("turbo").map_err(unavailable)?;
    Ok(Sse::new(fragments(entries, last, Fragment::turbo)))
}

#[derive(FromForm)]
struct Entry {
    text: String,
}

/// Then back to the page, of which htmx takes the form, empty again.
#[post("/entries", data = "<entry>")]
fn write(book: &State<GuestBook>, entry: Form<Entry>) -> Result<Redirect, Refused> {
    if !(1..=200).contains(&entry.text.chars().count()) {
        return Err(Custom(Status::BadRequest, "an entry has 1 to 200 characters".to_owned()));
    }
    publish(&book.0, &self::entry(&entry.text));
    Ok(Redirect::to("./"))
}

type Refused = Custom<String>;

fn unavailable(error: SubscribeError) -> Refused {
    Custom(Status::ServiceUnavailable, error.to_string())
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(rocket::Config::figment().merge(("port", 3000))).attach(app("/"));
    sse_rocket::launch(rocket).await
}
