//! A stream behind a login: by a cookie, or by a ticket for who cannot send one, with actix-web.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! futures-util = "0.3"
//! getrandom = "0.4"
//! serde = { version = "1", features = ["derive"] }
//! sse-actix = { path = "../sse/sse-actix" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio-util = "0.7"
//! ```
//!
//! Copy `examples/pages/account.html` too, or put in a page of your own.

use std::{
    collections::HashMap,
    io,
    net::TcpListener,
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, Responder, Result,
    cookie::{Cookie, SameSite},
    error::{ErrorBadRequest, ErrorServiceUnavailable, ErrorUnauthorized},
    get,
    http::header::SERVER,
    post,
    web::{Data, Form, Html, Query, ServiceConfig},
};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use sse_actix::{Config, Event, LastEventId, Sse};
use sse_hub::{Hub, Start};
use tokio_util::sync::CancellationToken;

/// Call it once, not on each of actix's threads: they share the accounts.
pub(crate) fn app() -> impl Fn(&mut ServiceConfig) + Clone {
    let state = Data::new(AppState::default());
    move |config| {
        config.app_data(state.clone()).service(page).service(events).service(new_ticket);
        config.service(log_in).service(log_out);
    }
}

#[get("/")]
async fn page() -> impl Responder {
    let page = Html::new(include_str!("../../../pages/account.html"));
    page.customize().insert_header((SERVER, "actix-web"))
}

#[derive(Deserialize)]
struct Asked {
    ticket: Option<String>,
}

/// The feed of whoever asks, until they log out.
#[get("/events")]
async fn events(
    app: Data<AppState>,
    asked: Query<Asked>,
    request: HttpRequest,
    last: LastEventId,
) -> Result<impl Responder> {
    let (session, by) = match &asked.ticket {
        Some(ticket) => (app.tickets.take(ticket), "a ticket"),
        None => (session(&app, &request), "the cookie"),
    };
    let session = session.ok_or_else(|| ErrorUnauthorized(LOG_IN))?;
    app.tell(&session.name, &format!("opened a stream with {by}"));
    let feed = app.hub.subscribe(&session.name[..]).map_err(ErrorServiceUnavailable)?;
    let feed = feed.resume(last).start(Start::Last(10)).take_until(session.over.cancelled_owned());
    // A login is checked when a stream opens, so let it come back now and then; and soon, when it
    // was ended by a logout, to hear a 401 and stay away.
    let config = Config::default().max_age(Duration::from_secs(60 * 60));
    Ok(Sse::new(feed).config(config.retry(Duration::from_secs(1))))
}

/// For clients that cannot send the cookie: a page elsewhere, a command line.
#[post("/tickets")]
async fn new_ticket(app: Data<AppState>, request: HttpRequest) -> Result<impl Responder> {
    let session = session(&app, &request).ok_or_else(|| ErrorUnauthorized(LOG_IN))?;
    Ok(app.tickets.issue(session, TICKET))
}

fn session(app: &AppState, request: &HttpRequest) -> Option<Session> {
    app.sessions.find(request.cookie("session")?.value())
}

#[derive(Deserialize)]
struct Login {
    name: String,
    password: String,
}

#[post("/login")]
async fn log_in(
    app: Data<AppState>,
    request: HttpRequest,
    login: Form<Login>,
) -> Result<impl Responder> {
    if login.password != PASSWORD {
        return Err(ErrorUnauthorized("wrong password"));
    }
    check_name(&login.name)?;
    // Of the session that this one replaces, if there was one.
    app.log_out(request.cookie("session").as_ref().map(Cookie::value));
    let id = app.log_in(login.into_inner().name);
    // `Lax`: no other site's form or script can act as the user. Without a path it is the folder of
    // this request's. Add `secure(true)`, on https.
    let session = Cookie::build("session", id).http_only(true).same_site(SameSite::Lax);
    Ok(HttpResponse::NoContent().cookie(session.finish()).finish())
}

#[post("/logout")]
async fn log_out(app: Data<AppState>, request: HttpRequest) -> impl Responder {
    app.log_out(request.cookie("session").as_ref().map(Cookie::value));
    let mut session = Cookie::new("session", "");
    session.make_removal();
    HttpResponse::NoContent().cookie(session).finish()
}

fn check_name(name: &str) -> Result<()> {
    let valid = (1..=40).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    let rule = "a name has 1 to 40 characters and no control characters";
    if valid { Ok(()) } else { Err(ErrorBadRequest(rule)) }
}

/// Secrets, each of which stands for a session until some time.
#[derive(Default)]
struct Keys(Mutex<HashMap<String, (Instant, Session)>>);

#[derive(Clone)]
struct Session {
    name: String,
    over: CancellationToken,
}

impl Keys {
    /// Makes a key that nobody guesses: 128 bits from the system's own source.
    fn issue(&self, session: Session, life: Duration) -> String {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).expect("the system has random numbers");
        let key = format!("{:032x}", u128::from_ne_bytes(bits));
        let now = Instant::now();
        let mut keys = self.lock();
        keys.retain(|_, (until, _)| *until > now);
        keys.insert(key.clone(), (now + life, session));
        key
    }

    /// Returns what a key stands for, as long as it is valid. It is found by a hash that has a secret
    /// of its own, so how long that takes does not tell how much of a guess was right.
    fn find(&self, key: &str) -> Option<Session> {
        Self::valid(self.lock().get(key)?.clone())
    }

    /// As [`find`](Self::find), for the last time.
    fn take(&self, key: &str) -> Option<Session> {
        Self::valid(self.lock().remove(key)?)
    }

    fn valid((until, session): (Instant, Session)) -> Option<Session> {
        (until > Instant::now() && !session.over.is_cancelled()).then_some(session)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Instant, Session)>> {
        self.0.lock().expect("nothing panics while it has the lock")
    }
}

#[derive(Default)]
struct AppState {
    hub: Hub,
    sessions: Keys,
    tickets: Keys,
}

impl AppState {
    /// Tells all the streams of an account.
    fn tell(&self, name: &str, what: &str) {
        let event = Event::json(&Activity { name, what }).expect("texts have JSON");
        self.hub.publish_now(name, event).expect("names are checked; the hub never drains");
    }

    fn log_in(&self, name: String) -> String {
        self.tell(&name, "logged in");
        self.sessions.issue(Session { name, over: CancellationToken::new() }, LOGIN)
    }

    /// Ends a session, and with it all the streams that it opened, in whatever tab.
    fn log_out(&self, id: Option<&str>) {
        if let Some(session) = id.and_then(|id| self.sessions.take(id)) {
            session.over.cancel();
        }
    }
}

/// One event of an account's own feed.
#[derive(Serialize)]
struct Activity<'a> {
    name: &'a str,
    what: &'a str,
}

/// Logins last longer than tickets, which stand in addresses, and addresses end up in logs.
const LOGIN: Duration = Duration::from_secs(12 * 60 * 60);
const TICKET: Duration = Duration::from_secs(5);

/// As the page shows. A real one is kept, and compared, as a hash by argon2 or the like.
const PASSWORD: &str = "open sesame";
const LOG_IN: &str = "log in, or bring a ticket that is new";

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    println!("http://{}/", listener.local_addr()?);

    let app = app();
    let server = HttpServer::new(move || App::new().configure(&app));
    sse_actix::serve(listener, server).await
}
