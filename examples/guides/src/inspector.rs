//! A page for the operator of a hub: its topics, connections and losses.

use std::{collections::HashSet, sync::Arc, time::Duration};

use serde::Deserialize;
use sse_core::{Config, Event, Expiry, LastEventId, Refusal, Shutdown};
use sse_hub::{Hub, Inspector, Snapshots, Subscription};
use tokio::time::{Instant, interval};

#[derive(Deserialize)]
pub struct Wanted {
    pub topic: String,
    /// The visitor's name, which the operator sees.
    pub name: String,
}

#[derive(Deserialize)]
pub struct Login {
    pub password: String,
}

/// A site with a hub, and the inspector of that hub.
#[derive(Clone)]
pub struct Site {
    hub: Hub,
    inspector: Inspector<str>,
    /// The cookie of a logged-in operator. A real site has a key for each login, as `account` does.
    key: Arc<str>,
}

impl Site {
    /// Starts a site, which publishes from now on.
    pub fn start(shutdown: &Shutdown) -> Self {
        let hub = Hub::new();
        tokio::spawn(hub.background());
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).expect("the system has random numbers");
        let key: Arc<str> = format!("{:032x}", u128::from_ne_bytes(bits)).into();
        // The set's hash is seeded with a secret, so the time that a look-up takes does not reveal how much
        // of a guess was right.
        let keys = HashSet::from([Arc::clone(&key)]);
        let allow = move |key: &str| match keys.contains(key) {
            true => Ok(()),
            false => Err((401, "log in as the operator").into()),
        };
        // Made before the first subscription, so that it sees all of them.
        let inspector = Inspector::new(&hub, allow).shutdown(shutdown);
        tokio::spawn(publish(hub.clone()));
        Self { hub, inspector, key }
    }

    /// Lets the inspector count the ends of the server's streams.
    pub fn observe(&self, config: Config) -> Config {
        self.inspector.observe(config)
    }

    /// Returns a topic's events for a visitor.
    pub fn events(&self, wanted: Wanted, last: &LastEventId) -> Result<Subscription, Refusal> {
        Ok(self.hub.subscribe_from(wanted.topic, last.clone())?.label(wanted.name))
    }

    /// Returns the key that the operator's requests carry in a cookie.
    pub fn log_in(&self, login: &Login) -> Result<String, Refusal> {
        if login.password != PASSWORD {
            Err((401, "wrong password"))?;
        }
        Ok(self.key.to_string())
    }

    /// Returns the inspector's page.
    pub fn page(&self, key: Option<&str>) -> Result<&'static str, Refusal> {
        self.inspector.page(key.unwrap_or_default())
    }

    /// Returns the stream that feeds the inspector's page.
    pub fn snapshots(&self, key: Option<&str>) -> Result<Snapshots, Refusal> {
        self.inspector.events(key.unwrap_or_default())
    }

    /// Runs a command of the inspector's page.
    pub async fn command(
        &self,
        key: Option<&str>,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<String, Refusal> {
        self.inspector.command(key.unwrap_or_default(), content_type, body).await
    }
}

/// Ends the inspector's stream after an hour. The page reconnects, and its login is checked again.
pub fn config() -> Config {
    Config::default().expires_at(Expiry::at(Instant::now() + Duration::from_secs(3_600)))
}

/// Publishes to three topics, at different rates.
async fn publish(hub: Hub) {
    let mut ticks = interval(Duration::from_millis(200));
    for n in 0_u64.. {
        ticks.tick().await;
        for (topic, every) in [("numbers", 1), ("fives", 5), ("minutes", 300)] {
            if n % every == 0 {
                // A hub in memory refuses it only when it drains.
                let _ = hub.publish(topic, Event::data((n / every).to_string())).await;
            }
        }
    }
}

/// The page shows it. Store a real one as a hash, with argon2 or similar, and compare that.
const PASSWORD: &str = "open sesame";
