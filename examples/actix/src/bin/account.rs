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
use sse_actix::{
    Config, Connections, Drain, Event, LastEventId, Shutdown, Sse, termination, tune_listener,
};
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
        Some(ticket) => (app.accounts().redeem(ticket), "a ticket"),
        None => (session(&app, &request), "the cookie"),
    };
    let session = session.ok_or(ErrorUnauthorized(LOG_IN))?;
    app.tell(&session.name, &format!("opened a stream with {by}"));
    let feed = app.hub.subscribe(&session.name[..]).map_err(ErrorServiceUnavailable)?;
    let feed = feed.resume(last).start(Start::Last(10)).take_until(session.over.cancelled_owned());
    // A login is checked when a stream opens, so let it come back now and then; and soon, when it
    // was ended by a logout, to hear a 401 and stay away.
    let config = Config::installed().max_age(Duration::from_secs(60 * 60));
    Ok(Sse::new(feed).with(config.retry(Duration::from_secs(1))))
}

/// For clients that cannot send the cookie: a page elsewhere, a command line.
#[post("/tickets")]
async fn new_ticket(app: Data<AppState>, request: HttpRequest) -> Result<impl Responder> {
    let session = session(&app, &request).ok_or(ErrorUnauthorized(LOG_IN))?;
    Ok(app.accounts().ticket(session))
}

fn session(app: &AppState, request: &HttpRequest) -> Option<Session> {
    app.accounts().session(request.cookie("session")?.value())
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
    if !login.has_valid_name() {
        return Err(ErrorBadRequest(BAD_NAME));
    }
    app.tell(&login.name, "logged in");
    let before = request.cookie("session");
    let before = before.as_ref().map(Cookie::value);
    let id = app.accounts().log_in(login.into_inner().name, before);
    // `Lax`: no other site's form or script can act as the user. Without a path it is the folder of
    // this request's. Add `secure(true)`, on https.
    let session = Cookie::build("session", id).http_only(true).same_site(SameSite::Lax);
    Ok(HttpResponse::NoContent().cookie(session.finish()).finish())
}

#[post("/logout")]
async fn log_out(app: Data<AppState>, request: HttpRequest) -> impl Responder {
    app.accounts().log_out(request.cookie("session").as_ref().map(Cookie::value));
    let mut session = Cookie::new("session", "");
    session.make_removal();
    HttpResponse::NoContent().cookie(session).finish()
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
struct AppState {
    hub: Hub,
    accounts: Mutex<Accounts>,
}

impl AppState {
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

#[actix_web::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:3000")?;
    tune_listener(&listener)?; // ends clients that stopped reading
    println!("http://{}/", listener.local_addr()?);

    let (app, connections) = (app(), Connections::default());
    let server = HttpServer::new(move || App::new().configure(&app))
        .on_connect(connections.counter())
        .h1_allow_half_closed(false) // notices at once that a client left
        .tcp_nodelay(true) // lets each event leave at once
        .disable_signals() // at Ctrl-C actix would cut the streams
        .listen(listener)?
        .run();
    connections.serve(server, &Shutdown::process(), termination(), Drain::default()).await
}
