//! Kills and power cuts at every write.

use std::{collections::HashMap, time::Duration};

use redb::StorageBackend;
use sse_hub::backend::Control;

use super::*;
use crate::simulated_disk::{Content, Disk};

const BOUNDS: Bounds =
    Bounds { events: 12, bytes: u64::MAX, age: None, remember_ends: Duration::from_secs(60) };

/// Returns the boot ID of one of the machine's runs.
fn boot(number: u32) -> BootId {
    BootId::new(&format!("boot{number}")).expect("letters and digits")
}

fn body(position: u64) -> Bytes {
    vec![position as u8; (position as usize * 97) % 1_500].into()
}

/// Each seventh entry ends a topic of its own, which has a note.
fn entry(position: u64) -> (TopicName, Bytes) {
    let topic = |name: String| TopicName::new(name).expect("a name");
    match position % 7 {
        0 => {
            let end = Control::End { last: Some(body(position)) };
            (topic(format!("topic {position}")), end.encode())
        }
        3 => {
            let note = Control::Note { note: body(position) };
            (topic(format!("topic {}", position + 4)), note.encode())
        }
        _ => (topic("a".to_owned()), body(position)),
    }
}

/// Opens the log and appends until the disk fails; returns the head that was acknowledged.
fn append(disk: Arc<Disk>, durability: Durability, mut head: u64, rounds: u64) -> u64 {
    let file = JournalFile::on(disk);
    let Ok(mut store) = Store::open(&file, durability, BOUNDS, &boot(0)) else { return head };
    for round in 0..rounds {
        let first = store.state().head + 1;
        let entries: Vec<_> = (first..=first + round % 4).map(entry).collect();
        let events = entries.iter().map(|(topic, body)| (topic, body));
        if store.commit(&file, events, round).is_err() {
            break;
        }
        head = store.state().head;
    }
    head
}

/// Opens what is left: everything that was acknowledged is there, unchanged.
#[track_caller]
fn check(left: &Content, acknowledged: u64, when: &str) -> u64 {
    let file = JournalFile::on(Disk::with(left.clone()));
    let store = Store::open(&file, Durability::Disk, BOUNDS, &boot(0));
    let store = store.unwrap_or_else(|fault| panic!("{when}: {fault}"));
    let State { head, floor, .. } = *store.state();
    assert!(head >= acknowledged, "{when}: {acknowledged} was acknowledged, {head} is left");
    let entries = store.read(floor, usize::MAX, usize::MAX).expect("whole");
    assert_eq!(entries.len() as u64, head - floor, "{when}");
    assert!(head - floor <= BOUNDS.events, "{when}");
    for (entry, position) in entries.iter().zip(floor + 1..) {
        let (topic, body) = self::entry(position);
        assert_eq!((&entry.topic, &entry.body), (&topic, &body), "{when}: event {position}");
    }
    assert_eq!(store.state().ended, head / 7, "{when}: ends are remembered after they are evicted");
    assert_eq!(store.ended().len() as u64, floor / 7, "{when}");
    let notes = store.notes();
    assert_eq!(notes.len() as u64, (head + 4) / 7, "{when}: notes are remembered");
    for (noted, position) in notes.iter().zip((3..).step_by(7)) {
        let last = (position + 4 <= head).then(|| body(position + 4));
        assert_eq!((&noted.note, &noted.last), (&body(position), &last), "{when}");
    }
    head
}

fn begun() -> Content {
    let disk = Disk::with(Content::default());
    Store::begin(&JournalFile::on(disk.clone())).expect("begins");
    disk.sync_data().expect("synced");
    disk.content()
}

/// The process is killed before each of its changes to the file, run after run.
#[test]
fn a_kill_at_any_write_loses_nothing_that_was_acknowledged() {
    for durability in [Durability::Process, Durability::Disk] {
        let (mut content, mut head) = (begun(), 0);
        for left in (0..75).chain([30; 20]) {
            let disk = content.that_fails_after(left);
            head = append(disk.clone(), durability, head, 8);
            content = disk.after_kill();
            head = check(&content, head, &format!("{durability:?}, killed after {left} changes"));
        }
        assert!(head > 100, "{head} events: nothing was tested");
    }
}

/// With [`Durability::Disk`], a power cut is no worse, whichever unsynced changes the disk has stored.
#[test]
fn a_power_cut_at_any_write_loses_nothing_that_was_acknowledged() {
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut content, mut head) = (begun(), 0);
    for left in (0..75).chain([30; 60]) {
        let disk = content.that_fails_after(left);
        head = append(disk.clone(), Durability::Disk, head, 8);
        content = disk.after_power_cut(&mut random);
        head = check(&content, head, &format!("seed {seed}, power cut after {left} changes"));
    }
    assert!(head > 100, "{head} events: nothing was tested");
}

/// With [`Durability::Process`], a power cut may damage the file or leave an older one. Both are reported.
#[test]
fn a_power_cut_without_syncs_is_reported_or_harmless() {
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut whole, mut damaged) = (0, 0);
    for left in 20..80 {
        let begun = begun();
        let before = JournalFile::on(Disk::with(begun.clone())).header().expect("whole").era.epoch;
        let disk = begun.that_fails_after(left);
        let acknowledged = append(disk.clone(), Durability::Process, 0, 8);
        let content = disk.after_power_cut(&mut random);
        let file = JournalFile::on(Disk::with(content.clone()));
        match Store::open(&file, Durability::Process, BOUNDS, &boot(1)) {
            Ok(store) => {
                whole += 1;
                let head = store.state().head;
                // It may be older than what was acknowledged, but it is consistent.
                let reported = *store.epoch() != before;
                assert!(reported || acknowledged == 0, "seed {seed}, {left}: {head} in {before}");
                drop(store);
                assert_eq!(check(&content, 0, &format!("seed {seed}, {left}")), head);
            }
            Err(Fault::Damaged(_)) => damaged += 1,
            Err(other) => panic!("seed {seed}, {left}: {other}"),
        }
    }
    println!("{whole} whole, {damaged} damaged");
    assert!(whole > 0 && damaged > 0, "{whole} whole, {damaged} damaged");
}

/// Kills, power cuts and orderly ends, with either durability, run after run. No epoch ever continues with
/// less than a client has received of it, and none ends without need.
#[test]
fn an_epoch_that_may_have_lost_events_does_not_continue() {
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    // The newest event of each epoch that a client may have received.
    let mut seen: HashMap<Epoch, u64> = HashMap::new();
    let (mut content, mut run, mut stays) = (begun(), 0, None);
    let (mut kept, mut reported, mut older, mut damaged) = (0, 0, 0, 0);
    let mut last = None;
    for round in 0..1_200 {
        let durability = [Durability::Process, Durability::Disk][random.usize(..2)];
        let left = if random.bool() { random.usize(..40) } else { usize::MAX };
        let when = format!("seed {seed}, round {round}, {durability:?}, {left} changes");
        let disk = content.that_fails_after(left);
        let file = JournalFile::on(disk.clone());
        let (mut synced, mut opened) = (false, None);
        match Store::open(&file, durability, BOUNDS, &boot(run)) {
            Ok(mut store) => {
                let epoch = store.epoch().clone();
                let mut head = store.state().head;
                if let Some(stays) = stays.take() {
                    assert_eq!(epoch, stays, "{when}: reported without need");
                    kept += 1;
                }
                if last.replace(epoch.clone()).is_some_and(|last| last != epoch) {
                    reported += 1;
                }
                let known = seen.entry(epoch.clone()).or_default();
                assert!(head >= *known, "{when}: {known} was seen in {epoch}, {head} is left");
                let topic = TopicName::new("a").expect("a name");
                let committed = (0..random.usize(..4)).all(|_| {
                    let body = body(head + 1);
                    let committed = store.commit(&file, [(&topic, &body)].into_iter(), round);
                    head = store.state().head;
                    committed.is_ok()
                });
                *known = head;
                // A failed store is opened again before it is used.
                let ended = committed && random.bool() && store.end(&file).is_ok();
                synced = ended || durability == Durability::Disk;
                opened = Some(epoch);
            }
            Err(Fault::Damaged(_)) => {
                // Clients are not misled: an operator moves the file away.
                assert!(stays.is_none(), "{when}: damaged without need");
                damaged += 1;
                (content, last) = (begun(), None);
                continue;
            }
            Err(_) => assert_ne!(left, usize::MAX, "{when}: it has not opened"),
        }
        if random.bool() {
            content = disk.after_kill();
            stays = opened;
        } else {
            run += 1;
            content = disk.after_power_cut(&mut random);
            stays = opened.filter(|_| synced);
        }
        let file = JournalFile::on(Disk::with(content.clone()));
        if let (Some(epoch), Ok(header)) = (&last, file.header()) {
            older += usize::from(header.mark.head < seen[epoch]);
        }
    }
    println!(
        "{kept} kept their epoch, {reported} reported, {older} marks older, {damaged} damaged"
    );
    assert!(kept > 300 && reported > 20 && older > 20 && damaged > 10, "nothing was tested");
}

/// An orderly end that is cut short begins a new epoch, unless everything is on disk.
#[test]
fn a_power_cut_during_an_orderly_end_is_reported_or_harmless() {
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut stayed, mut reported) = (0, 0);
    for round in 0..600 {
        let disk = Disk::with(begun());
        let file = JournalFile::on(disk.clone());
        let mut store = Store::open(&file, Durability::Process, BOUNDS, &boot(0)).expect("opens");
        let before = store.epoch().clone();
        let topic = TopicName::new("a").expect("a name");
        for position in 1..=2 {
            store.commit(&file, [(&topic, &body(position))].into_iter(), 0).expect("committed");
        }
        disk.set(|content| content.left = round % 4);
        let ended = store.end(&file).is_ok();
        assert_eq!(ended, round % 4 == 3, "an end is a sync, a write and a sync");
        let file = JournalFile::on(Disk::with(disk.after_power_cut(&mut random)));
        match Store::open(&file, Durability::Process, BOUNDS, &boot(1)) {
            Ok(store) if *store.epoch() == before => {
                assert_eq!(store.state().head, 2, "seed {seed}, round {round}: lost in silence");
                stayed += 1;
            }
            _ => {
                assert!(!ended, "seed {seed}, round {round}: reported without need");
                reported += 1;
            }
        }
    }
    println!("{stayed} kept their epoch, {reported} reported");
    assert!(stayed > 150 && reported > 150, "{stayed}, {reported}: nothing was tested");
}

/// Noting that commits are not synced costs one sync in all, not one for each commit.
#[test]
fn commits_without_syncs_sync_once() {
    let disk = Disk::with(begun());
    let file = JournalFile::on(disk.clone());
    let mut store = Store::open(&file, Durability::Process, BOUNDS, &boot(0)).expect("opens");
    let opened = disk.content().syncs;
    let topic = TopicName::new("a").expect("a name");
    for position in 1..=50 {
        store.commit(&file, [(&topic, &body(position))].into_iter(), 0).expect("committed");
        assert_eq!(disk.content().syncs, opened + 1, "after {position} commits");
    }
}

/// After a failed sync, the file may show what the disk has not stored.
#[test]
fn a_failed_sync_is_detected() {
    let disk = Disk::with(begun());
    let file = JournalFile::on(disk.clone());
    let mut store = Store::open(&file, Durability::Disk, BOUNDS, &boot(0)).expect("opens");
    disk.set(|content| (content.left, content.fails_to_sync) = (0, true));
    let topic = TopicName::new("a").expect("a name");
    let fault = store.commit(&file, [(&topic, &body(1))].into_iter(), 0);
    assert!(matches!(fault, Err(Fault::Unsynced(_))), "{fault:?}");
    drop(store);
    let fault = Store::open(&file, Durability::Disk, BOUNDS, &boot(0)).map(drop);
    assert!(matches!(fault, Err(Fault::Unsynced(_))), "{fault:?}");
}
