//! A stream behind a login: by cookie, or by ticket for clients that cannot send cookies, with axum.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/account.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! axum-extra = { version = "0.12", features = ["cookie"] }
//! getrandom = "0.4"
//! serde = { version = "1", features = ["derive"] }
//! sha2 = "0.10"
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub", features = ["tickets"] }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }
//! ```
//!
//! Put `account.rs` beside this file, add `mod account;`, and remove `guides::`. Copy
//! `examples/pages/account.html` too, and change its path in `include_str!`.

use std::io;

use axum::{
    Form, Router,
    extract::{Query, State},
    http::{StatusCode, header::SERVER},
    response::{Html, IntoResponse},
    routing::{get, post},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use guides::account::{Access, Accounts, Login, config};
use sse_axum::{LastEventId, Refusal, Sse};
use tokio::net::TcpListener;

pub(crate) fn app() -> Router {
    Router::new()
        .route("/", get(page))
        .route("/events", get(events))
        .route("/tickets", post(issue_ticket))
        .route("/login", post(log_in))
        .route("/logout", post(log_out))
        .with_state(Accounts::default())
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/account.html")))
}

async fn events(
    State(accounts): State<Accounts>,
    Query(access): Query<Access>,
    cookies: CookieJar,
    last: LastEventId,
) -> Result<impl IntoResponse, Refusal> {
    let feed = accounts.feed(session(&cookies), access.ticket.as_deref(), &last).await?;
    Ok(Sse::new(feed).config(config()))
}

async fn issue_ticket(
    State(accounts): State<Accounts>,
    cookies: CookieJar,
) -> Result<String, Refusal> {
    Ok(accounts.issue_ticket(session(&cookies)).await?)
}

async fn log_in(
    State(accounts): State<Accounts>,
    cookies: CookieJar,
    Form(login): Form<Login>,
) -> Result<impl IntoResponse, Refusal> {
    let id = accounts.log_in(session(&cookies), login.name, &login.password)?;
    // `Lax`: no form or script of another site can act as the user. Without a path, the cookie is for
    // the folder of this request's path. Add `secure(true)` if you serve https.
    let cookie = Cookie::build(("session", id)).http_only(true).same_site(SameSite::Lax);
    Ok((cookies.add(cookie), StatusCode::NO_CONTENT))
}

async fn log_out(State(accounts): State<Accounts>, cookies: CookieJar) -> impl IntoResponse {
    accounts.log_out(session(&cookies));
    (cookies.remove("session"), StatusCode::NO_CONTENT)
}

fn session(cookies: &CookieJar) -> Option<&str> {
    cookies.get("session").map(Cookie::value)
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app()).await
}
