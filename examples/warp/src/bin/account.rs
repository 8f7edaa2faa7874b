//! A stream behind a login: by a cookie, or by a ticket for who cannot send one, with warp.
//!
//! To copy this file, add to your Cargo.toml (`../sse` is this repository):
//!
//! ```toml
//! [dependencies]
//! futures-util = "0.3"
//! getrandom = "0.4"
//! serde = { version = "1", features = ["derive"] }
//! sse-hub = { path = "../sse/sse-hub" }
//! sse-warp = { path = "../sse/sse-warp" }
//! tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }
//! tokio-util = "0.7"
//! warp = { version = "0.4", features = ["server"] }
//! ```
//!
//! Copy `examples/pages/account.html` too, or put in a page of your own.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use sse_hub::{Hub, Start};
use sse_warp::{Config, Event, LastEventId, Sse, last_event_id};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use warp::{
    Filter, Rejection, Reply,
    http::{StatusCode, header::SET_COOKIE},
    reply::{WithStatus, with_header, with_status},
};

pub(crate) fn app() -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let app = Arc::<App>::default();
    let app = warp::any().map(move || Arc::clone(&app));
    let app = app.and(warp::cookie::optional::<String>("session"));
    let page = warp::path::end().map(page);
    let events = warp::path!("events").and(app.clone()).and(warp::query()).and(last_event_id());
    let tickets = warp::path!("tickets").and(app.clone()).map(new_ticket);
    // warp itself takes bodies of any size.
    let form = warp::body::content_length_limit(4096).and(warp::body::form());
    let login = warp::path!("login").and(app.clone()).and(form).map(log_in);
    let logout = warp::path!("logout").and(app).map(log_out);
    let get = warp::get().and(page.or(events.map(self::events)));
    get.or(warp::post().and(tickets.or(login).or(logout)))
}

fn page() -> impl Reply {
    let page = warp::reply::html(include_str!("../../../pages/account.html"));
    with_header(page, "server", "warp")
}

#[derive(Deserialize)]
struct Asked {
    ticket: Option<String>,
}

/// The feed of whoever asks, until they log out.
fn events(
    app: Arc<App>,
    id: Option<String>,
    asked: Asked,
    last: LastEventId,
) -> Result<impl Reply, Refused> {
    let (session, by) = match asked.ticket {
        Some(ticket) => (app.tickets.take(&ticket), "a ticket"),
        None => (session(&app, id), "the cookie"),
    };
    let session = session.ok_or_else(|| refused(StatusCode::UNAUTHORIZED, LOG_IN))?;
    app.tell(&session.name, &format!("opened a stream with {by}"));
    let feed = app.hub.subscribe(&session.name[..]);
    let feed = feed.map_err(|error| refused(StatusCode::SERVICE_UNAVAILABLE, error))?;
    let feed = feed.resume(last).start(Start::Last(10)).take_until(session.over.cancelled_owned());
    // A login is checked when a stream opens, so let it come back now and then; and soon, when it
    // was ended by a logout, to hear a 401 and stay away.
    let config = Config::default().max_age(Duration::from_secs(60 * 60));
    Ok(Sse::new(feed).config(config.retry(Duration::from_secs(1))))
}

/// For clients that cannot send the cookie: a page elsewhere, a command line.
fn new_ticket(app: Arc<App>, id: Option<String>) -> Result<String, Refused> {
    let session = session(&app, id).ok_or_else(|| refused(StatusCode::UNAUTHORIZED, LOG_IN))?;
    Ok(app.tickets.issue(session, TICKET))
}

fn session(app: &App, id: Option<String>) -> Option<Session> {
    app.sessions.find(&id?)
}

#[derive(Deserialize)]
struct Login {
    name: String,
    password: String,
}

fn log_in(app: Arc<App>, before: Option<String>, login: Login) -> Result<impl Reply, Refused> {
    if login.password != PASSWORD {
        return Err(refused(StatusCode::UNAUTHORIZED, "wrong password"));
    }
    check_name(&login.name)?;
    // Of the session that this one replaces, if there was one.
    app.log_out(before.as_deref());
    let id = app.log_in(login.name);
    // `Lax`: no other site's form or script can act as the user. Without a path it is the folder of
    // this request's. Add `Secure`, on https.
    let session = format!("session={id}; HttpOnly; SameSite=Lax");
    Ok(with_header(StatusCode::NO_CONTENT, SET_COOKIE, session))
}

fn log_out(app: Arc<App>, id: Option<String>) -> impl Reply {
    app.log_out(id.as_deref());
    with_header(StatusCode::NO_CONTENT, SET_COOKIE, "session=; Max-Age=0")
}

type Refused = WithStatus<String>;

fn refused(status: StatusCode, why: impl ToString) -> Refused {
    with_status(why.to_string(), status)
}

fn check_name(name: &str) -> Result<(), Refused> {
    let valid = (1..=40).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    let rule = "a name has 1 to 40 characters and no control characters";
    if valid { Ok(()) } else { Err(refused(StatusCode::BAD_REQUEST, rule)) }
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

    sse_warp::serve(listener, app()).await
}
