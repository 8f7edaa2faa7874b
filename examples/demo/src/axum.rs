//! The programs on axum.

use std::{error::Error, path::Path};

use axum::{Router, response::Html, routing::get};
use guides::inspector::Site;
use sse_axum::Shutdown;
use sse_hub::Hub;
use tokio::net::TcpListener;

#[path = "../../axum/src/bin"]
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

fn app(port: u16, hub: Hub, shutdown: Shutdown, site: Site) -> Router {
    let gateway = crate::gateway(&shutdown);
    Router::new()
        .route("/", get(async || Html(crate::index("axum", "axum"))))
        .nest("/account/", programs::account::app())
        .nest("/chat/", programs::chat::app())
        .nest("/clock/", programs::clock::app())
        .nest("/cluster/", programs::cluster::app(hub, shutdown))
        .nest("/cors/", programs::cors::app(crate::page_origin(port)))
        .nest("/fragments/", programs::fragments::app())
        .nest("/gateway/", programs::gateway::app(gateway))
        .nest("/generation/", programs::generation::app(crate::answers()))
        .nest("/hello/", programs::hello::app())
        .nest("/inspector/", programs::inspector::app(site))
        .nest("/ping/", programs::ping::app())
        .nest("/progress/", programs::progress::app())
        .nest("/relay/", programs::relay::app(crate::upstream(port)))
        .nest("/resume/", programs::resume::app())
        .nest("/ticker/", programs::ticker::app())
        .nest("/tokens/", programs::tokens::app())
}

#[tokio::main]
pub(crate) async fn serve(port: u16, journal: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let hub = crate::hub(journal).await?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let port = listener.local_addr()?.port();
    let shutdown = Shutdown::new();
    let site = Site::start(&shutdown);
    let config = site.observe(crate::config());
    let app = app(port, hub, shutdown.clone(), site);
    crate::print_url("axum", port);
    sse_axum::serve(listener, app).config(config).shutdown(shutdown).await?;
    Ok(())
}
