//! A stream behind a login: by cookie, or by ticket for clients that cannot send cookies, with
//! Rocket.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/account.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! getrandom = "0.4"
//! rocket = "0.5"
//! serde = { version = "1", features = ["derive"] }
//! sha2 = "0.10"
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub", features = ["tickets"] }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! ```
//!
//! Put `account.rs` beside this file, add `mod account;`, and remove `guides::`. Copy
//! `examples/pages/account.html` too, and change its path in `include_str!`.

use guides::account::{Accounts, config};
use rocket::{
    Config, FromForm, State,
    fairing::{AdHoc, Fairing},
    form::Form,
    get,
    http::{Cookie, CookieJar, SameSite, Status},
    post,
    response::content::RawHtml,
    routes,
};
use sse_hub::Subscription;
use sse_rocket::{LastEventId, Refusal, Sse};

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("account", move |rocket| async move {
        let routes = routes![page, events, issue_ticket, log_in, log_out];
        rocket.manage(Accounts::default()).manage(Base(base)).mount(base, routes)
    })
}

/// The path of the cookie, which would otherwise be for the whole server.
struct Base(&'static str);

#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/account.html"))
}

#[get("/events?<ticket>")]
async fn events(
    accounts: &State<Accounts>,
    ticket: Option<&str>,
    cookies: &CookieJar<'_>,
    last: LastEventId,
) -> Result<Sse<Subscription>, Refusal> {
    let feed = accounts.feed(session(cookies), ticket, &last).await?;
    Ok(Sse::new(feed).config(config()))
}

#[post("/tickets")]
async fn issue_ticket(
    accounts: &State<Accounts>,
    cookies: &CookieJar<'_>,
) -> Result<String, Refusal> {
    Ok(accounts.issue_ticket(session(cookies)).await?)
}

#[derive(FromForm)]
struct Login {
    name: String,
    password: String,
}

#[post("/login", data = "<login>")]
fn log_in(
    accounts: &State<Accounts>,
    base: &State<Base>,
    cookies: &CookieJar,
    login: Form<Login>,
) -> Result<Status, Refusal> {
    let Login { name, password } = login.into_inner();
    let id = accounts.log_in(session(cookies), name, &password)?;
    // `Lax`: no form or script of another site can act as the user. Add `secure(true)` if you serve https.
    let cookie = Cookie::build(("session", id)).path(base.0);
    cookies.add(cookie.http_only(true).same_site(SameSite::Lax));
    Ok(Status::NoContent)
}

#[post("/logout")]
fn log_out(accounts: &State<Accounts>, base: &State<Base>, cookies: &CookieJar) -> Status {
    accounts.log_out(session(cookies));
    cookies.remove(Cookie::build("session").path(base.0));
    Status::NoContent
}

fn session<'c>(cookies: &'c CookieJar) -> Option<&'c str> {
    cookies.get("session").map(Cookie::value)
}

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(Config::figment().merge(("port", 3000))).attach(app("/"));
    sse_rocket::launch(rocket).await
}
