//! A long job, started by POST and watched by any number of tabs, with actix-web.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/progress.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! fastrand = "2"
//! serde = { version = "1", features = ["derive"] }
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio = { version = "1", features = ["rt", "time"] }
//! ```
//!
//! Put `progress.rs` beside this file, add `mod progress;`, and remove `guides::`. Copy
//! `examples/pages/progress.html` too, and change its path in `include_str!`.

use std::{io, net::TcpListener};

use actix_web::{
    App, HttpResponse, HttpServer, Responder, get,
    http::header::SERVER,
    post,
    web::{Data, Html, Json, Path, ServiceConfig},
};
use guides::progress::Jobs;
use sse_actix::{LastEventId, Refusal, Sse};

/// Call this once, not on each of actix's threads, because they share the jobs.
pub(crate) fn app() -> impl Fn(&mut ServiceConfig) + Clone {
    let jobs = Data::new(Jobs::open());
    move |config| {
        config.app_data(jobs.clone()).service((page, start, events));
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/progress.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

#[post("/jobs")]
async fn start(jobs: Data<Jobs>, Json(rows): Json<Vec<String>>) -> Result<impl Responder, Refusal> {
    Ok(HttpResponse::Created().body(jobs.start(rows)?))
}

#[get("/jobs/{id}/events")]
async fn events(
    jobs: Data<Jobs>,
    id: Path<String>,
    last: LastEventId,
) -> Result<impl Responder, Refusal> {
    Ok(Sse::new(jobs.watch(&id, &last)?))
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let app = app();
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).await
}
