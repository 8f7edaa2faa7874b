//! A topic that ends while a fault happens.

use std::{net::SocketAddr, time::Duration};

use fastrand::Rng;
use ledger::Record;
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{client::Client, run::Publisher, tally::Tally};
use crate::client::{Blocks, Http1, Request};

/// A topic that ends while a fault happens, and its clients.
#[derive(Debug)]
pub(super) struct Ending {
    topic: String,
    publisher: Publisher,
    tally: Tally,
    following: JoinSet<Client>,
    ending: Option<JoinHandle<Option<String>>>,
}

/// Topics that ended, in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ends {
    /// The topics.
    pub topics: usize,
    /// Their clients, each of which follows one of them.
    pub clients: usize,
    /// The number of nodes that answered 204 to the ID of a topic's last event.
    pub refusals: usize,
    /// The number of nodes that did not.
    pub wrong: usize,
}

impl Ending {
    /// Starts the topic's clients.
    pub(super) fn new(
        topic: String,
        publisher: &Publisher,
        tally: &Tally,
        over: &watch::Receiver<bool>,
        random: &mut Rng,
    ) -> Self {
        let mut following = JoinSet::new();
        for _ in 0..CLIENTS {
            let record = Record::until_they_end([&topic]);
            let time = Duration::from_millis(random.u64(100..400));
            let mut client = Client::new(publisher.address(), record, tally, time);
            client.hurries = true;
            following.spawn(client.follow(over.clone()));
        }
        let (publisher, tally) = (publisher.clone(), tally.clone());
        Self { topic, publisher, tally, following, ending: None }
    }

    /// Publishes an event and ends the topic after some time.
    pub(super) fn end_after(&mut self, time: Duration) {
        let (publisher, topic) = (self.publisher.clone(), self.topic.clone());
        self.ending = Some(tokio::spawn(async move {
            sleep(time).await;
            publisher.publish(&topic, 0).await;
            publisher.end_topic(&topic).await
        }));
    }

    /// Waits until the topic has ended for its clients and for these nodes. Returns the clients, and those that still
    /// wait for the end.
    pub(super) async fn finish(self, nodes: &[SocketAddr]) -> (Ends, Vec<Client>, JoinSet<Client>) {
        let Self { topic, publisher, tally, mut following, ending } = self;
        let mut last = match ending {
            Some(ending) => ending.await.ok().flatten(),
            None => None,
        };
        let patience = Instant::now() + PATIENCE;
        let mut clients: Vec<Client> = Vec::new();
        // The fault may have lost the end. As an application would, this one then ends the topic again.
        while !following.is_empty() && Instant::now() < patience {
            last = publisher.end_topic(&topic).await.or(last);
            let soon = Instant::now() + AGAIN;
            while let Ok(Some(Ok(client))) = timeout_at(soon, following.join_next()).await {
                clients.push(client);
            }
        }
        let mut ends = Ends { topics: 1, clients: CLIENTS, ..Ends::default() };
        for node in nodes {
            loop {
                // If no answer had the ID, the clients have it.
                let seen = clients.iter().find_map(|client| client.record.last_event_id());
                let last_event_id = last.as_deref().or(seen).unwrap_or_default();
                let status = timeout(AGAIN, ask(*node, &topic, last_event_id, &tally)).await;
                if let Ok(Some(204)) = status {
                    ends.refusals += 1;
                    break;
                }
                if Instant::now() > patience {
                    ends.wrong += 1;
                    break;
                }
                // A node that has yet to read the end begins a stream.
                sleep(Duration::from_millis(100)).await;
                last = publisher.end_topic(&topic).await.or(last);
            }
        }
        (ends, clients, following)
    }
}

impl Ends {
    /// Adds the numbers of other topics.
    pub(super) fn add(&mut self, other: Self) {
        self.topics += other.topics;
        self.clients += other.clients;
        self.refusals += other.refusals;
        self.wrong += other.wrong;
    }
}

/// Returns the status of a node's answer to a client of a topic with this last event ID.
async fn ask(node: SocketAddr, topic: &str, last_event_id: &str, tally: &Tally) -> Option<u16> {
    let request = Request::get(format!("/events?topics={topic}"));
    let request = request.header("last-event-id", last_event_id);
    let mut reading = tally.read();
    let (head, mut body) = Http1::open(node).await.ok()?.ask(&request, "1.1").await.ok()??;
    reading.complete = head.status != 200;
    if head.status == 200 {
        let mut blocks = Blocks::default();
        // Until the node has named itself.
        while let Some(part) = body.next().await.ok()?
            && !reading.is_named()
        {
            for block in blocks.feed(&part.bytes) {
                if let Some(data) = &block.data {
                    reading.event(block.event.as_deref(), data);
                }
            }
        }
    }
    Some(head.status)
}

/// The clients of each topic.
const CLIENTS: usize = 3;

/// Longer than a node that has stopped keeps a client waiting.
const PATIENCE: Duration = Duration::from_secs(30);

/// The time after which a topic that has not ended for somebody is ended again.
const AGAIN: Duration = Duration::from_millis(500);
