//! A stream behind a login: by a cookie, or by a ticket for who cannot send one, with Rocket.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! getrandom = "0.4"
//! rocket = "0.5"
//! serde = { version = "1", features = ["derive"] }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-rocket = { path = "../sse/sse-rocket" }
//! tokio-util = "0.7"
//! ```
//!
//! Copy `examples/pages/account.html` too, or put in a page of your own.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use rocket::{
    FromForm, State,
    fairing::{AdHoc, Fairing},
    form::Form,
    futures::{Stream, StreamExt},
    get,
    http::{Cookie, CookieJar, SameSite, Status},
    post,
    response::{content::RawHtml, status::Custom},
    routes,
};
use serde::Serialize;
use sse_hub::{Hub, Start};
use sse_rocket::{Config, Event, Frame, LastEventId, Sse};
use tokio_util::sync::CancellationToken;

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("account", move |rocket| async move {
        let app =
            App { base, hub: Hub::new(), sessions: Keys::default(), tickets: Keys::default() };
        rocket.manage(app).mount(base, routes![page, events, new_ticket, log_in, log_out])
    })
}

// Rocket itself says `server: Rocket`.
#[get("/")]
fn page() -> RawHtml<&'static str> {
    RawHtml(include_str!("../../../pages/account.html"))
}

/// The feed of whoever asks, until they log out.
#[get("/events?<ticket>")]
fn events(
    app: &State<App>,
    ticket: Option<&str>,
    cookies: &CookieJar,
    last: LastEventId,
) -> Result<Sse<impl Stream<Item = Frame> + use<>>, Refused> {
    let (session, by) = match ticket {
        Some(ticket) => (app.tickets.take(ticket), "a ticket"),
        None => (session(app, cookies), "the cookie"),
    };
    let session = session.ok_or_else(|| Custom(Status::Unauthorized, LOG_IN.to_owned()))?;
    app.tell(&session.name, &format!("opened a stream with {by}"));
    let feed = app.hub.subscribe(&session.name[..]);
    let feed = feed.map_err(|error| Custom(Status::ServiceUnavailable, error.to_string()))?;
    let feed = feed.resume(last).start(Start::Last(10)).take_until(session.over.cancelled_owned());
    // A login is checked when a stream opens, so let it come back now and then; and soon, when it
    // was ended by a logout, to hear a 401 and stay away.
    let config = Config::default().max_age(Duration::from_secs(60 * 60));
    Ok(Sse::new(feed).config(config.retry(Duration::from_secs(1))))
}

/// For clients that cannot send the cookie: a page elsewhere, a command line.
#[post("/tickets")]
fn new_ticket(app: &State<App>, cookies: &CookieJar) -> Result<String, Refused> {
    let session = session(app, cookies);
    let session = session.ok_or_else(|| Custom(Status::Unauthorized, LOG_IN.to_owned()))?;
    Ok(app.tickets.issue(session, TICKET))
}

fn session(app: &App, cookies: &CookieJar) -> Option<Session> {
    app.sessions.find(cookies.get("session")?.value())
}

#[derive(FromForm)]
struct Login {
    name: String,
    password: String,
}

#[post("/login", data = "<login>")]
fn log_in(app: &State<App>, cookies: &CookieJar, login: Form<Login>) -> Result<Status, Refused> {
    if login.password != PASSWORD {
        return Err(Custom(Status::Unauthorized, "wrong password".to_owned()));
    }
    check_name(&login.name)?;
    // Of the session that this one replaces, if there was one.
    app.log_out(cookies.get("session").map(Cookie::value));
    let id = app.log_in(login.into_inner().name);
    // `Lax`: no other site's form or script can act as the user. Rocket's own path would be that of
    // the whole server. Add `secure(true)`, on https.
    let session = Cookie::build(("session", id)).path(app.base);
    cookies.add(session.http_only(true).same_site(SameSite::Lax));
    Ok(Status::NoContent)
}

#[post("/logout")]
fn log_out(app: &State<App>, cookies: &CookieJar) -> Status {
    app.log_out(cookies.get("session").map(Cookie::value));
    cookies.remove(Cookie::build("session").path(app.base));
    Status::NoContent
}

type Refused = Custom<String>;

fn check_name(name: &str) -> Result<(), Refused> {
    let valid = (1..=40).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    let rule = "a name has 1 to 40 characters and no control characters";
    if valid { Ok(()) } else { Err(Custom(Status::BadRequest, rule.to_owned())) }
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

struct App {
    base: &'static str,
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

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(rocket::Config::figment().merge(("port", 3000))).attach(app("/"));
    sse_rocket::launch(rocket).await
}
