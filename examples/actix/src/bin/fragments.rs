//! Fragments of HTML for htmx and for Turbo, which update a page without a script of its own, with
//! actix-web.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! async-stream = "0.3"
//! fastrand = "2"
//! html-escape = "0.3"
//! serde = { version = "1", features = ["derive"] }
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio-stream = "0.1"
//! ```
//!
//! Copy `examples/pages/fragments.html` and `examples/pages/vendor/` too, and write in `include_str!`
//! where you put them.

use std::{io, net::TcpListener, time::Duration};

use actix_web::{
    App, HttpResponse, HttpServer, Responder, Result,
    error::{ErrorBadRequest, ErrorServiceUnavailable},
    get,
    http::header::SERVER,
    post,
    rt::time::interval,
    web::{Data, Form, Html, Path, Redirect, ServiceConfig},
};
use async_stream::stream;
use serde::Deserialize;
use sse_actix::{Event, Frame, LastEventId, Sse};
use sse_hub::{Hub, Start, Subscription};
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

/// Call it once, not on each of actix's threads: they share the hub.
pub(crate) fn app() -> impl Fn(&mut ServiceConfig) + Clone {
    let hub = Data::new(Hub::new());
    move |config| {
        config.app_data(hub.clone());
        config.service(page).service(vendor).service(htmx).service(turbo).service(write);
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/fragments.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

#[get("/vendor/{name}")]
async fn vendor(name: Path<String>) -> Option<impl Responder> {
    let script = library(&name)?;
    Some(HttpResponse::Ok().content_type("text/javascript; charset=utf-8").body(script))
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
async fn htmx(hub: Data<Hub>, last: LastEventId) -> Result<impl Responder> {
    let entries = hub.subscribe("htmx").map_err(ErrorServiceUnavailable)?;
    Ok(Sse::new(fragments(entries, last, Fragment::htmx)))
}

#[get("/turbo")]
async fn turbo(hub: Data<Hub>, last: LastEventId) -> Result<impl Responder> {
    let entries = hub.subscribe("turbo").map_err(ErrorServiceUnavailable)?;
    Ok(Sse::new(fragments(entries, last, Fragment::turbo)))
}

#[derive(Deserialize)]
struct Entry {
    text: String,
}

/// Then back to the page, of which htmx takes the form, empty again.
#[post("/entries")]
async fn write(hub: Data<Hub>, Form(Entry { text }): Form<Entry>) -> Result<impl Responder> {
    if !(1..=200).contains(&text.chars().count()) {
        return Err(ErrorBadRequest("an entry has 1 to 200 characters"));
    }
    publish(&hub, &entry(&text));
    Ok(Redirect::to("./").see_other())
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let app = app();
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).await
}
