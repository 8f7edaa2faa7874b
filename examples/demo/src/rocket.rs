//! The programs on Rocket.

use rocket::{
    Build, Config, Rocket, config::LogLevel, fairing::AdHoc, get, response::content::RawHtml,
    routes,
};
use sse_rocket::{Drain, Shutdown, launch, termination};

#[path = "../../rocket/src/bin"]
#[expect(dead_code, reason = "each program's own `main`")]
mod programs {
    pub(super) mod account;
    pub(super) mod chat;
    pub(super) mod clock;
    pub(super) mod cors;
    pub(super) mod generation;
    pub(super) mod hello;
    pub(super) mod ping;
    pub(super) mod progress;
    pub(super) mod resume;
    pub(super) mod ticker;
    pub(super) mod tokens;
}

fn app(rocket: Rocket<Build>) -> Rocket<Build> {
    rocket
        .mount("/", routes![index])
        .mount("/clock", programs::clock::app())
        .mount("/hello", programs::hello::app())
        .mount("/ping", programs::ping::app())
        .attach(programs::account::app("/account"))
        .attach(programs::chat::app("/chat"))
        .attach(programs::cors::app("/cors"))
        .attach(programs::progress::app("/progress"))
        .attach(programs::resume::app("/resume"))
        .attach(programs::generation::app("/generation", crate::answers_kept()))
        .attach(programs::ticker::app("/ticker"))
        .attach(programs::tokens::app("/tokens"))
}

#[get("/")]
fn index() -> RawHtml<String> {
    RawHtml(crate::index("Rocket", "rocket"))
}

pub(crate) fn serve(port: u16) -> Result<(), Box<rocket::Error>> {
    let config = Config { port, log_level: LogLevel::Off, ..Config::default() };
    let rocket = app(rocket::custom(config)).attach(AdHoc::on_liftoff("URL", |rocket| {
        // Rocket opens its own listener; only now is the port known.
        Box::pin(async { crate::print_url("Rocket", rocket.config().port) })
    }));
    let shutdown = Shutdown::process();
    let stopped = launch(rocket, &shutdown, termination(), Drain::default());
    rocket::execute(stopped)
}
