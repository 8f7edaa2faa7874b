//! A stream behind a login: by cookie, or by ticket for clients that cannot send cookies, with
//! actix-web.
//!
//! These are the routes. Everything else is the same for all frameworks:
//! `examples/guides/src/account.rs`.
//!
//! To copy both files, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! getrandom = "0.4"
//! serde = { version = "1", features = ["derive"] }
//! sha2 = "0.10"
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-core = { path = "../sse/sse-core" }
//! sse-hub = { path = "../sse/sse-hub", features = ["tickets"] }
//! ```
//!
//! Put `account.rs` beside this file, add `mod account;`, and remove `guides::`. Copy
//! `examples/pages/account.html` too, and change its path in `include_str!`.

use std::{io, net::TcpListener};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, Responder,
    cookie::{Cookie, SameSite},
    get,
    http::header::SERVER,
    post,
    web::{Data, Form, Html, Query, ServiceConfig},
};
use guides::account::{Access, Accounts, Login, config};
use sse_actix::{LastEventId, Refusal, Sse};

/// Call this once, not on each of actix's threads, because they share the accounts.
pub(crate) fn app() -> impl Fn(&mut ServiceConfig) + Clone {
    let accounts = Data::new(Accounts::default());
    move |config| {
        config.app_data(accounts.clone()).service((page, events, issue_ticket, log_in, log_out));
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/account.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

#[get("/events")]
async fn events(
    accounts: Data<Accounts>,
    access: Query<Access>,
    request: HttpRequest,
    last: LastEventId,
) -> Result<impl Responder, Refusal> {
    let feed = accounts.feed(session(&request).as_deref(), access.ticket.as_deref(), &last).await?;
    Ok(Sse::new(feed).config(config()))
}

#[post("/tickets")]
async fn issue_ticket(accounts: Data<Accounts>, request: HttpRequest) -> Result<String, Refusal> {
    Ok(accounts.issue_ticket(session(&request).as_deref()).await?)
}

#[post("/login")]
async fn log_in(
    accounts: Data<Accounts>,
    request: HttpRequest,
    Form(login): Form<Login>,
) -> Result<impl Responder, Refusal> {
    let id = accounts.log_in(session(&request).as_deref(), login.name, &login.password)?;
    // `Lax`: no form or script of another site can act as the user. Without a path, the cookie is for
    // the folder of this request's path. Add `secure(true)` if you serve https.
    let cookie = Cookie::build("session", id).http_only(true).same_site(SameSite::Lax);
    Ok(HttpResponse::NoContent().cookie(cookie.finish()).finish())
}

#[post("/logout")]
async fn log_out(accounts: Data<Accounts>, request: HttpRequest) -> impl Responder {
    accounts.log_out(session(&request).as_deref());
    let mut cookie = Cookie::new("session", "");
    cookie.make_removal();
    HttpResponse::NoContent().cookie(cookie).finish()
}

fn session(request: &HttpRequest) -> Option<String> {
    request.cookie("session").map(|cookie| cookie.value().to_owned())
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let app = app();
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).await
}
