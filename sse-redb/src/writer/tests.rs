//! What a failing disk means to publishers, on a simulated disk.

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

/// Appends until the journal takes it again after its pause, or has ended for good.
async fn append_after_pause(journal: &Journal, number: u8) -> Result<Position, BackendError> {
    let patience = Instant::now() + 200 * AGAIN;
    loop {
        match append(journal, number).await {
            Err(error) if !error.message.contains("restart") => {
                assert!(!error.may_be_stored, "{error}");
                assert!(Instant::now() < patience, "the journal still refuses: {error}");
                tokio::task::yield_now().await;
            }
            result => return result,
        }
    }
}

/// Whichever change to the file fails first, acknowledged events are stored, and events that were
/// reported as not stored are not. Publishes succeed again once there is room.
#[tokio::test]
async fn the_answer_to_a_publisher_is_true_whichever_write_fails() {
    let check = async |durability, left, failures| {
        let disk = begun();
        let journal = self::journal(disk.clone(), durability);
        let mut tail = journal.tail(Position::START);
        disk.set(|content| (content.left, content.failures) = (left, failures));
        let mut results = Vec::new();
        for number in 0..6 {
            results.push((number, append(&journal, number).await));
        }
        disk.set(|content| content.left = usize::MAX);
        let room = append_after_pause(&journal, 99).await;
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
        for (number, result) in &results {
            match result {
                Ok(position) => assert_eq!(stored(*number), Some(*position), "{left}: {result:?}"),
                Err(error) if error.may_be_stored => {}
                Err(_) => assert_eq!(stored(*number), None, "{left}: {result:?}"),
            }
        }
        let failed = results.iter().filter(|(_, result)| result.is_err()).count();
        (room.map(|position| stored(99) == Some(position)), failed)
    };
    for durability in [Durability::Process, Durability::Disk] {
        // The disk fails from then on, or once.
        let for_good = (0..50).map(|left| check(durability, left, usize::MAX));
        let once = (0..50).map(|left| check(durability, left, 1));
        let (for_good, once) = (join_all(for_good).await, join_all(once).await);
        let (mut failed, mut lost) = (0, 0);
        for (room, failures) in for_good.into_iter().chain(once) {
            failed += failures;
            match room {
                Ok(right) => assert!(right, "another event is at the last one's position"),
                // Only a failed sync ends a journal.
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
        // With `Process`, only the note that commits are not synced is itself synced.
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
    let appended = append_after_pause(&journal, 99).await;
    assert_eq!(appended, Ok(Position::new(0, stored + 1)));
}

#[tokio::test]
async fn a_failed_sync_ends_the_journal_with_the_reason() {
    let disk = begun();
    let journal = journal(disk.clone(), Durability::Disk);
    append(&journal, 1).await.expect("stored");
    disk.set(|content| (content.left, content.fails_to_sync) = (0, true));
    let error = append(&journal, 2).await.expect_err("not synced");
    assert!(error.may_be_stored && error.message.contains("restart"), "{error}");
    disk.set(|content| content.left = usize::MAX);
    // It refuses events even after the pause that follows other failures.
    let failed = Instant::now();
    while failed.elapsed() < 2 * AGAIN {
        let error = append(&journal, 3).await.expect_err("the system's memory is not the disk");
        assert!(!error.may_be_stored && error.message.contains("restart"), "{error}");
    }
}
