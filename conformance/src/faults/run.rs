//! One run: load, one fault after another, and what became of the events.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use fastrand::Rng;
use ledger::{END, Label, Ledger, Record};
use tokio::{
    sync::{oneshot, watch},
    task::JoinSet,
    time::{interval, sleep, timeout_at},
};

use super::{
    Fault, Log, Row,
    client::{Client, Fate},
    cluster::Cluster,
    publisher::{Outcome, publish},
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
    /// The CPU time of Redis while events were published.
    pub redis_cpu: Option<Duration>,
}

/// Publishes, and enters each acknowledged event in a ledger.
#[derive(Clone, Debug)]
struct Publisher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: std::net::SocketAddr,
    ledger: Mutex<Ledger>,
    numbers: BTreeMap<String, AtomicU32>,
    acknowledged: AtomicU32,
    refused: AtomicU32,
    unknown: AtomicU32,
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
    let names =
        (0..load.topics).map(|n| format!("topic{n}")).chain([FLOOD, END].map(str::to_owned));
    let publisher = Publisher(Arc::new(Inner {
        address: cluster.address,
        ledger: Mutex::default(),
        numbers: names.map(|name| (name, AtomicU32::new(0))).collect(),
        acknowledged: AtomicU32::new(0),
        refused: AtomicU32::new(0),
        unknown: AtomicU32::new(0),
    }));

    let (give_up, over) = watch::channel(false);
    let mut following = JoinSet::new();
    let mut fates = Vec::new();
    for _ in 0..load.clients {
        let topics = random.choose_multiple(0..load.topics, 2).into_iter();
        let record = Record::new(topics.map(|n| format!("topic{n}")));
        let client = Client::new(cluster.address, record, reconnection_time(random));
        fates.push(Arc::clone(&client.fate));
        following.spawn(client.follow(over.clone()));
        // Not all at once, because nginx's queue of new connections is finite.
        sleep(Duration::from_millis(2)).await;
    }
    let mut slow = Client::new(cluster.address, Record::new([FLOOD]), reconnection_time(random));
    slow.lags = true;
    let flood = Flood { fate: Arc::clone(&slow.fate), publisher: publisher.clone() };
    following.spawn(slow.follow(over));
    sleep(Duration::from_secs(1)).await;

    let cpu = |cluster: &Cluster| cluster.redis.as_ref().and_then(|redis| redis.cpu());
    let before = cpu(&cluster);
    let (stop, stopped) = oneshot::channel();
    let publishes = publisher.clone().go_on(load, Rng::with_seed(random.u64(..)), stopped);
    let publishing = tokio::spawn(publishes);
    let mut timeline = Timeline::default();
    for (number, fault) in faults.iter().enumerate() {
        eprintln!("fault {} of {}: {}", number + 1, faults.len(), fault.name());
        let began = Instant::now();
        fault.happen(&mut cluster, &fates, &flood, load.pause, random).await?;
        timeline.push(began, Instant::now());
        sleep(load.settle).await;
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
    let took = began.elapsed();
    cluster.stop().await?;

    let row = |fault: &Fault| Row {
        name: fault.name().to_owned(),
        may_lose: fault.may_lose(),
        times: 1,
        ..Row::default()
    };
    let mut each: Vec<_> = faults.iter().map(row).collect();
    let Inner { ledger, acknowledged, refused, unknown, .. } = &*publisher.0;
    let mut ledger = std::mem::take(&mut *ledger.lock().unwrap_or_else(PoisonError::into_inner));
    clients.iter().for_each(|client| ledger.witness(&client.record));
    let audit = ledger.audit();
    for client in &clients {
        let findings = audit.findings(&client.record);
        match client.lags {
            true => timeline.count_lagging(&findings, &mut each),
            false => timeline.count(&findings, &mut each),
        }
    }
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
        connects: clients.iter().map(|client| client.connects).sum(),
        closed: clients.into_iter().flat_map(|client| client.refused).collect(),
        behind,
        redis_cpu: after.zip(before).map(|(after, before)| after - before),
    })
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

    /// Publishes one event; returns whether it was acknowledged.
    async fn publish(&self, topic: &str, bytes: usize) -> bool {
        let Inner { address, ledger, numbers, acknowledged, refused, unknown } = &*self.0;
        // A number is never used again, whatever becomes of the event.
        let number = u64::from(numbers[topic].fetch_add(1, Ordering::Relaxed));
        match publish(*address, topic, &Label { topic, number }.padded(bytes)).await {
            Outcome::Acknowledged(id) => {
                let mut ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
                ledger.publish(topic, number, &id, Instant::now());
                acknowledged.fetch_add(1, Ordering::Relaxed);
                return true;
            }
            Outcome::Refused => refused.fetch_add(1, Ordering::Relaxed),
            Outcome::Unknown => unknown.fetch_add(1, Ordering::Relaxed),
        };
        false
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
