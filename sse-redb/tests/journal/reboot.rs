//! Crashes and orderly restarts of the machine.

use std::{fs, time::Duration};

use sse_hub::{Backend, Epoch, Position, Start};
use sse_redb::{Durability, Journal, OpenError};

use crate::{
    Place, all, append,
    restart::{Server, read},
};

/// Returns the boot ID of the run that made unsynced commits; empty if there are none.
fn unsynced(file: &[u8]) -> &str {
    str::from_utf8(&file[1090..][..usize::from(file[1089])]).unwrap()
}

/// Returns the same file as if another run of the machine had written it.
pub(crate) fn of_another_boot(file: &[u8]) -> Vec<u8> {
    assert_ne!(unsynced(file), "", "all of it was synced");
    let mut file = file.to_vec();
    file[1090] = if file[1090] == b'0' { b'1' } else { b'0' };
    let first = &file[17..][..usize::from(file[16])];
    let checksum = crc32fast::hash(&[&file[1024..1154], first].concat());
    file[1154..1158].copy_from_slice(&checksum.to_le_bytes());
    file
}

async fn epoch(journal: &Journal) -> Epoch {
    Backend::open(journal).await.unwrap().epoch
}

/// A client has received three events, but the disk has stored only one when the machine crashes.
#[tokio::test]
async fn a_crash_of_the_machine_that_may_have_lost_events_is_a_gap() {
    for after in [Durability::Process, Durability::Disk] {
        let place = Place::new();
        let builder = || Journal::builder().durability(Durability::Process);
        let server = Server::start(builder(), &place).await;
        server.publish("a", 1).await;
        let stored = fs::read(&place.path).unwrap();
        server.publish("a", 2).await;
        server.publish("a", 3).await;
        let subscription = server.hub.subscribe("a").unwrap().start(Start::Earliest);
        let (_, last) = read(subscription, 3).await;
        server.stop().await;

        let place = Place::new();
        fs::write(&place.path, of_another_boot(&stored)).unwrap();
        let server = Server::start(builder().durability(after), &place).await;
        for number in 4..=6 {
            server.publish("a", number).await;
        }
        let (seen, _) = read(server.hub.subscribe("a").unwrap().resume(last), 5).await;
        assert!(seen[0].starts_with("gap: {\"reason\":\"foreign\""), "{seen:?}");
        assert_eq!(seen[1..], ["1", "4", "5", "6"], "the kept events are served");
        server.stop().await;
    }
}

/// A new epoch is in the file before anyone uses it, and stays there.
#[tokio::test]
async fn a_crash_of_the_machine_begins_one_new_epoch() {
    let place = Place::new();
    let builder = || Journal::builder().durability(Durability::Process);
    let journal = builder().open(&place.path).await.unwrap();
    let before = epoch(&journal).await;
    append(&journal, "data: 1\n\n").await.unwrap();
    let crashed = of_another_boot(&fs::read(&place.path).unwrap());
    journal.close().await;

    fs::write(&place.path, crashed).unwrap();
    let journal = builder().open(&place.path).await.unwrap();
    let new = epoch(&journal).await;
    assert_ne!(new, before);
    // Nothing was published since, so nothing can be lost.
    assert_eq!(unsynced(&fs::read(&place.path).unwrap()), "");
    assert_eq!(append(&journal, "data: 2\n\n").await, Ok(2));
    // The process is killed.
    let killed = fs::read(&place.path).unwrap();
    journal.close().await;
    fs::write(&place.path, killed).unwrap();
    let journal = builder().open(&place.path).await.unwrap();
    assert_eq!(epoch(&journal).await, new);
    assert_eq!(journal.stats().head, Position::new(0, 2));
    assert_eq!(all(&journal).await.len(), 2);
}

/// After an orderly end, a restart of the machine does not change the epoch.
#[tokio::test]
async fn an_orderly_end_keeps_the_epoch() {
    for close in [true, false] {
        let place = Place::new();
        let builder = || Journal::builder().durability(Durability::Process);
        let journal = builder().open(&place.path).await.unwrap();
        let before = epoch(&journal).await;
        assert_eq!(unsynced(&fs::read(&place.path).unwrap()), "", "before the first commit");
        append(&journal, "data: 1\n\n").await.unwrap();
        assert_ne!(unsynced(&fs::read(&place.path).unwrap()), "", "after the first commit");
        if close {
            journal.close().await;
        } else {
            drop(journal);
        }
        let mut open = builder().open(&place.path).await;
        while let Err(OpenError::InUse { .. }) = open {
            tokio::time::sleep(Duration::from_millis(5)).await;
            open = builder().open(&place.path).await;
        }
        let journal = open.unwrap();
        assert_eq!(epoch(&journal).await, before);
        assert_eq!(unsynced(&fs::read(&place.path).unwrap()), "", "closed: {close}");
    }
}

/// Opening the file with the other durability syncs what was not synced.
#[tokio::test]
async fn a_switch_to_durability_disk_syncs_the_file() {
    let place = Place::new();
    let journal =
        Journal::builder().durability(Durability::Process).open(&place.path).await.unwrap();
    let before = epoch(&journal).await;
    append(&journal, "data: 1\n\n").await.unwrap();
    let killed = fs::read(&place.path).unwrap();
    assert_ne!(unsynced(&killed), "");
    journal.close().await;

    fs::write(&place.path, killed).unwrap();
    let journal = Journal::open(&place.path).await.unwrap();
    assert_eq!(epoch(&journal).await, before);
    assert_eq!(unsynced(&fs::read(&place.path).unwrap()), "");
    assert_eq!(append(&journal, "data: 2\n\n").await, Ok(2));
    assert_eq!(unsynced(&fs::read(&place.path).unwrap()), "");
}
