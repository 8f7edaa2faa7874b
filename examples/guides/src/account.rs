//! Logins, tickets for clients that cannot send cookies, and a feed for each account.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use sse_core::{Config, Event, Frame, LastEventId, Refusal};
use sse_hub::{Hub, Start};
use tokio_util::sync::CancellationToken;

/// The query of a stream.
#[derive(Deserialize)]
pub struct Access {
    pub ticket: Option<String>,
}

/// The form of a login.
#[derive(Deserialize)]
pub struct Login {
    pub name: String,
    pub password: String,
}

/// All accounts, and who is logged in.
#[derive(Clone, Default)]
pub struct Accounts(Arc<State>);

#[derive(Default)]
struct State {
    hub: Hub,
    sessions: Keys,
    tickets: Keys,
}

impl Accounts {
    /// Returns the feed of an account until it logs out. The account is that of the ticket, if there is
    /// one, or else that of the session.
    pub fn feed(
        &self,
        session: Option<&str>,
        ticket: Option<&str>,
        last: &LastEventId,
    ) -> Result<impl Stream<Item = Frame> + use<>, Refusal> {
        let (session, key) = match ticket {
            Some(ticket) => (self.0.tickets.take(ticket), "a ticket"),
            None => (session.and_then(|id| self.0.sessions.find(id)), "the cookie"),
        };
        let Session { name, over } = session.ok_or(LOG_IN)?;
        self.publish(&name, &format!("opened a stream with {key}"));
        let feed = self.0.hub.subscribe(name)?.resume(last.clone()).start(Start::Last(10));
        Ok(feed.take_until(over.cancelled_owned()))
    }

    /// Issues a ticket to a client that is logged in, for a client that cannot send the cookie: a page
    /// of another site, or a command line.
    pub fn issue_ticket(&self, session: Option<&str>) -> Result<String, Refusal> {
        let session = session.and_then(|id| self.0.sessions.find(id)).ok_or(LOG_IN)?;
        Ok(self.0.tickets.issue(session, TICKET))
    }

    /// Logs in, and returns the ID of the new session. It replaces the old one, if there is one.
    pub fn log_in(
        &self,
        old: Option<&str>,
        name: String,
        password: &str,
    ) -> Result<String, Refusal> {
        if password != PASSWORD {
            Err((401, "wrong password"))?;
        }
        if !(1..=40).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            Err((400, "a name has 1 to 40 characters and no control characters"))?;
        }
        self.log_out(old);
        self.publish(&name, "logged in");
        Ok(self.0.sessions.issue(Session { name, over: CancellationToken::new() }, LOGIN))
    }

    /// Ends a session, and with it all streams that it opened, in any tab.
    pub fn log_out(&self, session: Option<&str>) {
        if let Some(session) = session.and_then(|id| self.0.sessions.take(id)) {
            session.over.cancel();
        }
    }

    fn publish(&self, name: &str, what: &str) {
        let event = Event::json(&Activity { name, what }).expect("texts have JSON");
        self.0.hub.publish_now(name, event).expect("a short name; the hub is not drained");
    }
}

/// Returns how a feed behaves.
///
/// A login is checked when a stream opens, so a stream ends after an hour and the browser opens another.
/// After a logout it reconnects within a second, gets 401, and stops.
pub fn config() -> Config {
    Config::default().max_age(Duration::from_secs(60 * 60)).retry(Duration::from_secs(1))
}

/// An event of an account's feed.
#[derive(Serialize)]
struct Activity<'a> {
    name: &'a str,
    what: &'a str,
}

#[derive(Clone)]
struct Session {
    name: String,
    over: CancellationToken,
}

/// Secrets, each of which gives access to a session for some time.
#[derive(Default)]
struct Keys(Mutex<HashMap<String, (Instant, Session)>>);

impl Keys {
    /// Makes a key that nobody can guess: 128 bits from the operating system.
    fn issue(&self, session: Session, lifetime: Duration) -> String {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).expect("the system has random numbers");
        let key = format!("{:032x}", u128::from_ne_bytes(bits));
        let now = Instant::now();
        let mut keys = self.lock();
        keys.retain(|_, (until, _)| *until > now);
        keys.insert(key.clone(), (now + lifetime, session));
        key
    }

    /// Returns the session of a valid key. The map's hash is seeded with a secret, so the time that this
    /// takes does not reveal how much of a guess was right.
    fn find(&self, key: &str) -> Option<Session> {
        Self::valid(self.lock().get(key)?.clone())
    }

    /// Returns the session of a valid key, and removes the key.
    fn take(&self, key: &str) -> Option<Session> {
        Self::valid(self.lock().remove(key)?)
    }

    fn valid((until, session): (Instant, Session)) -> Option<Session> {
        (until > Instant::now() && !session.over.is_cancelled()).then_some(session)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Instant, Session)>> {
        self.0.lock().expect("no panic while it is locked")
    }
}

/// Tickets are short-lived, because they are part of a URL, and URLs end up in logs.
const LOGIN: Duration = Duration::from_secs(12 * 60 * 60);
const TICKET: Duration = Duration::from_secs(5);

/// The page shows it. Store a real one as a hash, with argon2 or similar, and compare that.
const PASSWORD: &str = "open sesame";
const LOG_IN: (u16, &str) = (401, "log in, or bring a ticket that is new");
