//! Every program on every framework, as the user of a browser sees it.
#![allow(clippy::unwrap_used)] // a test's helpers may, as its functions may

mod account;
mod browser;
mod chat;
mod clock;
mod cluster;
mod cors;
mod deploy;
mod exit;
mod fragments;
mod gallery;
mod generation;
mod hello;
mod hostile;
mod inspector;
mod ping;
mod progress;
mod relay;
mod resume;
mod server;
mod tabs;
mod ticker;
mod tokens;

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

/// How long a page may take to show what is expected. A browser reconnects up to 4 s after a drain
/// (`Drain::default`), and the next event comes up to 1 s later; the rest is for slow machines.
const PATIENCE: Duration = Duration::from_secs(15);

/// The frameworks, with the demo's argument and the name in their `server` header.
const AXUM: Framework = Framework { argument: "axum", name: "axum" };
const ACTIX: Framework = Framework { argument: "actix", name: "actix-web" };
const WARP: Framework = Framework { argument: "warp", name: "warp" };
const ROCKET: Framework = Framework { argument: "rocket", name: "Rocket" };

#[derive(Clone, Copy)]
struct Framework {
    argument: &'static str,
    name: &'static str,
}

/// Lets two tests run at a time. They mostly wait for pages.
async fn turn() -> SemaphorePermit<'static> {
    TURNS.acquire().await.expect("a semaphore that nobody closes")
}

/// Lets one test run alone, for measurements.
async fn turn_alone() -> SemaphorePermit<'static> {
    TURNS.acquire_many(AT_ONCE).await.expect("a semaphore that nobody closes")
}

const AT_ONCE: u32 = 2;
static TURNS: Semaphore = Semaphore::const_new(AT_ONCE as usize);
