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
use sse_rocket::{Config, Drain, Event, Frame, LastEventId, Shutdown, Sse, launch, termination};
use tokio_util::sync::CancellationToken;

pub(crate) fn app(base: &'static str) -> impl Fairing {
    AdHoc::on_ignite("account", move |rocket| async move {
        let app = App { base, hub: Hub::new(), accounts: Mutex::default() };
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
        Some(ticket) => (app.accounts().redeem(ticket), "a ticket"),
        None => (session(app, cookies), "the cookie"),
    };
    let session = session.ok_or(Custom(Status::Unauthorized, LOG_IN.to_owned()))?;
    app.tell(&session.name, &format!("opened a stream with {by}"));
    let feed = app.hub.subscribe(&session.name[..]);
    let feed = feed.map_err(|error| Custom(Status::ServiceUnavailable, error.to_string()))?;
    let feed = feed.resume(last).start(Start::Last(10)).take_until(session.over.cancelled_owned());
    // A login is checked when a stream opens, so let it come back now and then; and soon, when it
    // was ended by a logout, to hear a 401 and stay away.
    let config = Config::installed().max_age(Duration::from_secs(60 * 60));
    Ok(Sse::new(feed).with(config.retry(Duration::from_secs(1))))
}

/// For clients that cannot send the cookie: a page elsewhere, a command line.
#[post("/tickets")]
fn new_ticket(app: &State<App>, cookies: &CookieJar) -> Result<String, Refused> {
    let session = session(app, cookies);
    let session = session.ok_or(Custom(Status::Unauthorized, LOG_IN.to_owned()))?;
    Ok(app.accounts().ticket(session))
}

fn session(app: &App, cookies: &CookieJar) -> Option<Session> {
    app.accounts().session(cookies.get("session")?.value())
}

#[post("/login", data = "<login>")]
fn log_in(app: &State<App>, cookies: &CookieJar, login: Form<Login>) -> Result<Status, Refused> {
    if login.password != PASSWORD {
        return Err(Custom(Status::Unauthorized, "wrong password".to_owned()));
    }
    if !login.has_valid_name() {
        return Err(Custom(Status::BadRequest, BAD_NAME.to_owned()));
    }
    app.tell(&login.name, "logged in");
    let before = cookies.get("session").map(Cookie::value);
    let id = app.accounts().log_in(login.into_inner().name, before);
    // `Lax`: no other site's form or script can act as the user. Rocket's own path would be that of
    // the whole server. Add `secure(true)`, on https.
    let session = Cookie::build(("session", id)).path(app.base);
    cookies.add(session.http_only(true).same_site(SameSite::Lax));
    Ok(Status::NoContent)
}

#[post("/logout")]
fn log_out(app: &State<App>, cookies: &CookieJar) -> Status {
    app.accounts().log_out(cookies.get("session").map(Cookie::value));
    cookies.remove(Cookie::build("session").path(app.base));
    Status::NoContent
}

type Refused = Custom<String>;

#[derive(FromForm)]
struct Login {
    name: String,
    password: String,
}

impl Login {
    fn has_valid_name(&self) -> bool {
        (1..=40).contains(&self.name.chars().count()) && !self.name.chars().any(char::is_control)
    }
}

/// One event of an account's own feed.
#[derive(Serialize)]
struct Activity<'a> {
    name: &'a str,
    what: &'a str,
}

struct App {
    base: &'static str,
    hub: Hub,
    accounts: Mutex<Accounts>,
}

impl App {
    fn accounts(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().expect("nothing panics while it has the lock")
    }

    /// Tells all the streams of an account.
    fn tell(&self, name: &str, what: &str) {
        let event = Event::json(&Activity { name, what }).expect("texts have JSON");
        self.hub.publish_now(name, event).expect("names are checked; the hub never drains");
    }
}

/// Who is logged in, all in memory: by the cookie for long, by a ticket once and at once.
///
/// The keys are secrets. A map finds them by a hash with a key of its own, so how long that takes
/// does not tell how much of a guess is right.
#[derive(Default)]
struct Accounts {
    sessions: HashMap<String, Session>,
    tickets: HashMap<String, (Instant, Session)>,
}

#[derive(Clone)]
struct Session {
    name: String,
    until: Instant,
    over: CancellationToken,
}

impl Accounts {
    /// Begins a session, in place of the one that the browser may have had.
    fn log_in(&mut self, name: String, before: Option<&str>) -> String {
        self.log_out(before);
        let now = Instant::now();
        self.sessions.retain(|_, session| session.until > now);
        let session = Session { name, until: now + SESSION, over: CancellationToken::new() };
        let id = secret();
        self.sessions.insert(id.clone(), session);
        id
    }

    /// Ends a session, and with it all the streams that it opened, in whatever tab.
    fn log_out(&mut self, id: Option<&str>) {
        if let Some(session) = id.and_then(|id| self.sessions.remove(id)) {
            session.over.cancel();
        }
    }

    fn session(&self, id: &str) -> Option<Session> {
        self.sessions.get(id).filter(|session| session.until > Instant::now()).cloned()
    }

    /// A ticket opens one stream of this session, very soon: addresses end up in logs.
    fn ticket(&mut self, session: Session) -> String {
        let now = Instant::now();
        self.tickets.retain(|_, (until, _)| *until > now);
        let ticket = secret();
        self.tickets.insert(ticket.clone(), (now + TICKET, session));
        ticket
    }

    fn redeem(&mut self, ticket: &str) -> Option<Session> {
        let (until, session) = self.tickets.remove(ticket)?;
        (until > Instant::now() && !session.over.is_cancelled()).then_some(session)
    }
}

/// 128 bits that nobody guesses: from the system, not from a generator for games.
fn secret() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    format!("{:032x}", u128::from_ne_bytes(bytes))
}

const SESSION: Duration = Duration::from_secs(12 * 60 * 60);
const TICKET: Duration = Duration::from_secs(5);

/// As the page shows. A real one is kept, and compared, as a hash by argon2 or the like.
const PASSWORD: &str = "open sesame";
const LOG_IN: &str = "log in, or bring a ticket that is new";
const BAD_NAME: &str = "a name has 1 to 40 characters and no control characters";

#[rocket::main]
async fn main() -> Result<(), Box<rocket::Error>> {
    let rocket = rocket::custom(rocket::Config::figment().merge(("port", 3000))).attach(app("/"));
    // At Ctrl-C or SIGTERM the streams end first: Rocket would cut them.
    launch(rocket, &Shutdown::process(), termination(), Drain::default()).await
}
