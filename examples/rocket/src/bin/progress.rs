//! A long job, started by POST and watched by any number of tabs, with Rocket.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/progress.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! fastrand = "2"
//! rocket = { version = "0.5", features = ["json"] }
//! serde = { version = "1", features = ["derive"] }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! tokio = { version = "1", features = ["rt", "time"] }
//! ```
//!
//! Put `progress.rs` beside this file, add `mod progress;`, and remove `guides::`. Copy
//! `examples/pages/progress.html` too, and change its path in `include_str!`.

use guides::progress::Jobs;
use rocket::{
    Config, State,
    fairing::{AdHoc, Fairing},
    get,
    http::Status,
    post,
    response::{content::RawHtml, status::Custom},
    routes,
    serde::json::Json,
};
use sse_hub::Subscription;
use sse_rocket::{LastEventId, Refusal, Sse};

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("progress", move |rocket| async move {
        rocket.manage(Jobs::open()).mount(base, routes![page, start, events])
    })
}

#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/progress.html"))
}

#[post("/jobs", data = "<rows>")]
fn start(jobs: &State<Jobs>, rows: Json<Vec<String>>) -> Result<Custom<String>, Refusal> {
    Ok(Custom(Status::Created, jobs.start(rows.into_inner())?))
}

#[get("/jobs/<id>/events")]
fn events(jobs: &State<Jobs>, id: &str, last: LastEventId) -> Result<Sse<Subscription>, Refusal> {
    Ok(Sse::new(jobs.watch(id, &last)?))
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(Config::figment().merge(("port", 3000))).attach(app("/"));
    sse_rocket::launch(rocket).await
}
