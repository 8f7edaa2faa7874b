//! The events of another server, every second one of them, with Rocket.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! async-stream = "0.3"
//! reqwest = { version = "0.13", default-features = false, features = ["stream"] } # https: "rustls"
//! rocket = "0.5"
//! sse-rocket = { path = "../sse/sse-rocket" }
//! ```
//!
//! Copy `examples/pages/relay.html` too, and write in `include_str!` where you put it. The environment
//! variable `UPSTREAM` says what to relay; if it is not set, it is the clock of these examples, to be
//! started beside this program.

use std::{env, error::Error, time::Duration};

use async_stream::try_stream;
use reqwest::{Client, Url, header::ACCEPT};
use rocket::{
    Config, State,
    fairing::{AdHoc, Fairing},
    futures::Stream,
    get,
    response::content::RawHtml,
    routes,
};
use sse_rocket::{DecodeStream, Event, EventId, LastEventId, Sse};

/// Where the events come from: for the operator to say, never for a visitor, who could have this
/// server read what only it can reach.
#[derive(Clone)]
struct Upstream {
    client: Client,
    url: Url,
}

impl Upstream {
    fn new(url: Url) -> Self {
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(5))
            // A server that vanished sends no end; one that is there sends a comment now and then.
            .read_timeout(Duration::from_secs(60));
        Self { client: client.build().expect("only timeouts are set"), url }
    }

    /// What comes after the event that the browser saw last, as far as it is `passed`.
    ///
    /// Each browser has its own connection upstream; to share one, publish what comes into a hub.
    fn events(self, last: LastEventId) -> impl Stream<Item = Result<Event, Failure>> {
        try_stream! {
            let mut request = self.client.get(self.url).header(ACCEPT, "text/event-stream");
            if let Some(id) = last.as_str() {
                request = request.header("last-event-id", id);
            }
            let response = request.send().await?.error_for_status()?;
            // Decoded, not copied byte by byte: so an event that was cut off is not passed on in part.
            for await item in DecodeStream::new(response.bytes_stream()) {
                if let Some(event) = item?.into_event().filter(passed) {
                    yield event;
                }
            }
        }
    }
}

type Failure = Box<dyn Error + Send + Sync>;

fn passed(event: &Event) -> bool {
    let even = |id: &EventId| id.parse().is_ok_and(|id: u64| id.is_multiple_of(2));
    event.id.as_ref().is_some_and(even)
}

pub(crate) fn app(base: &'static str, upstream: Url) -> impl Fairing {
    AdHoc::on_ignite("relay", move |rocket| async move {
        rocket.manage(Upstream::new(upstream)).mount(base, routes![page, events])
    })
}

// Rocket itself says `server: Rocket`.
#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/relay.html"))
}

/// When the upstream ends, fails or is not there, this ends too, after a whole event. The answer is
/// 200 even then: another status would keep the browser away for good. So it comes back, says which
/// ID it saw last, and gets what follows.
#[get("/events")]
fn events(
    upstream: &State<Upstream>,
    last: LastEventId,
) -> Sse<impl Stream<Item = Result<Event, Failure>>> {
    Sse::new(Upstream::clone(upstream).events(last))
}

#[rocket::main]
async fn main() -> Result<(), Failure> {
    let upstream = env::var("UPSTREAM").unwrap_or("http://127.0.0.1:3000/events".to_owned());
    let rocket = rocket::custom(Config::figment().merge(("port", 3001)));
    let rocket = rocket.attach(app("/", upstream.parse()?));
    sse_rocket::launch(rocket).await?;
    Ok(())
}
