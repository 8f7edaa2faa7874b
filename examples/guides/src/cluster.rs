//! One program for one node or many: its log is in memory, in a file or in Redis.

use std::{error::Error, net::SocketAddr, path::PathBuf, process, time::Duration};

use clap::Parser;
use metrics::{counter, gauge};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde::Deserialize;
use serde_json::json;
use sse_core::{Event, Frame, LastEventId, Limiter, Refusal, Shutdown};
use sse_hub::Hub;
use sse_redb::Journal;
use sse_redis::RedisBackend;
use tokio::time::sleep;
use tokio_stream::{Stream, StreamExt};

#[derive(Parser)]
pub struct Args {
    #[arg(long, default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// The log of many nodes.
    #[arg(long, value_name = "URL", conflicts_with = "journal")]
    redis: Option<String>,
    /// The log of one node, which survives a restart.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Where Prometheus scrapes the metrics of this node.
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<SocketAddr>,
}

impl Args {
    pub fn from_command_line() -> Self {
        Self::parse()
    }

    /// Opens the hub. This is the only difference between one node and many.
    pub async fn open(&self) -> Result<Hub, Box<dyn Error>> {
        if let Some(address) = self.metrics {
            PrometheusBuilder::new().with_http_listener(address).install()?;
            sse_core::describe_metrics();
            sse_hub::describe_metrics();
        }
        let hub = match self {
            Self { redis: Some(url), .. } => Hub::builder().open(RedisBackend::new(url)?).await?,
            Self { journal: Some(file), .. } => {
                Hub::builder().open(Journal::open(file).await?).await?
            }
            _ => Hub::new(),
        };
        tokio::spawn(hub.background()); // follows the log
        Ok(hub)
    }
}

#[derive(Deserialize)]
pub struct Wanted {
    /// Topics, separated by commas.
    pub topics: String,
}

/// One of the nodes.
#[derive(Clone)]
pub struct Node {
    hub: Hub,
    shutdown: Shutdown,
    limiter: Limiter,
    name: String,
}

impl Node {
    /// Starts a node, which counts from now on.
    pub fn start(framework: &str, hub: Hub, shutdown: Shutdown) -> Self {
        let (limiter, name) = (Limiter::new(20_000), format!("{framework} {}", process::id()));
        let node = Self { hub, shutdown, limiter, name };
        tokio::spawn(node.clone().count());
        node
    }

    /// Returns the node's name, then the events that the client has not seen yet, whichever node it was
    /// connected to before.
    pub fn events(
        &self,
        topics: &str,
        last: &LastEventId,
    ) -> Result<impl Stream<Item = Frame> + use<>, Refusal> {
        let topics: Vec<_> = topics.split(',').collect();
        // With 204, which stops the browser, once all topics have ended and it has everything.
        let events = self.hub.subscribe_from(topics, last.clone())?;
        let name = Event::data(self.name.clone()).event("node").encode();
        // With 503 if this node has as many streams as it may have.
        Ok(self.limiter.admit(tokio_stream::once(name).chain(events))?)
    }

    /// Publishes a text. The log has stored it once this returns its ID; a refusal with 503 says that
    /// nothing was stored, and 504 that it may have been.
    pub async fn publish(&self, topic: &str, text: &str) -> Result<String, Refusal> {
        Ok(self.hub.publish(topic, Event::data(text)).await?.to_string())
    }

    /// Ends a topic with a text, in an event of the type `end`. Refuses with 410 if it has ended already.
    pub async fn end(&self, topic: &str, text: &str) -> Result<String, Refusal> {
        Ok(self.hub.end(topic, Event::data(text).event("end")).await?.to_string())
    }

    /// Refuses with 503 while a load balancer should send no requests: the server drains, or the log has been
    /// away for longer than a failover takes.
    pub fn ready(&self) -> Result<&'static str, Refusal> {
        self.shutdown.ready()?;
        self.hub.ready(Duration::from_secs(30))?;
        Ok("ready")
    }

    /// Refuses with 503 when only a restart helps.
    pub fn live(&self) -> Result<&'static str, Refusal> {
        self.hub.live()?;
        Ok("live")
    }

    /// Publishes 1, 2, 3 ... without a hole or a duplicate, whatever the log does.
    async fn count(self) {
        let (mut run, mut n) = (fastrand::u32(..), 1);
        loop {
            let data = json!({ "node": self.name, "run": run, "n": n }).to_string();
            match self.hub.publish("numbers", Event::data(data).event("number")).await {
                Ok(_) => {
                    counter!("numbers_published_total").increment(1);
                    n += 1;
                }
                // Nobody knows whether it was stored, so this number is neither repeated nor skipped.
                Err(error) if error.status() == 504 => (run, n) = (fastrand::u32(..), 1),
                Err(_) => {} // not stored: try again
            }
            gauge!("places_taken").set(self.limiter.open_streams() as f64);
            sleep(Duration::from_secs(1)).await;
        }
    }
}
