//! Many clients of a hub that connect and leave.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use fastrand::Rng;
use ledger::{Account, Finding, Record};
use sse_hub::Hub;
use tokio::{sync::Semaphore, time::interval};

use crate::{
    Framework, HubPublisher, Lab, Server,
    client::{Follower, within},
    load::{need_files, random, report},
};

/// 2,000 connections for 20 s, each with about 10 events a second from two topics, are cut at random
/// and reconnect at once: no event is missing or doubled, and there is no gap event.
pub async fn two_thousand_connections_lose_nothing(framework: &'static Framework) {
    let name = framework.name;
    need_files(FILES);
    let (mut random, seed) = random();
    // Keeps 1,000 events of each topic, those of more than three minutes.
    let hub = Hub::new();
    let server = Server::start(framework, Lab::with_hub(hub.clone())).await;
    let mut publisher = HubPublisher::new(&hub);

    let began = Instant::now();
    let at_once = Arc::new(Semaphore::new(AT_ONCE));
    let open = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let topics = random.choose_multiple(0..TOPICS, 2).into_iter().map(topic);
            let record = Record::new(topics);
            let follower = Follower::new(&server, record.target("/hub"));
            let client = Client { follower, record, random: Rng::with_seed(random.u64(..)) };
            tokio::spawn(client.follow(Arc::clone(&at_once), Arc::clone(&open)))
        })
        .collect();
    let mut ticks = interval(PERIOD);
    let mut end = None;
    while end.is_none_or(|end| Instant::now() < end) {
        ticks.tick().await;
        publisher.publish(&topic(random.usize(..TOPICS)), BYTES);
        let open = open.load(Ordering::Relaxed);
        if open == CONNECTIONS && end.is_none() {
            end = Some(Instant::now() + RUN);
        }
        assert!(began.elapsed() < RUN * 3, "{name}: only {open} of {CONNECTIONS} have connected");
    }
    let subscriptions = hub.stats().subscribers;
    let ledger = publisher.end();
    let (published, audit) = (ledger.published(), ledger.audit());

    let (mut all, mut delays) = (Account::default(), Vec::new());
    let (mut reconnects, mut cuts, mut cuts_within_block) = (0, 0, 0);
    for client in clients {
        let Client { follower, record, .. } =
            within(name, "the last event", client).await.expect("a client");
        reconnects += follower.connects - 1;
        cuts += follower.cuts;
        cuts_within_block += follower.cuts_within_block;
        for finding in audit.findings(&record) {
            all.count(&finding);
            if let Finding::Delivered { published, received } = finding {
                delays.push(received.duration_since(published));
            }
        }
    }
    let took = began.elapsed();
    let Account { delivered, doubled, repeated, missing, reported, gaps, .. } = all;
    delays.sort_unstable();
    let delay = |percent: usize| delays[(delays.len() - 1) * percent / 100];
    report(&format!(
        "{name}: {CONNECTIONS} connections, seed {seed}, {took:.1?}: {published} events published, \
         {delivered} delivered, {subscriptions} subscriptions at the end, {reconnects} reconnects, {cuts_within_block} of {cuts} cuts within an \
         event, {missing} missing, {doubled} doubled, {gaps} gaps; delay {:.1?} (median), {:.1?} (99 %), \
         {:.1?} (longest)",
        delay(50),
        delay(99),
        delay(100),
    ));
    let loss = [missing, doubled, repeated, gaps, reported];
    assert_eq!(loss, [0; 5], "{name}, seed {seed}: loss in {all:?}");
    assert_eq!(hub.stats().gaps, [], "{name}, seed {seed}: gaps that the hub reported");
    let rate = delivered as f64 / CONNECTIONS as f64 / RUN.as_secs_f64();
    assert!(rate > RATE, "{name}, seed {seed}: expected {RATE} events/s a connection, seen {rate}");
    server.stop().stopped().await;
}

/// A client whose connections are cut.
struct Client {
    follower: Follower,
    record: Record,
    random: Rng,
}

impl Client {
    /// Reads until the end. At most [`AT_ONCE`] clients connect for the first time at once.
    async fn follow(mut self, at_once: Arc<Semaphore>, open: Arc<AtomicUsize>) -> Self {
        let turn = at_once.acquire().await.expect("the semaphore is never closed");
        while !self.record.has_begun() {
            self.read().await;
        }
        drop(turn);
        open.fetch_add(1, Ordering::Relaxed);
        while !self.record.has_ended() {
            self.read().await;
        }
        self
    }

    async fn read(&mut self) {
        if !self.follower.is_connected() {
            self.follower.cut_after(self.random.usize(..LASTS));
        }
        self.follower.read_into(&mut self.record).await;
    }
}

fn topic(number: usize) -> String {
    format!("topic{number}")
}

const CONNECTIONS: usize = 2000;

/// The number of connections that are opened at once at the beginning.
const AT_ONCE: usize = 100;

/// Two for each connection, those of clients whose leaving was not yet noticed, and some spare.
const FILES: u64 = 6000;

const RUN: Duration = Duration::from_secs(20);

/// Each topic has one event in 200 ms.
const TOPICS: usize = 20;

const PERIOD: Duration = Duration::from_millis(10);

/// The least number of events a second that a connection receives on average; 10 are published.
const RATE: f64 = 9.0;

/// The size of an event, in bytes.
const BYTES: usize = 64;

/// The longest that a connection lasts, in bytes: those of about eight seconds.
const LASTS: usize = 8000;
