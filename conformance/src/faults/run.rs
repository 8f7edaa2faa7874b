//! One run: load, faults one after another, and the account.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use fastrand::Rng;
use tokio::{
    sync::{oneshot, watch},
    task::JoinSet,
    time::{Instant, interval, sleep},
};

use super::{
    Fault, Log, Row,
    books::{Books, Record, Span},
    client::{Client, Fate},
    cluster::Cluster,
    publisher::{Outcome, publish},
};

/// How much goes on while faults happen.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Clients, each of which follows two topics.
    pub clients: usize,
    /// Topics.
    pub topics: usize,
    /// Events a second over all topics.
    pub rate: u32,
    /// How long Redis is away; a node is halted for twice as long.
    pub pause: Duration,
    /// How long each fault has until the next, besides its own time.
    pub settle: Duration,
}

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// One for each kind of fault.
    pub rows: Vec<Row>,
    /// How long it took.
    pub took: Duration,
    /// Events that were acknowledged.
    pub acknowledged: usize,
    /// Publishes that were refused for certain.
    pub refused: usize,
    /// Publishes of which nobody knows.
    pub unknown: usize,
    /// How often clients connected.
    pub connects: usize,
    /// Answers to clients other than 200, each of which would end a browser's EventSource for good.
    pub closed: Vec<u16>,
    /// Clients that did not get to the end.
    pub behind: usize,
    /// CPU time of Redis, and for how many events.
    pub redis_cpu: Option<Duration>,
}

/// Publishes, and keeps the books.
#[derive(Clone, Debug)]
struct Publisher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: std::net::SocketAddr,
    books: Mutex<Books>,
    numbers: BTreeMap<String, AtomicU32>,
    acknowledged: AtomicU32,
    refused: AtomicU32,
    unknown: AtomicU32,
}

/// Publishes far more than the hub keeps of a topic, to the one client that does not read it.
#[derive(Debug)]
pub(super) struct Flood {
    pub(super) fate: Arc<Fate>,
    publisher: Publisher,
}

/// Runs a cluster through the faults, one after another.
///
/// # Errors
/// If a process cannot be started or does not do what it is told.
pub async fn run(log: Log, load: Load, faults: &[Fault], random: &mut Rng) -> io::Result<Report> {
    let mut cluster = Cluster::start(log).await?;
    let began = Instant::now();
    let names = (0..load.topics).map(|n| format!("topic{n}")).chain([FLOOD.to_owned()]);
    let publisher = Publisher(Arc::new(Inner {
        address: cluster.address,
        books: Mutex::default(),
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
        let topics = topics.map(|n| format!("topic{n}")).collect();
        let client = client(&cluster, topics, random);
        fates.push(Arc::clone(&client.fate));
        following.spawn(client.follow(over.clone()));
        // Not all at once: nginx's queue of new connections is finite.
        sleep(Duration::from_millis(2)).await;
    }
    let reader = Client {
        narrow: true,
        record: Record::lagging(vec![FLOOD.to_owned()]),
        ..client(&cluster, Vec::new(), random)
    };
    let flood = Flood { fate: Arc::clone(&reader.fate), publisher: publisher.clone() };
    following.spawn(reader.follow(over));
    sleep(Duration::from_secs(1)).await;

    let cpu = |cluster: &Cluster| cluster.redis.as_ref().and_then(|redis| redis.cpu());
    let before = cpu(&cluster);
    let (stop, stopped) = oneshot::channel();
    let publishes = publisher.clone().go_on(load, Rng::with_seed(random.u64(..)), stopped);
    let publishing = tokio::spawn(publishes);
    let mut times = Vec::new();
    for fault in faults {
        let began = Instant::now();
        fault.happen(&mut cluster, &fates, &flood, load.pause, random).await?;
        times.push(Span { began, over: Instant::now() });
        sleep(load.settle).await;
    }
    drop(stop);
    publishing.await.map_err(io::Error::other)?;
    let after = cpu(&cluster);
    publisher.end().await?;
    let mut records = Vec::new();
    let patience = Instant::now() + Duration::from_secs(60);
    while let Ok(Some(record)) = tokio::time::timeout_at(patience, following.join_next()).await {
        records.push(record.map_err(io::Error::other)?);
    }
    let behind = load.clients + 1 - records.len();
    give_up.send_replace(true);
    while let Some(record) = following.join_next().await {
        records.push(record.map_err(io::Error::other)?);
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
    let Inner { books, acknowledged, refused, unknown, .. } = &*publisher.0;
    let books = std::mem::take(&mut *books.lock().unwrap_or_else(PoisonError::into_inner));
    books.account(&records, &times, &mut each);
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
        connects: records.iter().map(Record::connects).sum(),
        closed: records.iter().flat_map(|record| record.refusals().to_vec()).collect(),
        behind,
        redis_cpu: after.zip(before).map(|(after, before)| after - before),
    })
}

fn client(cluster: &Cluster, topics: Vec<String>, random: &mut Rng) -> Client {
    Client {
        address: cluster.address,
        record: Record::new(topics),
        fate: Arc::default(),
        narrow: false,
        reconnection_time: Duration::from_millis(random.u64(500..1_500)),
    }
}

impl Publisher {
    /// Publishes at an even rate, each event by a task of its own, until it is stopped; waits for what
    /// became of the last, lest one be stored behind the end.
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
            publishes.spawn(async move { publisher.publish(&topic, 100, false).await });
            while publishes.try_join_next().is_some() {}
        }
        publishes.join_all().await;
    }

    async fn publish(&self, topic: &str, bytes: usize, end: bool) -> bool {
        let Inner { address, books, numbers, acknowledged, refused, unknown } = &*self.0;
        // Never used again, whatever becomes of the event.
        let number = numbers[topic].fetch_add(1, Ordering::Relaxed);
        let text = format!(r#"{{"topic":"{topic}","number":{number},"end":{end}}}"#);
        match publish(*address, topic, &format!("{text:x<bytes$}")).await {
            Outcome::Acknowledged(id) => {
                let mut books = books.lock().unwrap_or_else(PoisonError::into_inner);
                books.acknowledged(topic, number, id);
                acknowledged.fetch_add(1, Ordering::Relaxed);
                return true;
            }
            Outcome::Refused => refused.fetch_add(1, Ordering::Relaxed),
            Outcome::Unknown => unknown.fetch_add(1, Ordering::Relaxed),
        };
        false
    }

    /// Publishes an end to each topic, for certain.
    async fn end(&self) -> io::Result<()> {
        for topic in self.0.numbers.keys() {
            let mut tries = 0;
            while !self.publish(topic, 0, true).await {
                tries += 1;
                if tries == 20 {
                    return Err(io::Error::other(format!(
                        "the end of {topic} cannot be published"
                    )));
                }
                sleep(Duration::from_millis(500)).await;
            }
        }
        Ok(())
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
            publishes.spawn(async move { publisher.publish(FLOOD, FLOOD_BYTES, false).await });
        }
        publishes.join_all().await;
    }
}

const FLOOD: &str = "flood";

/// More than the hub keeps of a topic (1,000 events), and than sockets hold on the way.
const FLOOD_EVENTS: usize = 3_000;
const FLOOD_BYTES: usize = 8 * 1_024;
