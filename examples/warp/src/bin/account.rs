//! A stream behind a login: by cookie, or by ticket for clients that cannot send cookies, with warp.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/account.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! getrandom = "0.4"
//! serde = { version = "1", features = ["derive"] }
//! sha2 = "0.10"
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub", features = ["tickets"] }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Put `account.rs` beside this file, add `mod account;`, and remove `guides::`. Copy
//! `examples/pages/account.html` too, and change its path in `include_str!`.

use std::io;

use guides::account::{Access, Accounts, Login, config};
use sse_warp::{LastEventId, Refusal, Sse, last_event_id};
use tokio::net::TcpListener;
use warp::{
    Filter, Rejection, Reply,
    http::{StatusCode, header::SET_COOKIE},
    reply::with_header,
};

pub(crate) fn app() -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let accounts = Accounts::default();
    let accounts = warp::any().map(move || accounts.clone());
    let accounts = accounts.and(warp::cookie::optional::<String>("session"));
    // warp sets no limit itself.
    let form = warp::body::content_length_limit(4096).and(warp::body::form());
    let page = warp::path::end().map(page);
    let events = warp::path!("events").and(accounts.clone()).and(warp::query());
    let events = events.and(last_event_id()).then(self::events);
    let tickets = warp::path!("tickets").and(accounts.clone()).then(issue_ticket);
    let login = warp::path!("login").and(accounts.clone()).and(form).map(log_in);
    let logout = warp::path!("logout").and(accounts).map(log_out);
    warp::get().and(page.or(events)).or(warp::post().and(tickets.or(login).or(logout)))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/account.html"));
    warp::reply::with_header(page, "server", "warp")
}

async fn events(
    accounts: Accounts,
    session: Option<String>,
    access: Access,
    last: LastEventId,
) -> Result<impl Reply, Refusal> {
    let feed = accounts.feed(session.as_deref(), access.ticket.as_deref(), &last).await?;
    Ok(Sse::new(feed).config(config()))
}

async fn issue_ticket(accounts: Accounts, session: Option<String>) -> Result<String, Refusal> {
    Ok(accounts.issue_ticket(session.as_deref()).await?)
}

fn log_in(
    accounts: Accounts,
    session: Option<String>,
    login: Login,
) -> Result<impl Reply, Refusal> {
    let id = accounts.log_in(session.as_deref(), login.name, &login.password)?;
    // `Lax`: no form or script of another site can act as the user. Without a path, the cookie is for
    // the folder of this request's path. Add `Secure` if you serve https.
    let cookie = format!("session={id}; HttpOnly; SameSite=Lax");
    Ok(with_header(StatusCode::NO_CONTENT, SET_COOKIE, cookie))
}

fn log_out(accounts: Accounts, session: Option<String>) -> impl Reply {
    accounts.log_out(session.as_deref());
    with_header(StatusCode::NO_CONTENT, SET_COOKIE, "session=; Max-Age=0")
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_warp::serve(listener, app()).await
}
