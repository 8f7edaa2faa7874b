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
use sse_warp::{
    Config, Drain, Event, LastEventId, Shutdown, Sse, last_event_id, termination, tune_listener,
};
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
        Some(ticket) => (app.accounts().redeem(&ticket), "a ticket"),
        None => (session(&app, id), "the cookie"),
    };
    let session = session.ok_or_else(|| refused(StatusCode::UNAUTHORIZED, LOG_IN))?;
    app.tell(&session.name, &format!("opened a stream with {by}"));
    let feed = app.hub.subscribe(&session.name[..]);
    let feed = feed.map_err(|error| refused(StatusCode::SERVICE_UNAVAILABLE, error))?;
    let feed = feed.resume(last).start(Start::Last(10)).take_until(session.over.cancelled_owned());
    // A login is checked when a stream opens, so let it come back now and then; and soon, when it
    // was ended by a logout, to hear a 401 and stay away.
    let config = Config::installed().max_age(Duration::from_secs(60 * 60));
    Ok(Sse::new(feed).with(config.retry(Duration::from_secs(1))))
}

/// For clients that cannot send the cookie: a page elsewhere, a command line.
fn new_ticket(app: Arc<App>, id: Option<String>) -> Result<String, Refused> {
    let session = session(&app, id).ok_or_else(|| refused(StatusCode::UNAUTHORIZED, LOG_IN))?;
    Ok(app.accounts().ticket(session))
}

fn session(app: &App, id: Option<String>) -> Option<Session> {
    app.accounts().session(&id?)
}

fn log_in(app: Arc<App>, before: Option<String>, login: Login) -> Result<impl Reply, Refused> {
    if login.password != PASSWORD {
        return Err(refused(StatusCode::UNAUTHORIZED, "wrong password"));
    }
    if !login.has_valid_name() {
        return Err(refused(StatusCode::BAD_REQUEST, BAD_NAME));
    }
    app.tell(&login.name, "logged in");
    let id = app.accounts().log_in(login.name, before.as_deref());
    // `Lax`: no other site's form or script can act as the user. Without a path it is the folder of
    // this request's. Add `Secure`, on https.
    let session = format!("session={id}; HttpOnly; SameSite=Lax");
    Ok(with_header(StatusCode::NO_CONTENT, SET_COOKIE, session))
}

fn log_out(app: Arc<App>, id: Option<String>) -> impl Reply {
    app.accounts().log_out(id.as_deref());
    with_header(StatusCode::NO_CONTENT, SET_COOKIE, "session=; Max-Age=0")
}

type Refused = WithStatus<String>;

fn refused(status: StatusCode, why: impl ToString) -> Refused {
    with_status(why.to_string(), status)
}

#[derive(Deserialize)]
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

#[derive(Default)]
struct App {
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

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    // Ends clients that stopped reading, and lets each event leave at once.
    tune_listener(&listener)?;
    println!("http://{}/", listener.local_addr()?);

    // At Ctrl-C or SIGTERM the streams end first: warp would wait for them for ever.
    Shutdown::process()
        .serve(termination(), Drain::default(), |drained| {
            warp::serve(app()).incoming(listener).graceful(drained).run()
        })
        .await;
    Ok(())
}
