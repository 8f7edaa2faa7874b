//! The programs on warp.

use std::{error::Error, path::Path};

use guides::inspector::Site;
use sse_hub::Hub;
use sse_warp::Shutdown;
use tokio::net::TcpListener;
use warp::{Filter, Rejection, Reply};

#[path = "../../warp/src/bin"]
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
    port: u16,
    hub: Hub,
    shutdown: Shutdown,
    site: Site,
) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let gateway = crate::gateway(&shutdown);
    warp::path::end()
        .map(|| warp::reply::html(crate::index("warp", "warp")))
        .or(warp::path("account").and(programs::account::app()))
        .or(warp::path("chat").and(programs::chat::app()))
        .or(warp::path("clock").and(programs::clock::app()))
        .or(warp::path("cluster").and(programs::cluster::app(hub, shutdown)))
        .or(warp::path("cors").and(programs::cors::app(crate::page_origin(port))))
        .or(warp::path("fragments").and(programs::fragments::app()))
        .or(warp::path("gateway").and(programs::gateway::app(gateway)))
        .or(warp::path("generation").and(programs::generation::app(crate::answers())))
        .or(warp::path("hello").and(programs::hello::app()))
        .or(warp::path("inspector").and(programs::inspector::app(site)))
        .or(warp::path("ping").and(programs::ping::app()))
        .or(warp::path("progress").and(programs::progress::app()))
        .or(warp::path("relay").and(programs::relay::app(crate::upstream(port))))
        .or(warp::path("resume").and(programs::resume::app()))
        .or(warp::path("ticker").and(programs::ticker::app()))
        .or(warp::path("tokens").and(programs::tokens::app()))
}

#[tokio::main]
pub(crate) async fn serve(port: u16, journal: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let hub = crate::hub(journal).await?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let port = listener.local_addr()?.port();
    crate::print_url("warp", port);
    let shutdown = Shutdown::new();
    let site = Site::start(&shutdown);
    let config = site.observe(crate::config());
    let app = app(port, hub, shutdown.clone(), site);
    sse_warp::serve(listener, app).config(config).shutdown(shutdown).await?;
    Ok(())
}
