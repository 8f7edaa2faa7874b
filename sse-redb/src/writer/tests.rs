//! What publishers are told when the disk fails, on a disk in memory.

use std::thread;

use bytes::Bytes;
use futures_util::{StreamExt, future::join_all};
use sse_hub::{Backend, TopicName, backend::LogEvent};

use super::*;
use crate::{
    Durability, Journal,
    simulated_disk::{Content, Disk},
};

fn begun() -> Arc<Disk> {
    let disk = Disk::with(Content::default());
    Store::begin(&JournalFile::on(disk.clone())).expect("begins");
    disk
}

fn journal(disk: Arc<Disk>, durability: Durability) -> Journal {
    let (_end, ended) = watch::channel(());
    let builder = Journal::builder().durability(durability);
    let (handle, writer) = builder.start_on(JournalFile::on(disk), ended).expect("opens");
    thread::spawn(|| writer.run());
    Journal::new(handle)
}

async fn append(journal: &Journal, number: u8) -> Result<Position, BackendError> {
    let topic = TopicName::new("a").expect("a name");
    Ok(journal.append(&topic, Bytes::from(vec![number; 700])).await?.position)
}

/// Whichever change to the file is the first to fail, what was acknowledged is stored, and what
/// was said not to be stored is not; when there is room again, publishes go on.
#[tokio::test]
async fn a_publisher_is_told_the_truth_whichever_write_fails() {
    let check = async |durability, left, failures| {
        let disk = begun();
        let journal = self::journal(disk.clone(), durability);
        let mut tail = journal.tail(Position::START);
        disk.set(|content| (content.left, content.failures) = (left, failures));
        let mut told = Vec::new();
        for number in 0..6 {
            told.push((number, append(&journal, number).await));
        }
        disk.set(|content| content.left = usize::MAX);
        tokio::time::sleep(2 * AGAIN).await;
        let room = append(&journal, 99).await;
        let mut followed = Vec::new();
        for _ in 0..journal.stats().events {
            match tail.next().await {
                Some(Ok(LogEvent::Entry(entry))) => followed.push(entry),
                Some(Err(_)) if room.is_err() => break,
                other => panic!("{left}: {other:?}"),
            }
        }
        journal.close().await;
        let journal = self::journal(disk, durability);
        let page = journal.read(Position::START, 100).await.expect("reads");
        assert_eq!(followed, page.entries[..followed.len()], "{left}: a tail missed something");
        assert!(room.is_err() || followed.len() == page.entries.len(), "{left}: {followed:?}");
        let stored = |number| {
            let is_it = |entry: &&Entry| entry.body.first() == Some(&number);
            page.entries.iter().find(is_it).map(|entry| entry.position)
        };
        for (number, told) in &told {
            match told {
                Ok(position) => assert_eq!(stored(*number), Some(*position), "{left}: {told:?}"),
                Err(error) if error.may_be_stored => {}
                Err(_) => assert_eq!(stored(*number), None, "{left}: {told:?}"),
            }
        }
        let failed = told.iter().filter(|(_, told)| told.is_err()).count();
        (room.map(|position| stored(99) == Some(position)), failed)
    };
    for durability in [Durability::Process, Durability::Disk] {
        // The disk stays full, or fails once.
        let for_good = (0..50).map(|left| check(durability, left, usize::MAX));
        let once = (0..50).map(|left| check(durability, left, 1));
        let (for_good, once) = (join_all(for_good).await, join_all(once).await);
        let (mut failed, mut lost) = (0, 0);
        for (room, failures) in for_good.into_iter().chain(once) {
            failed += failures;
            match room {
                Ok(right) => assert!(right, "another event stands where the last was put"),
                // Only a sync that fails ends a journal.
                Err(error) => {
                    assert!(error.message.contains("restart"), "{error}");
                    lost += 1;
                }
            }
        }
        println!(
            "{durability:?}: {failed} publishes failed, {lost} journals ended by a failed sync"
        );
        assert!(failed > 100, "{failed} publishes failed: nothing was tested");
        // With `Process`, what says that commits are not synced is.
        assert!(lost > 0 && (durability == Durability::Disk || lost < 20), "{lost} journals");
    }
}

#[tokio::test]
async fn publishes_on_a_full_disk_do_not_each_read_the_file() {
    let disk = begun();
    let journal = journal(disk.clone(), Durability::Process);
    disk.set(|content| content.room = content.len());
    let topic = TopicName::new("a").expect("a name");
    let large = || journal.append(&topic, Bytes::from(vec![7; 50_000]));
    let mut stored = 0;
    while large().await.is_ok() {
        stored += 1;
    }
    disk.set(|content| content.openings = 0);
    let start = Instant::now();
    for _ in 0..500 {
        let error = large().await.expect_err("the disk is full");
        assert!(!error.may_be_stored, "{error}");
    }
    let (openings, time) = (disk.content().openings, start.elapsed());
    println!("{stored} stored, then {openings} openings in {time:?}");
    assert!(openings as u128 <= 1 + time.as_millis() / AGAIN.as_millis(), "{openings} in {time:?}");
    disk.set(|content| content.room = usize::MAX);
    tokio::time::sleep(2 * AGAIN).await;
    assert_eq!(large().await.map(|at| at.position), Ok(Position::new(0, stored + 1)));
}

#[tokio::test]
async fn a_failed_sync_ends_the_journal_in_words() {
    let disk = begun();
    let journal = journal(disk.clone(), Durability::Disk);
    append(&journal, 1).await.expect("stored");
    disk.set(|content| (content.left, content.fails_to_sync) = (0, true));
    let error = append(&journal, 2).await.expect_err("not synced");
    assert!(error.may_be_stored && error.message.contains("restart"), "{error}");
    disk.set(|content| content.left = usize::MAX);
    tokio::time::sleep(2 * AGAIN).await;
    let error = append(&journal, 3).await.expect_err("the system's memory is no disk");
    assert!(!error.may_be_stored && error.message.contains("restart"), "{error}");
}
