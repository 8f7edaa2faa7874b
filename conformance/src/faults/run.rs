//! One run: load, one fault after another, and what became of the events.

use std::{
    collections::BTreeMap,
    io, mem,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use fastrand::Rng;
use futures_util::future::join_all;
use ledger::{END, Finding, Label, Ledger, Record};
use tokio::{
    sync::{oneshot, watch},
    task::JoinSet,
    time::{interval, sleep, timeout_at},
};

use super::{
    Comparison, Ends, Fault, Log, Row,
    client::{Client, Fate},
    cluster::Cluster,
    comparison::{Moment, Unanswered},
    ending::Ending,
    process::Process,
    publisher::{Outcome, end, publish},
    tally::Tally,
    timeline::Timeline,
};

/// The load on the cluster while faults happen.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Clients, each of which follows two topics.
    pub clients: usize,
    /// Topics.
    pub topics: usize,
    /// Events a second over all topics.
    pub rate: u32,
    /// How long Redis is down; a node is halted for twice as long.
    pub pause: Duration,
    /// The time between the end of a fault and the next fault.
    pub settle: Duration,
}

/// The result of a run.
#[derive(Debug)]
pub struct Report {
    /// One for each kind of fault.
    pub rows: Vec<Row>,
    /// How long it took.
    pub took: Duration,
    /// Events that were acknowledged.
    pub acknowledged: usize,
    /// Publishes that were certainly refused.
    pub refused: usize,
    /// Publishes that may or may not be stored.
    pub unknown: usize,
    /// The number of connections of all clients.
    pub connects: usize,
    /// The statuses other than 200 that clients received: after each of them a browser's EventSource would
    /// not reconnect.
    pub closed: Vec<u16>,
    /// Clients that did not receive the last event.
    pub behind: usize,
    /// Requests that were cut before their first event, which belong to any node.
    pub unnamed: u64,
    /// The metrics of the nodes at the end, when everything was delivered.
    pub at_the_end: Comparison,
    /// The CPU time of Redis while events were published.
    pub redis_cpu: Option<Duration>,
}

/// Publishes, and enters each acknowledged event in a ledger.
#[derive(Clone, Debug)]
pub(super) struct Publisher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: SocketAddr,
    ledger: Mutex<Ledger>,
    numbers: BTreeMap<String, AtomicU32>,
    acknowledged: AtomicU32,
    refused: AtomicU32,
    unknown: AtomicU32,
    /// Those of them to [`FLOOD`].
    unknown_flood: AtomicU32,
    /// The acknowledged publishes: which node answered, and when.
    answers: Mutex<Vec<(SocketAddr, Instant)>>,
}

/// Publishes far more events than the hub keeps of a topic, for the one client that does not read.
#[derive(Debug)]
pub(super) struct Flood {
    pub(super) fate: Arc<Fate>,
    publisher: Publisher,
}

/// Starts a cluster and lets the faults happen, one after another.
///
/// # Errors
/// If a process cannot be started, or does not stop.
pub async fn run(log: Log, load: Load, faults: &[Fault], random: &mut Rng) -> io::Result<Report> {
    let mut cluster = Cluster::start(log).await?;
    let began = Instant::now();
    let ending = (0..faults.len()).flat_map(ending_topics);
    let names = (0..load.topics).map(|n| format!("topic{n}")).chain(ending);
    let names = names.chain([FLOOD, END].map(str::to_owned));
    let publisher = Publisher(Arc::new(Inner {
        address: cluster.address,
        ledger: Mutex::default(),
        numbers: names.map(|name| (name, AtomicU32::new(0))).collect(),
        acknowledged: AtomicU32::new(0),
        refused: AtomicU32::new(0),
        unknown: AtomicU32::new(0),
        unknown_flood: AtomicU32::new(0),
        answers: Mutex::default(),
    }));

    let (give_up, over) = watch::channel(false);
    let tally = Tally::default();
    let mut following = JoinSet::new();
    let mut fates = Vec::new();
    for _ in 0..load.clients {
        let topics = random.choose_multiple(0..load.topics, 2).into_iter();
        let record = Record::new(topics.map(|n| format!("topic{n}")));
        let client = Client::new(cluster.address, record, &tally, reconnection_time(random));
        fates.push(Arc::clone(&client.fate));
        following.spawn(client.follow(over.clone()));
        // Not all at once, because nginx's queue of new connections is finite.
        sleep(Duration::from_millis(2)).await;
    }
    let record = Record::new([FLOOD]);
    let mut slow = Client::new(cluster.address, record, &tally, reconnection_time(random));
    slow.lags = true;
    let flood = Flood { fate: Arc::clone(&slow.fate), publisher: publisher.clone() };
    following.spawn(slow.follow(over.clone()));
    let begin_ending = |number: usize, random: &mut Rng| -> Vec<_> {
        let topics = faults.get(number).map(|_| ending_topics(number)).into_iter().flatten();
        topics.map(|topic| Ending::new(topic, &publisher, &tally, &over, random)).collect()
    };
    let mut ending = begin_ending(0, random);
    sleep(Duration::from_secs(1)).await;

    let cpu = |cluster: &Cluster| cluster.redis.as_ref().and_then(|redis| redis.cpu());
    let before = cpu(&cluster);
    let (stop, stopped) = oneshot::channel();
    let publishes = publisher.clone().go_on(load, Rng::with_seed(random.u64(..)), stopped);
    let publishing = tokio::spawn(publishes);
    let mut timeline = Timeline::default();
    let (mut ended, mut unended) = (Vec::new(), Vec::new());
    let mut ends = vec![Ends::default(); faults.len()];
    let mut comparisons = Vec::new();
    for (number, fault) in faults.iter().enumerate() {
        eprintln!("fault {} of {}: {}", number + 1, faults.len(), fault.name());
        let began = Instant::now();
        for (ending, part) in ending.iter_mut().zip([0.0, random.f64()]) {
            ending.end_after(load.pause.mul_f64(part));
        }
        fault.happen(&mut cluster, &fates, &flood, load.pause, random).await?;
        timeline.push(began, Instant::now());
        let nodes: Vec<_> = cluster.nodes.iter().map(Process::address).collect();
        let finish = join_all(mem::take(&mut ending).into_iter().map(|some| some.finish(&nodes)));
        let begin_next = async {
            // A client that began in a lost epoch would get its gap event at the next fault.
            sleep(load.settle / 2).await;
            let next = begin_ending(number + 1, random);
            sleep(load.settle / 2).await;
            next
        };
        let (finished, next) = tokio::join!(finish, begin_next);
        ending = next;
        comparisons.push(publisher.compare(&cluster, &tally, Moment::UnderLoad).await);
        for (numbers, clients, rest) in finished {
            ends[number].add(numbers);
            ended.extend(clients);
            unended.push(rest);
        }
    }
    drop(stop);
    publishing.await.map_err(io::Error::other)?;
    let after = cpu(&cluster);
    publisher.end().await?;
    let mut clients = Vec::new();
    let patience = Instant::now() + Duration::from_secs(60);
    while let Ok(Some(client)) = timeout_at(patience.into(), following.join_next()).await {
        clients.push(client.map_err(io::Error::other)?);
    }
    let behind = load.clients + 1 - clients.len();
    give_up.send_replace(true);
    while let Some(client) = following.join_next().await {
        clients.push(client.map_err(io::Error::other)?);
    }
    for mut rest in unended {
        while let Some(client) = rest.join_next().await {
            ended.push(client.map_err(io::Error::other)?);
        }
    }
    let mut at_the_end = publisher.compare(&cluster, &tally, Moment::AtTheEnd).await;
    let took = began.elapsed();
    cluster.stop().await?;

    let row = |((fault, ends), metrics): ((&Fault, Ends), Comparison)| Row {
        name: fault.name().to_owned(),
        may_lose: fault.may_lose(),
        times: 1,
        ends,
        metrics,
        ..Row::default()
    };
    let mut each: Vec<_> = faults.iter().zip(ends).zip(comparisons).map(row).collect();
    let Inner { acknowledged, refused, unknown, .. } = &*publisher.0;
    let mut ledger = mem::take(&mut *publisher.ledger());
    clients.iter().chain(&ended).for_each(|client| ledger.witness(&client.record));
    let audit = ledger.audit();
    for client in &clients {
        let findings = audit.findings(&client.record);
        match client.lags {
            true => timeline.count_lagging(&findings, &mut each),
            false => {
                timeline.count(&findings, &mut each);
                timeline.time(&findings, &mut each);
            }
        }
    }
    for client in &ended {
        timeline.count(&audit.findings(&client.record), &mut each);
    }
    let mut missed = BTreeMap::new();
    for client in clients.iter().chain(&ended) {
        let findings = audit.findings(&client.record);
        let found = findings.iter().filter_map(|finding| match finding {
            // The node has never read these entries, so it does not know how many they are.
            Finding::Gap { .. } if !client.lags && faults[timeline.row(finding)] == Fault::Trim => {
                Some(0)
            }
            Finding::Gap { missed, .. } => Some(*missed as u64),
            _ => None,
        });
        let found: Vec<u64> = found.collect();
        assert_eq!(found.len(), client.gaps.len(), "each gap event comes from a known node");
        let counted = client.gaps.iter().zip(found).filter(|((_, counted), _)| *counted);
        missed.extend(counted.map(|((gap, _), found)| (*gap, found)));
    }
    each.iter_mut().for_each(|row| row.metrics.compare_missed(&missed));
    at_the_end.compare_missed(&missed);
    let mut rows: Vec<Row> = Vec::new();
    for row in each {
        match rows.iter_mut().find(|other| other.name == row.name) {
            Some(same) => same.add(row),
            None => rows.push(row),
        }
    }
    let count = |counter: &AtomicU32| counter.load(Ordering::Relaxed) as usize;
    Ok(Report {
        rows,
        took,
        acknowledged: count(acknowledged),
        refused: count(refused),
        unknown: count(unknown),
        connects: clients.iter().chain(&ended).map(|client| client.connects).sum(),
        closed: clients.into_iter().chain(ended).flat_map(|client| client.refused).collect(),
        behind,
        unnamed: tally.unnamed(),
        at_the_end,
        redis_cpu: after.zip(before).map(|(after, before)| after - before),
    })
}

/// The topics that end while a fault happens.
fn ending_topics(fault: usize) -> [String; 2] {
    ["at-once", "meanwhile"].map(|when| format!("ends-{when}-{fault}"))
}

/// Clients do not all reconnect at once.
fn reconnection_time(random: &mut Rng) -> Duration {
    Duration::from_millis(random.u64(500..1_500))
}

impl Publisher {
    /// Publishes at an even rate, each event in a task of its own, until it is stopped. Waits for the
    /// outcome of the last event, so that none is stored after the end.
    async fn go_on(self, load: Load, mut random: Rng, mut stopped: oneshot::Receiver<()>) {
        let mut ticks = interval(Duration::from_secs(1) / load.rate);
        let mut publishes = JoinSet::new();
        loop {
            tokio::select! {
                _ = &mut stopped => break,
                _ = ticks.tick() => {}
            }
            let topic = format!("topic{}", random.usize(..load.topics));
            let publisher = self.clone();
            publishes.spawn(async move { publisher.publish(&topic, 100).await });
            while publishes.try_join_next().is_some() {}
        }
        publishes.join_all().await;
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// Publishes one event; returns whether it was acknowledged.
    pub(super) async fn publish(&self, topic: &str, bytes: usize) -> bool {
        let number = self.next_number(topic);
        let text = Label { topic, number }.padded(bytes);
        let outcome = publish(self.0.address, topic, &text).await;
        self.count(&outcome);
        match &outcome {
            Outcome::Acknowledged(id, _) => {
                self.ledger().publish(topic, number, id, Instant::now());
            }
            Outcome::Unknown if topic == FLOOD => {
                self.0.unknown_flood.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        matches!(outcome, Outcome::Acknowledged(..))
    }

    /// Ends a topic, unless it has ended already; returns the ID of its last event if that is known. Tries until a
    /// node says that the topic has ended, as long as a fault may take.
    pub(super) async fn end_topic(&self, topic: &str) -> Option<String> {
        for _ in 0..60 {
            let number = self.next_number(topic);
            let outcome = end(self.0.address, topic, &Label { topic, number }.to_string()).await;
            self.count(&outcome);
            match outcome {
                Outcome::Acknowledged(id, _) => {
                    self.ledger().end(topic, number, &id, Instant::now());
                    return Some(id);
                }
                Outcome::Ended => return None,
                Outcome::Refused | Outcome::Unknown => sleep(Duration::from_millis(250)).await,
            }
        }
        None
    }

    /// A number is never used again, whatever becomes of the event.
    fn next_number(&self, topic: &str) -> u64 {
        u64::from(self.0.numbers[topic].fetch_add(1, Ordering::Relaxed))
    }

    fn count(&self, outcome: &Outcome) {
        let Inner { acknowledged, refused, unknown, .. } = &*self.0;
        let counter = match outcome {
            Outcome::Acknowledged(_, node) => {
                self.answers().push((*node, Instant::now()));
                acknowledged
            }
            Outcome::Refused => refused,
            Outcome::Ended => return,
            Outcome::Unknown => unknown,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Compares the metrics of the nodes that run with what was seen of them.
    async fn compare(&self, cluster: &Cluster, tally: &Tally, moment: Moment) -> Comparison {
        let acknowledged = |address, since| {
            let answers = self.answers();
            answers.iter().filter(|(node, at)| *node == address && *at >= since).count() as u64
        };
        let count = |counter: &AtomicU32| u64::from(counter.load(Ordering::Relaxed));
        let unanswered =
            || Unanswered { all: count(&self.0.unknown), flood: count(&self.0.unknown_flood) };
        Comparison::of(|| cluster.running(acknowledged), tally, unanswered, moment).await
    }

    fn answers(&self) -> MutexGuard<'_, Vec<(SocketAddr, Instant)>> {
        self.0.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Publishes the event that ends the records, until it is acknowledged.
    async fn end(&self) -> io::Result<()> {
        for _ in 0..20 {
            if self.publish(END, 0).await {
                return Ok(());
            }
            sleep(Duration::from_millis(500)).await;
        }
        Err(io::Error::other("the last event cannot be published"))
    }
}

impl Flood {
    pub(super) async fn publish(&self) {
        let mut publishes = JoinSet::new();
        for _ in 0..FLOOD_EVENTS {
            if publishes.len() >= 32 {
                publishes.join_next().await;
            }
            let publisher = self.publisher.clone();
            publishes.spawn(async move { publisher.publish(FLOOD, FLOOD_BYTES).await });
        }
        publishes.join_all().await;
    }
}

const FLOOD: &str = "flood";

/// More events than the hub keeps of a topic (1,000) and than the sockets between hold.
const FLOOD_EVENTS: usize = 3_000;
const FLOOD_BYTES: usize = 8 * 1_024;
