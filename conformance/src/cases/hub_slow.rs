//! Clients of a hub that read more slowly than is published.

use std::time::Duration;

use fastrand::Rng;
use sse_hub::{Hub, Retention};
use tokio::time::{Instant, interval, sleep};

use crate::{
    Framework, Lab, Server,
    client::{Follower, within},
    ledger::{Account, Ledger, Record},
    load::{random, report},
};

/// A client that stops reading while more is published than retention and all buffers hold gets what
/// was on its way, a gap event over exactly what is missing, and the rest.
pub async fn a_reader_that_falls_off_the_tail_gets_its_gap_and_the_rest(
    framework: &'static Framework,
) {
    let name = framework.name;
    let (hub, server) = start(framework).await;
    let mut ledger = Ledger::new(&hub);
    let mut record = Record::new(["a"]);
    let mut follower = Follower::new(&server, record.target()).narrow();
    while !record.has_begun() {
        read(&mut follower, &mut record).await;
    }
    for _ in 0..PUBLISHED / KEPT * 2 {
        (0..KEPT / 2).for_each(|_| ledger.publish("a", BYTES));
        // Time for the server to fill what is on the way.
        sleep(Duration::from_millis(5)).await;
    }
    ledger.end();
    let rest = async {
        while !record.has_ended() {
            read(&mut follower, &mut record).await;
        }
    };
    within(name, "the rest", rest).await;

    let account = check(name, &ledger, &record);
    assert_eq!(account.gaps, 1, "{name}: {:?}", record.gaps().collect::<Vec<_>>());
    let gap = record.gaps().next().expect("a gap");
    assert_eq!(
        (gap.reason.as_str(), &gap.topics[..]),
        ("trimmed", &["a".to_owned()][..]),
        "{name}"
    );
    // There is but this topic, so each position in between is a missing event.
    let position = |id: &str| id.rsplit('.').next().and_then(|position| position.parse().ok());
    let missing: Option<(usize, usize)> = position(&gap.requested).zip(position(&gap.resumed_at));
    let told = missing.map(|(requested, resumed_at)| resumed_at - requested);
    assert_eq!(told, Some(account.told), "{name}: missing after {gap:?}");
    assert_eq!(account.events + account.told, PUBLISHED + 1, "{name}: events and missing ones");
    assert!(account.events > KEPT, "{name}: expected some on their way besides {KEPT} kept");
    report(&format!(
        "{name}: a reader that paused for {PUBLISHED} events of {BYTES} bytes, {KEPT} kept: \
         {} came, {} told as missing by one gap event",
        account.events - 1,
        account.told
    ));
}

/// 20 readers, each with topics and pauses of its own, and connections that are lost in some of
/// these: each is told of exactly what it misses.
pub async fn twenty_slow_readers_are_told_what_they_miss(framework: &'static Framework) {
    let name = framework.name;
    let (mut random, seed) = random();
    let (hub, server) = start(framework).await;
    let mut ledger = Ledger::new(&hub);
    let readers = NAMES.map(|reader| {
        let topics = random.choose_multiple(0..TOPICS, 3).into_iter().map(topic);
        let record = Record::new(topics);
        let follower = Follower::new(&server, record.target()).narrow();
        let own = Rng::with_seed(random.u64(..));
        (reader, tokio::spawn(read_slowly(follower, record, own)))
    });
    let mut ticks = interval(PERIOD);
    for _ in 0..RUN.div_duration_f64(PERIOD) as usize {
        ticks.tick().await;
        ledger.publish(&topic(random.usize(..TOPICS)), BYTES);
    }
    ledger.end();

    let mut all = Account::default();
    let mut told = Vec::new();
    let mut cuts = 0;
    for (reader, task) in readers {
        let (follower, record) = within(name, reader, task).await.expect("a reader");
        let account = check(&format!("{name}, seed {seed}, {reader}"), &ledger, &record);
        assert!(account.gaps > 0, "{name}, seed {seed}, {reader}: expected a gap event");
        told.push(format!("{reader} {}/{}", account.gaps, account.told));
        cuts += follower.cuts;
        all.add(account);
    }
    report(&format!(
        "{name}: {} slow readers, seed {seed}, {KEPT} events of each topic kept: {} events, {cuts} cuts, \
         {} gap events, {} events told as missing, {} holes, {} doubles; gaps/missing: {}",
        NAMES.len(),
        all.events,
        all.gaps,
        all.told,
        all.holes,
        all.doubles,
        told.join(", ")
    ));
}

/// A hub that keeps few events of each topic.
async fn start(framework: &'static Framework) -> (Hub, Server) {
    let hub = Hub::builder().retention(Retention::default().events(KEPT)).build();
    let server = Server::start(framework, Lab::with_hub(hub.clone())).await;
    (hub, server)
}

/// Loses its connection for as long as surely costs it events. Then reads some, pauses, every other
/// time without the connection, and so on, and at last reads to the end.
async fn read_slowly(
    mut follower: Follower,
    mut record: Record,
    mut random: Rng,
) -> (Follower, Record) {
    let end = Instant::now() + RUN;
    while !record.has_begun() {
        read(&mut follower, &mut record).await;
    }
    follower.cut();
    sleep(PAUSE).await;
    while Instant::now() < end {
        for _ in 0..random.usize(1..READS) {
            if record.has_ended() {
                return (follower, record);
            }
            read(&mut follower, &mut record).await;
        }
        if random.bool() {
            follower.cut();
        }
        sleep(PAUSE.mul_f64(random.f64())).await;
    }
    while !record.has_ended() {
        read(&mut follower, &mut record).await;
    }
    (follower, record)
}

async fn read(follower: &mut Follower, record: &mut Record) {
    follower.read().await.into_iter().for_each(|block| record.take(block));
}

/// Nothing is missing in silence, nothing came twice, and no gap event was without a reason.
#[track_caller]
fn check(name: &str, ledger: &Ledger, record: &Record) -> Account {
    let account = ledger.account(record);
    let Account { holes, doubles, groundless, .. } = account;
    assert_eq!(
        (holes, doubles, groundless),
        (0, 0, 0),
        "{name}: holes, doubles and groundless gaps besides {} events and {} told as missing",
        account.events,
        account.told
    );
    account
}

fn topic(number: usize) -> String {
    format!("topic{number}")
}

/// How many events of each topic are kept.
const KEPT: usize = 50;

/// Size of an event.
const BYTES: usize = 4096;

/// How many events the one reader pauses for: far more than all buffers on the way hold.
const PUBLISHED: usize = 2000;

/// How many topics the 20 readers choose three of.
const TOPICS: usize = 10;

/// Between two events: each topic's are kept for about half a second.
const PERIOD: Duration = Duration::from_millis(1);

const RUN: Duration = Duration::from_secs(5);

/// The most reads between two pauses.
const READS: usize = 100;

/// The longest pause.
const PAUSE: Duration = Duration::from_millis(2500);

const NAMES: [&str; 20] = [
    "Ada", "Ben", "Cleo", "Dara", "Emil", "Finn", "Gus", "Hana", "Ida", "Jun", "Kim", "Leo", "Mia",
    "Noor", "Otto", "Pia", "Quinn", "Rosa", "Sven", "Tess",
];
