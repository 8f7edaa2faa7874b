//! A process that is killed while it publishes.

use std::{
    collections::BTreeMap,
    future::pending,
    io::{BufRead, BufReader, Write},
    os::unix::process::ExitStatusExt,
    process::{Stdio, exit},
    sync::mpsc,
    thread,
    time::Duration,
};

use bytes::Bytes;
use sse_hub::Retention;
use sse_redb::{Durability, Journal};

use crate::{Place, all, append, child, given};

const ROUNDS: u64 = 20;
const KEPT: u64 = 2_000;

/// Publishes until it is killed, and prints each acknowledged event.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a program for the tests below"]
async fn publisher() {
    let Some(path) = given() else { return };
    let durability = match std::env::var("DURABILITY").as_deref() {
        Ok("Process") => Durability::Process,
        _ => Durability::Disk,
    };
    let builder = Journal::builder()
        .durability(durability)
        .retention(Retention::default().events(KEPT as usize));
    let journal = builder.open(path).await.unwrap();
    for _ in 0..8 {
        let journal = journal.clone();
        tokio::spawn(async move {
            loop {
                let seed = fastrand::u64(..);
                let position = match append(&journal, body(seed)).await {
                    Ok(position) => position,
                    Err(error) => {
                        eprintln!("an event was not published: {error}");
                        exit(1)
                    }
                };
                // One write per line, so that a line is in the pipe whole or not at all.
                let line = format!("acknowledged {position} {seed}\n");
                std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
            }
        });
    }
    pending().await
}

/// Returns a seed's body: mostly some bytes, sometimes several pages. None is zero, because an entry that begins with a
/// zero byte may end its topic.
fn body(seed: u64) -> Bytes {
    let len = if seed.is_multiple_of(16) { seed % 20_000 } else { seed % 600 };
    let mut random = fastrand::Rng::with_seed(seed);
    (0..len).map(|_| random.u8(1..)).collect::<Vec<_>>().into()
}

/// Publishes, kills the publisher at a random moment, and returns what was acknowledged.
fn publish_and_kill(place: &Place, durability: Durability, round: u64) -> Vec<(u64, u64)> {
    let mut publisher = child("kill::publisher", &place.path)
        .env("DURABILITY", format!("{durability:?}"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(publisher.stdout.take().unwrap()).lines();
    let (begun, begins) = mpsc::channel();
    let reader = thread::spawn(move || {
        let mut acknowledged = Vec::new();
        while let Some(Ok(line)) = lines.next() {
            if let Some(line) = line.strip_prefix("acknowledged ") {
                let (position, seed) = line.split_once(' ').unwrap();
                acknowledged.push((position.parse().unwrap(), seed.parse().unwrap()));
                let _ = begun.send(());
            }
        }
        acknowledged
    });
    // Every fourth may be killed while it still opens the file of the one before.
    if !round.is_multiple_of(4)
        && let Err(error) = begins.recv_timeout(Duration::from_secs(20))
    {
        publisher.kill().unwrap();
        panic!("round {round}: nothing was published: {error}, {}", publisher.wait().unwrap());
    }
    thread::sleep(Duration::from_millis(fastrand::u64(..80)));
    publisher.kill().unwrap();
    let status = publisher.wait().unwrap();
    assert_eq!(status.signal(), Some(9), "it was not killed: {status}");
    reader.join().unwrap()
}

async fn every_acknowledged_event_survives(durability: Durability) {
    let place = Place::new();
    // The event at each position, which never changes once it is known.
    let mut known: BTreeMap<u64, Bytes> = BTreeMap::new();
    let (mut head, mut epoch, mut total) = (0, None, 0);
    for round in 0..ROUNDS {
        let acknowledged = publish_and_kill(&place, durability, round);
        total += acknowledged.len();
        for (position, seed) in acknowledged {
            assert!(position > head, "position {position} was used twice");
            assert_eq!(known.insert(position, body(seed)), None, "position {position} twice");
        }
        let journal = Journal::builder().durability(durability).open(&place.path).await.unwrap();
        let stats = journal.stats();
        let opened = sse_hub::Backend::open(&journal).await.unwrap();
        assert_eq!(*epoch.get_or_insert(opened.epoch.clone()), opened.epoch);
        let newest = known.last_key_value().map_or(0, |(position, _)| *position);
        assert!(stats.head.lower() >= newest, "{newest} was acknowledged, {stats:?} is left");
        assert!(stats.events <= KEPT, "{stats:?}");
        let mut expected = stats.floor.lower();
        for entry in all(&journal).await {
            expected += 1;
            assert_eq!(entry.position.lower(), expected);
            let known = known.entry(expected).or_insert_with(|| entry.body.clone());
            assert!(*known == entry.body, "event {expected} was changed");
        }
        head = stats.head.lower();
        assert_eq!(expected, head);
        known.retain(|position, _| *position > stats.floor.lower());
        journal.close().await;
    }
    println!("{durability:?}: {ROUNDS} kills, {total} acknowledged, head {head}");
    assert!(total > 100, "{total} were acknowledged: nothing was tested");
}

#[tokio::test]
async fn every_acknowledged_event_survives_a_kill_with_durability_process() {
    every_acknowledged_event_survives(Durability::Process).await;
}

#[tokio::test]
async fn every_acknowledged_event_survives_a_kill_with_durability_disk() {
    every_acknowledged_event_survives(Durability::Disk).await;
}
