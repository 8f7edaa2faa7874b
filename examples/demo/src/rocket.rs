//! The programs on Rocket.

use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
};

use guides::inspector::Site;
use rocket::{
    Build, Config, Rocket, config::LogLevel, fairing::AdHoc, get, response::content::RawHtml,
    routes,
};
use socket2::{Domain, Socket, Type};
use sse_hub::Hub;
use sse_rocket::Shutdown;

#[path = "../../rocket/src/bin"]
#[expect(dead_code, reason = "each program's own `main`")]
mod programs {
    pub(super) mod account;
    pub(super) mod chat;
    pub(super) mod clock;
    pub(super) mod cluster;
    pub(super) mod cors;
    pub(super) mod fragments;
    pub(super) mod gateway;
    pub(super) mod generation;
    pub(super) mod hello;
    pub(super) mod inspector;
    pub(super) mod ping;
    pub(super) mod progress;
    pub(super) mod relay;
    pub(super) mod resume;
    pub(super) mod ticker;
    pub(super) mod tokens;
}

fn app(
    rocket: Rocket<Build>,
    port: u16,
    hub: Hub,
    shutdown: Shutdown,
    site: Site,
) -> Rocket<Build> {
    let gateway = crate::gateway(&shutdown);
    rocket
        .mount("/", routes![index])
        .mount("/clock", programs::clock::app())
        .mount("/hello", programs::hello::app())
        .mount("/ping", programs::ping::app())
        .attach(programs::account::app("/account"))
        .attach(programs::chat::app("/chat"))
        .attach(programs::cluster::app("/cluster", hub, shutdown))
        .attach(programs::cors::app("/cors"))
        .attach(programs::inspector::app("/inspector", site))
        .attach(programs::progress::app("/progress"))
        .attach(programs::resume::app("/resume"))
        .attach(programs::fragments::app("/fragments"))
        .attach(programs::gateway::app("/gateway", gateway))
        .attach(programs::generation::app("/generation", crate::answers()))
        .attach(programs::relay::app("/relay", crate::upstream(port)))
        .attach(programs::ticker::app("/ticker"))
        .attach(programs::tokens::app("/tokens"))
}

#[get("/")]
fn index() -> RawHtml<String> {
    RawHtml(crate::index("Rocket", "rocket"))
}

pub(crate) fn serve(port: u16, journal: Option<&Path>) -> Result<(), Box<dyn Error>> {
    // Rocket opens its own listener, too late for the relay to learn the port that the system picks. So it
    // is picked here and held. A socket that does not listen does not keep Rocket from listening there.
    let held = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    held.set_reuse_address(true)?;
    held.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    let port = held.local_addr()?.as_socket().map_or(port, |address| address.port());
    rocket::execute(async {
        let config = Config { port, log_level: LogLevel::Off, ..Config::default() };
        let hub = crate::hub(journal).await?;
        let shutdown = Shutdown::new();
        let site = Site::start(&shutdown);
        let observed = site.observe(crate::config());
        let rocket = app(rocket::custom(config), port, hub, shutdown.clone(), site);
        let rocket = rocket.attach(AdHoc::on_liftoff("URL", |rocket| {
            Box::pin(async { crate::print_url("Rocket", rocket.config().port) })
        }));
        sse_rocket::launch(rocket).config(observed).shutdown(shutdown).await?;
        Ok(())
    })
}
