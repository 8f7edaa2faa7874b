//! Fragments of HTML for htmx and for Turbo, which update a page that has no script of its own.

use std::time::Duration;

use async_stream::stream;
use serde::Deserialize;
use sse_core::{Event, Frame, LastEventId, Refusal};
use sse_hub::{Hub, Start};
use tokio::time::interval;
use tokio_stream::{Stream, StreamExt};

/// A piece of HTML, its place on the page, and what to do with the content that is there.
struct Fragment {
    action: &'static str,
    place: &'static str,
    html: String,
}

impl Fragment {
    /// htmx selects an event by its type, and the page says what to do with it.
    fn htmx(&self) -> Event {
        Event::data(self.html.clone()).event(self.place)
    }

    /// Turbo takes events without a type, which say themselves what to do.
    fn turbo(&self) -> Event {
        let Self { action, place, html } = self;
        Event::data(format!(
            "<turbo-stream action=\"{action}\" target=\"{place}\">\n\
            <template>{html}</template>\n\
            </turbo-stream>"
        ))
    }
}

/// A form of the page.
#[derive(Deserialize)]
pub struct Entry {
    pub text: String,
}

/// A guest book, and some measurements.
#[derive(Clone, Default)]
pub struct GuestBook(Hub);

impl GuestBook {
    /// Returns the page's fragments for htmx.
    pub fn htmx(&self, last: &LastEventId) -> Result<impl Stream<Item = Frame> + use<>, Refusal> {
        self.fragments("htmx", last, Fragment::htmx)
    }

    /// Returns the page's fragments for Turbo.
    pub fn turbo(&self, last: &LastEventId) -> Result<impl Stream<Item = Frame> + use<>, Refusal> {
        self.fragments("turbo", last, Fragment::turbo)
    }

    /// Adds an entry. A visitor's text stays text, whatever it looks like.
    pub fn write(&self, text: &str) -> Result<(), Refusal> {
        if !(1..=200).contains(&text.chars().count()) {
            Err((400, "an entry has 1 to 200 characters"))?;
        }
        let html = format!("<li>{}</li>", html_escape::encode_text(text));
        let entry = Fragment { action: "prepend", place: "entries", html };
        for (topic, event) in [("htmx", entry.htmx()), ("turbo", entry.turbo())] {
            self.0.publish_now(topic, event).expect("short; the hub is not drained");
        }
        Ok(())
    }

    /// Returns the last entries of the guest book and all new ones, merged with the measurements.
    fn fragments(
        &self,
        topic: &str,
        last: &LastEventId,
        encode: fn(&Fragment) -> Event,
    ) -> Result<impl Stream<Item = Frame> + use<>, Refusal> {
        let entries = self.0.subscribe(topic)?.resume(last.clone()).start(Start::Last(20));
        Ok(entries.merge(measure().map(move |fragment| encode(&fragment).encode())))
    }
}

/// Returns a number, and rows of a table. A row has several lines: data may contain line breaks.
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

/// The page's libraries, served from here: a copy on somebody else's server may change.
pub fn library(name: &str) -> Option<&'static str> {
    match name {
        "htmx.js" => Some(include_str!("../../pages/vendor/htmx.min.js")),
        "htmx-ext-sse.js" => Some(include_str!("../../pages/vendor/htmx-ext-sse.js")),
        "turbo.js" => Some(include_str!("../../pages/vendor/turbo.js")),
        _ => None,
    }
}
