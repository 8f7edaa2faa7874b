//! The events of another server, decoded and filtered, with Rocket.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/relay.rs`.
//!
//! The environment variable `UPSTREAM` sets what to relay. Without it, that is the clock of these
//! examples: start it beside this program.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! rocket = "0.5"
//! sse-client = { path = "../sse/sse-client" } # https: see its README
//! sse-core = { path = "../sse/sse-core" }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! tokio-stream = "0.1"
//! ```
//!
//! Put `relay.rs` beside this file, add `mod relay;`, and remove `guides::`. Copy
//! `examples/pages/relay.html` too, and change its path in `include_str!`.

use std::env;

use guides::relay::{Failure, Upstream};
use rocket::{
    Config, State,
    fairing::{AdHoc, Fairing},
    futures::Stream,
    get,
    response::content::RawHtml,
    routes,
};
use sse_rocket::{Event, LastEventId, Sse};

pub(crate) fn app(base: &'static str, upstream: Upstream) -> impl Fairing {
    AdHoc::on_ignite("relay", move |rocket| async move {
        rocket.manage(upstream).mount(base, routes![page, events])
    })
}

#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/relay.html"))
}

#[get("/events")]
fn events(
    upstream: &State<Upstream>,
    last: LastEventId,
) -> Sse<impl Stream<Item = Result<Event, Failure>> + use<>> {
    Sse::new(upstream.events(&last))
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let url = env::var("UPSTREAM").unwrap_or("http://127.0.0.1:3000/events".to_owned());
    println!("relays {url}");
    let app = app("/", Upstream(url));

    let rocket = rocket::custom(Config::figment().merge(("port", 3001))).attach(app);
    sse_rocket::launch(rocket).await
}
