//! The programs on actix-web.

use std::{error::Error, net::TcpListener, path::Path};

use actix_web::{
    App, HttpServer,
    web::{Html, ServiceConfig, get, scope},
};
use guides::inspector::Site;
use sse_actix::Shutdown;
use sse_hub::Hub;

#[path = "../../actix/src/bin"]
#[allow(dead_code, reason = "each program's own `main`")]
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

/// Like an actix program with state: called once, and its result is called on each thread.
fn app(port: u16, hub: Hub, shutdown: Shutdown, site: Site) -> impl Fn(&mut ServiceConfig) + Clone {
    let account = programs::account::app();
    let chat = programs::chat::app();
    let gateway = programs::gateway::app(crate::gateway(&shutdown));
    let cluster = programs::cluster::app(hub, shutdown);
    let cors = programs::cors::app(crate::page_origin(port));
    let inspector = programs::inspector::app(site);
    let progress = programs::progress::app();
    let resume = programs::resume::app();
    let fragments = programs::fragments::app();
    let generation = programs::generation::app(crate::answers());
    let relay = programs::relay::app(crate::upstream(port));
    let ticker = programs::ticker::app();
    let tokens = programs::tokens::app();
    move |config| {
        config
            .route("/", get().to(async || Html::new(crate::index("actix-web", "actix"))))
            .service(scope("/account").configure(&account))
            .service(scope("/chat").configure(&chat))
            .service(scope("/clock").configure(programs::clock::app))
            .service(scope("/cluster").configure(&cluster))
            .service(scope("/cors").configure(&cors))
            .service(scope("/fragments").configure(&fragments))
            .service(scope("/gateway").configure(&gateway))
            .service(scope("/generation").configure(&generation))
            .service(scope("/hello").configure(programs::hello::app))
            .service(scope("/inspector").configure(&inspector))
            .service(scope("/ping").configure(programs::ping::app))
            .service(scope("/progress").configure(&progress))
            .service(scope("/relay").configure(&relay))
            .service(scope("/resume").configure(&resume))
            .service(scope("/ticker").configure(&ticker))
            .service(scope("/tokens").configure(&tokens));
    }
}

#[actix_web::main]
pub(crate) async fn serve(port: u16, journal: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let hub = crate::hub(journal).await?;
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let port = listener.local_addr()?.port();
    crate::print_url("actix-web", port);
    let shutdown = Shutdown::new();
    let site = Site::start(&shutdown);
    let config = site.observe(crate::config());
    let app = app(port, hub, shutdown.clone(), site);
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).config(config).shutdown(shutdown).await?;
    Ok(())
}
