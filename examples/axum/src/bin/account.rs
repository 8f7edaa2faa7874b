//! A stream behind a login: by a cookie, or by a ticket for who cannot send one, with axum.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! axum-extra = { version = "0.12", features = ["cookie"] }
//! futures-util = "0.3"
//! getrandom = "0.4"
//! serde = { version = "1", features = ["derive"] }
//! sse-axum = { path = "../sse/sse-axum" }
//! sse-hub = { path = "../sse/sse-hub" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }
//! tokio-util = "0.7"
//! ```
//!
//! Copy `examples/pages/account.html` too, or put in a page of your own.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

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
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use sse_axum::{Config, Event, LastEventId, Sse};
use sse_hub::{Hub, Start};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(crate) fn app() -> Router {
    let routes = Router::new().route("/", get(page)).route("/events", get(events));
    let routes = routes.route("/tickets", post(new_ticket));
    let routes = routes.route("/login", post(log_in)).route("/logout", post(log_out));
    routes.with_state(Arc::<App>::default())
}

async fn page() -> impl IntoResponse {
    ([(SERVER, "axum")], Html(include_str!("../../../pages/account.html")))
}

#[derive(Deserialize)]
struct Asked {
    ticket: Option<String>,
}

/// The feed of whoever asks, until they log out.
async fn events(
    State(app): State<Arc<App>>,
    Query(asked): Query<Asked>,
    cookies: CookieJar,
    last: LastEventId,
) -> Result<impl IntoResponse, Refused> {
    let (session, by) = match asked.ticket {
        Some(ticket) => (app.tickets.take(&ticket), "a ticket"),
        None => (session(&app, &cookies), "the cookie"),
    };
    let session = session.ok_or_else(|| (StatusCode::UNAUTHORIZED, LOG_IN.to_owned()))?;
    app.tell(&session.name, &format!("opened a stream with {by}"));
    let feed = app.hub.subscribe(&session.name[..]);
    let feed = feed.map_err(|error| (StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    let feed = feed.resume(last).start(Start::Last(10)).take_until(session.over.cancelled_owned());
    // A login is checked when a stream opens, so let it come back now and then; and soon, when it
    // was ended by a logout, to hear a 401 and stay away.
    let config = Config::default().max_age(Duration::from_secs(60 * 60));
    Ok(Sse::new(feed).config(config.retry(Duration::from_secs(1))))
}

/// For clients that cannot send the cookie: a page elsewhere, a command line.
async fn new_ticket(State(app): State<Arc<App>>, cookies: CookieJar) -> Result<String, Refused> {
    let session =
        session(&app, &cookies).ok_or_else(|| (StatusCode::UNAUTHORIZED, LOG_IN.to_owned()))?;
    Ok(app.tickets.issue(session, TICKET))
}

fn session(app: &App, cookies: &CookieJar) -> Option<Session> {
    app.sessions.find(cookies.get("session")?.value())
}

#[derive(Deserialize)]
struct Login {
    name: String,
    password: String,
}

async fn log_in(
    State(app): State<Arc<App>>,
    cookies: CookieJar,
    Form(login): Form<Login>,
) -> Result<impl IntoResponse, Refused> {
    if login.password != PASSWORD {
        return Err((StatusCode::UNAUTHORIZED, "wrong password".to_owned()));
    }
    check_name(&login.name)?;
    // Of the session that this one replaces, if there was one.
    app.log_out(cookies.get("session").map(Cookie::value));
    let id = app.log_in(login.name);
    // `Lax`: no other site's form or script can act as the user. Without a path it is the folder of
    // this request's. Add `secure(true)`, on https.
    let session = Cookie::build(("session", id)).http_only(true).same_site(SameSite::Lax);
    Ok((cookies.add(session), StatusCode::NO_CONTENT))
}

async fn log_out(State(app): State<Arc<App>>, cookies: CookieJar) -> impl IntoResponse {
    app.log_out(cookies.get("session").map(Cookie::value));
    (cookies.remove("session"), StatusCode::NO_CONTENT)
}

type Refused = (StatusCode, String);

fn check_name(name: &str) -> Result<(), Refused> {
    let valid = (1..=40).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    let rule = "a name has 1 to 40 characters and no control characters";
    if valid { Ok(()) } else { Err((StatusCode::BAD_REQUEST, rule.to_owned())) }
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
struct App {
    hub: Hub,
    sessions: Keys,
    tickets: Keys,
}

impl App {
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

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);

    sse_axum::serve(listener, app()).await
}
