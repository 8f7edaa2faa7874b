//! Clients of a hub that read more slowly than events are published.

use std::time::Duration;

use fastrand::Rng;
use ledger::{Account, Audit, Record};
use sse_hub::{Hub, Retention};
use tokio::time::{Instant, interval, sleep};

use crate::{
    Framework, HubPublisher, Lab, Server,
    client::{Follower, within},
    load::{random, report},
};

/// A client stops reading while more events are published than the hub and all buffers hold. It receives
/// the events that were in the buffers, a gap event that covers exactly the missing ones, and the rest.
pub async fn a_reader_that_falls_off_the_tail_gets_its_gap_and_the_rest(
    framework: &'static Framework,
) {
    let name = framework.name;
    let (hub, server) = start(framework).await;
    let mut publisher = HubPublisher::new(&hub);
    let mut record = Record::new(["a"]);
    let mut follower = Follower::new(&server, record.target("/hub")).narrow();
    while !record.has_begun() {
        follower.read_into(&mut record).await;
    }
    for _ in 0..PUBLISHED / KEPT * 2 {
        (0..KEPT / 2).for_each(|_| publisher.publish("a", BYTES));
        // Time for the server to fill the buffers.
        sleep(Duration::from_millis(5)).await;
    }
    let audit = publisher.end().audit();
    let rest = async {
        while !record.has_ended() {
            follower.read_into(&mut record).await;
        }
    };
    within(name, "the rest", rest).await;

    let account = check(name, &audit, &record);
    assert_eq!(account.gaps, 1, "{name}: {:?}", record.gaps().collect::<Vec<_>>());
    let gap = record.gaps().next().expect("a gap");
    assert_eq!(
        (gap.reason.as_str(), &gap.topics[..]),
        ("trimmed", &["a".to_owned()][..]),
        "{name}"
    );
    // There is only this topic, so each position in between is a missing event.
    let position = |id: &str| id.rsplit('.').next().and_then(|position| position.parse().ok());
    let missing: Option<(usize, usize)> = position(&gap.requested).zip(position(&gap.resumed_at));
    let missing = missing.map(|(requested, resumed_at)| resumed_at - requested);
    assert_eq!(missing, Some(account.reported), "{name}: missing after {gap:?}");
    assert_eq!(account.expected(), PUBLISHED + 1, "{name}: events and missing ones");
    assert!(account.delivered > KEPT, "{name}: expected some from buffers besides {KEPT} kept");
    report(&format!(
        "{name}: a reader that paused for {PUBLISHED} events of {BYTES} bytes, {KEPT} kept: \
         {} received, {} reported as missing by one gap event",
        account.delivered - 1,
        account.reported
    ));
}

/// 20 readers have different topics and pauses, and lose their connections in some of the pauses. Each receives gaps
/// for exactly what it misses.
pub async fn twenty_slow_readers_get_gaps_for_what_they_miss(framework: &'static Framework) {
    let name = framework.name;
    let (mut random, seed) = random();
    let (hub, server) = start(framework).await;
    let mut publisher = HubPublisher::new(&hub);
    let readers = NAMES.map(|reader| {
        let topics = random.choose_multiple(0..TOPICS, 3).into_iter().map(topic);
        let record = Record::new(topics);
        let follower = Follower::new(&server, record.target("/hub")).narrow();
        let own = Rng::with_seed(random.u64(..));
        (reader, tokio::spawn(read_slowly(follower, record, own)))
    });
    let mut ticks = interval(PERIOD);
    for _ in 0..RUN.div_duration_f64(PERIOD) as usize {
        ticks.tick().await;
        publisher.publish(&topic(random.usize(..TOPICS)), BYTES);
    }
    let audit = publisher.end().audit();

    let mut all = Account::default();
    let mut each = Vec::new();
    let mut cuts = 0;
    for (reader, task) in readers {
        let (follower, record) = within(name, reader, task).await.expect("a reader");
        let account = check(&format!("{name}, seed {seed}, {reader}"), &audit, &record);
        assert!(account.gaps > 0, "{name}, seed {seed}, {reader}: expected a gap event");
        each.push(format!("{reader} {}/{}", account.gaps, account.reported));
        cuts += follower.cuts;
        all.add(account);
    }
    report(&format!(
        "{name}: {} slow readers, seed {seed}, {KEPT} events of each topic kept: {} events, {cuts} cuts, \
         {} gap events, {} events reported as missing, {} missing in silence, {} doubled; gaps/reported: {}",
        NAMES.len(),
        all.delivered,
        all.gaps,
        all.reported,
        all.missing,
        all.doubled,
        each.join(", ")
    ));
}

/// A hub that keeps few events of each topic.
async fn start(framework: &'static Framework) -> (Hub, Server) {
    let hub = Hub::builder().retention(Retention::default().events(KEPT)).build();
    let server = Server::start(framework, Lab::with_hub(hub.clone())).await;
    (hub, server)
}

/// Loses its connection for long enough to lose events. Then reads some events and pauses, half of the
/// times without a connection, again and again. At last it reads to the end.
async fn read_slowly(
    mut follower: Follower,
    mut record: Record,
    mut random: Rng,
) -> (Follower, Record) {
    let end = Instant::now() + RUN;
    while !record.has_begun() {
        follower.read_into(&mut record).await;
    }
    follower.cut();
    sleep(PAUSE).await;
    while Instant::now() < end {
        for _ in 0..random.usize(1..READS) {
            if record.has_ended() {
                return (follower, record);
            }
            follower.read_into(&mut record).await;
        }
        if random.bool() {
            follower.cut();
        }
        sleep(PAUSE.mul_f64(random.f64())).await;
    }
    while !record.has_ended() {
        follower.read_into(&mut record).await;
    }
    (follower, record)
}

/// Nothing is missing in silence, nothing came twice, and every gap event had a reason.
#[track_caller]
fn check(name: &str, audit: &Audit, record: &Record) -> Account {
    let account = audit.account(record);
    let Account { missing, doubled, repeated, groundless, .. } = account;
    let seen = [missing, doubled, repeated, groundless];
    assert_eq!(seen, [0; 4], "{name}: missing, doubled, repeated and groundless of {account:?}");
    account
}

fn topic(number: usize) -> String {
    format!("topic{number}")
}

/// The number of events of each topic that are kept.
const KEPT: usize = 50;

/// The size of an event, in bytes.
const BYTES: usize = 4096;

/// The number of events for which the one reader pauses: far more than all buffers hold.
const PUBLISHED: usize = 2000;

/// The number of topics; each of the 20 readers chooses three of them.
const TOPICS: usize = 10;

/// The time between two events: those of each topic are kept for about half a second.
const PERIOD: Duration = Duration::from_millis(1);

const RUN: Duration = Duration::from_secs(5);

/// The largest number of reads between two pauses.
const READS: usize = 100;

/// The longest pause.
const PAUSE: Duration = Duration::from_millis(2500);

const NAMES: [&str; 20] = [
    "Ada", "Ben", "Cleo", "Dara", "Emil", "Finn", "Gus", "Hana", "Ida", "Jun", "Kim", "Leo", "Mia",
    "Noor", "Otto", "Pia", "Quinn", "Rosa", "Sven", "Tess",
];
