//! Logins, tickets for clients that cannot send cookies, and a feed for each account.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sse_core::{Config, Event, LastEventId, Refusal};
use sse_hub::{Hub, Principal, Start, Subscription};

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
pub struct Accounts {
    hub: Hub,
    sessions: Arc<Mutex<HashMap<Principal, Session>>>,
}

struct Session {
    name: String,
    until: Instant,
}

impl Accounts {
    /// Returns the feed of an account until it logs out. The account is that of the ticket, if there is
    /// one, or else that of the session.
    pub async fn feed(
        &self,
        session: Option<&str>,
        ticket: Option<&str>,
        last: &LastEventId,
    ) -> Result<Subscription, Refusal> {
        let (principal, key) = match ticket {
            Some(ticket) => (self.hub.redeem_ticket(ticket).await?, "a ticket"),
            None => (principal(session.unwrap_or_default()), "the cookie"),
        };
        let name = self.name(&principal)?;
        self.publish(&name, &format!("opened a stream with {key}"));
        let feed = self.hub.subscribe(name)?.resume(last.clone()).start(Start::Last(10));
        let feed = feed.principal(&principal);
        // A logout may have happened in between. From here on, a logout ends the feed.
        self.name(&principal)?;
        Ok(feed)
    }

    /// Issues a ticket to a client that is logged in, for a client that cannot send the cookie: a page
    /// of another site, or a command line.
    pub async fn issue_ticket(&self, session: Option<&str>) -> Result<String, Refusal> {
        let principal = principal(session.unwrap_or_default());
        self.name(&principal)?;
        Ok(self.hub.issue_ticket(&principal, TICKET).await?.to_string())
    }

    /// Logs in, and returns the secret of the new session. It replaces the old one, if there is one.
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
        // Nobody can guess 128 bits from the operating system.
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).expect("the system has random numbers");
        let secret = format!("{:032x}", u128::from_ne_bytes(bits));
        let now = Instant::now();
        let mut sessions = self.sessions();
        sessions.retain(|_, session| session.until > now);
        sessions.insert(principal(&secret), Session { name, until: now + LOGIN });
        Ok(secret)
    }

    /// Ends a session, and with it all streams that it opened, in any tab.
    pub fn log_out(&self, session: Option<&str>) {
        let principal = principal(session.unwrap_or_default());
        // In this order: a client that reconnects after the revocation is refused.
        if self.sessions().remove(&principal).is_some() {
            self.hub.revoke_now(&principal).expect("the hub is in memory");
        }
    }

    /// Returns the account of a session, which must be valid.
    fn name(&self, session: &Principal) -> Result<String, Refusal> {
        let sessions = self.sessions();
        let session = sessions.get(session).filter(|session| session.until > Instant::now());
        Ok(session.ok_or(LOG_IN)?.name.clone())
    }

    fn publish(&self, name: &str, what: &str) {
        let event = Event::json(&Activity { name, what }).expect("texts have JSON");
        self.hub.publish_now(name, event).expect("a short name; the hub is not drained");
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<Principal, Session>> {
        self.sessions.lock().expect("no panic while it is locked")
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

/// Returns the principal of a session: a hash of the secret in its cookie. With this alone, which may be
/// in a hub's log, nobody can log in.
fn principal(secret: &str) -> Principal {
    Principal::new(format!("{:x}", Sha256::digest(secret))).expect("64 letters and digits")
}

/// Tickets are short-lived, because they are part of a URL, and URLs end up in logs.
const LOGIN: Duration = Duration::from_secs(12 * 60 * 60);
const TICKET: Duration = Duration::from_secs(5);

/// The page shows it. Store a real one as a hash, with argon2 or similar, and compare that.
const PASSWORD: &str = "open sesame";
const LOG_IN: (u16, &str) = (401, "log in");
