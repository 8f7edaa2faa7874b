//! Two nodes that publish continuously, and the check of what their clients receive.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use ledger::{Account, END, Finding, Gap, Label, Ledger, Record};
use sse_hub::PublishError;
use tokio::{task::JoinHandle, time::sleep};

use crate::{
    node::{Client, Node, Seen},
    server::Server,
};

/// Two nodes that publish continuously, and a client of each.
pub(crate) struct Traffic {
    pub(crate) nodes: Arc<[Node; 2]>,
    clients: [JoinHandle<Vec<(Instant, Seen)>>; 2],
    publishers: Vec<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    publishes: Arc<Publishes>,
}

/// The result of each publish.
#[derive(Default)]
struct Publishes {
    acknowledged: Mutex<Ledger>,
    /// The data of events that may be stored, and the errors.
    uncertain: Mutex<Vec<(String, String)>>,
    /// The data of events that are not stored, and the errors.
    refused: Mutex<Vec<(String, String)>>,
    succeeded: AtomicUsize,
}

/// The reasons of the gap events of each client, and the publishes that failed.
pub(crate) struct Outcome {
    pub(crate) gaps: [Vec<String>; 2],
    pub(crate) uncertain: Vec<(String, String)>,
    pub(crate) refused: Vec<(String, String)>,
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let some = |failed: &[(String, String)]| (failed.len(), failed.first().cloned());
        write!(f, "gaps {:?}, uncertain {:?}", self.gaps, some(&self.uncertain))?;
        write!(f, ", refused {:?}", some(&self.refused))
    }
}

impl Traffic {
    pub(crate) async fn on(server: &Server) -> Self {
        Self::of([Node::on(server).await, Node::on(server).await])
    }

    pub(crate) fn of(nodes: [Node; 2]) -> Self {
        let clients = [&nodes[0], &nodes[1]].map(|node| tokio::spawn(read(node.client())));
        let (nodes, stop, publishes) = (Arc::new(nodes), Arc::default(), Arc::default());
        let publisher = |which: usize| {
            let (nodes, stop, publishes) =
                (Arc::clone(&nodes), Arc::clone(&stop), Arc::clone(&publishes));
            tokio::spawn(publish(nodes, which, stop, publishes))
        };
        let publishers = vec![publisher(0), publisher(1)];
        Self { nodes, clients, publishers, stop, publishes }
    }

    /// Waits until this number of further events is acknowledged.
    pub(crate) async fn go_on(&self, count: usize) {
        let target = self.publishes.succeeded.load(SeqCst) + count;
        let start = Instant::now();
        while self.publishes.succeeded.load(SeqCst) < target {
            assert!(start.elapsed() < Duration::from_secs(30), "publishing does not recover");
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until this number of further publishes has failed.
    pub(crate) async fn fail(&self, count: usize) {
        let failed = || {
            self.publishes.refused.lock().expect("no panic").len()
                + self.publishes.uncertain.lock().expect("no panic").len()
        };
        let (target, start) = (failed() + count, Instant::now());
        while failed() < target {
            assert!(start.elapsed() < Duration::from_secs(30), "publishing does not fail");
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// Stops publishing, waits until both clients have everything, and compares it with the log.
    pub(crate) async fn check(mut self, server: &Server) -> Outcome {
        self.go_on(20).await;
        self.stop.store(true, SeqCst);
        for publisher in self.publishers.drain(..) {
            publisher.await.expect("no panic");
        }
        let mut last = None;
        while last.is_none() {
            last = self.nodes[0].try_publish(END).await.ok();
            sleep(Duration::from_millis(20)).await;
        }
        let log = log_of_record(server).await;
        let [one, two] = self.clients;
        let seen = [one.await.expect("it reads"), two.await.expect("it reads")];
        let gaps = self.publishes.check(&seen, log);
        Outcome {
            gaps,
            uncertain: self.publishes.uncertain.lock().expect("no panic").clone(),
            refused: self.publishes.refused.lock().expect("no panic").clone(),
        }
    }
}

async fn read(mut client: Client) -> Vec<(Instant, Seen)> {
    let mut seen = Vec::new();
    loop {
        let next = client.next().await;
        let ends = matches!(&next, Seen::Event { data, .. } if data == END);
        seen.push((Instant::now(), next));
        if ends {
            return seen;
        }
    }
}

async fn publish(
    nodes: Arc<[Node; 2]>,
    which: usize,
    stop: Arc<AtomicBool>,
    publishes: Arc<Publishes>,
) {
    // The numbers of the one publisher are even, those of the other one odd.
    for number in (which as u64..).step_by(2) {
        if stop.load(SeqCst) {
            break;
        }
        let data = Label { topic: TOPIC, number }.to_string();
        match nodes[which].try_publish(&data).await {
            Ok(id) => {
                let mut ledger = publishes.acknowledged.lock().expect("no panic");
                ledger.publish(TOPIC, number, id.as_str(), Instant::now());
                publishes.succeeded.fetch_add(1, SeqCst);
            }
            Err(PublishError::Backend(error)) => {
                let to = match error.may_be_stored {
                    true => &publishes.uncertain,
                    false => &publishes.refused,
                };
                to.lock().expect("no panic").push((data, error.to_string()));
            }
            Err(error) => panic!("{error}"),
        }
        sleep(Duration::from_millis(2)).await;
    }
}

/// Returns the ID and data of every event in the log.
pub(crate) async fn log_of_record(server: &Server) -> Vec<(String, String)> {
    let log = server.log().await;
    let entries: Vec<(String, Vec<String>)> = redis::cmd("XRANGE")
        .arg(&log)
        .arg("-")
        .arg("+")
        .query_async(&mut server.connection().await)
        .await
        .expect("entries");
    let epoch = log.rsplit(':').next().expect("an epoch");
    let event = |(position, fields): (String, Vec<String>)| {
        let data = fields.get(3)?.strip_prefix("data: ")?.trim_end().to_owned();
        Some((format!("{epoch}.{position}"), data))
    };
    entries.into_iter().filter_map(event).collect()
}

/// Returns the number of an event from its data. Events that a test publishes directly have no label.
fn number(data: &str) -> u64 {
    Label::parse(data).map_or(u64::MAX, |label| label.number)
}

fn epoch(id: &str) -> &str {
    id.split_once('.').expect("the ID of a hub").0
}

/// Enters what a client has received in a record: only a gap may begin a new epoch.
fn record(seen: &[(Instant, Seen)]) -> Record {
    let mut record = Record::new([TOPIC]);
    for (at, seen) in seen {
        let last = record.last_event_id().map(str::to_owned);
        match seen {
            Seen::Event { id, data } => {
                let same = last.is_none_or(|last| epoch(&last) == epoch(id));
                assert!(same, "{id} is in another epoch, without a gap");
                match &**data {
                    END => record.id(id, *at),
                    data => record.event(TOPIC, number(data), id, *at),
                }
            }
            Seen::Gap { reason, id } => {
                let same = last.as_ref().is_some_and(|last| epoch(last) == epoch(id));
                assert_eq!(same, reason == "trimmed", "{reason}: from {last:?} to {id}");
                let (reason, topics) = (reason.clone(), vec![TOPIC.to_owned()]);
                let requested = last.unwrap_or_default();
                record.gap(Gap { reason, topics, requested, resumed_at: id.clone() }, *at);
            }
        }
    }
    record
}

impl Publishes {
    /// Compares what the clients have received with what was acknowledged and with the log; returns the reasons of
    /// each client's gaps.
    fn check(
        &self,
        seen: &[Vec<(Instant, Seen)>; 2],
        log: Vec<(String, String)>,
    ) -> [Vec<String>; 2] {
        let mut ledger = self.acknowledged.lock().expect("no panic");
        // The last event is published until it is acknowledged, so the log may hold it more than once.
        for (id, data) in log.into_iter().filter(|(_, data)| data != END) {
            ledger.publish(TOPIC, number(&data), &id, Instant::now());
        }
        let records = [record(&seen[0]), record(&seen[1])];
        records.iter().for_each(|record| ledger.witness(record));
        let audit = ledger.audit();
        let refused = self.refused.lock().expect("no panic");
        for seen in seen.iter().flatten() {
            if let (_, Seen::Event { data, .. }) = seen {
                let refused = refused.iter().find(|(refused, _)| refused == data);
                assert_eq!(refused, None, "an event was received though it was refused");
            }
        }
        records.map(|record| {
            let gaps: Vec<_> = record.gaps().map(|gap| gap.reason.clone()).collect();
            let mut account = Account::default();
            for finding in audit.findings(&record) {
                account.count(&finding);
                let is_loss = matches!(finding, Finding::Missing { .. } | Finding::Doubled { .. });
                assert!(!is_loss, "{finding:?} after {account:?}, with gaps {gaps:?}");
            }
            // An append may be repeated in a new epoch.
            let again = gaps.iter().any(|reason| reason == "foreign");
            assert!(account.repeated == 0 || again, "{account:?}, with gaps {gaps:?}");
            gaps
        })
    }
}

/// Returns the topic of a node's events.
const TOPIC: &str = "a";
