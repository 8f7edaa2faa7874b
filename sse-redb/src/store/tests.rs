//! What a disk and a crash may do, at every point, on a disk in memory.

use std::{
    io::{self, ErrorKind},
    sync::Mutex,
};

use redb::StorageBackend;

use super::*;

/// A disk that has stored what was synced; of the rest it may have stored any part.
#[derive(Debug, Default)]
struct Disk(Mutex<Content>);

#[derive(Debug, Clone)]
struct Content {
    stored: Vec<u8>,
    /// What a reader sees.
    seen: Vec<u8>,
    since_sync: Vec<Change>,
    /// So many changes and syncs succeed.
    left: usize,
    /// Only syncs fail then.
    fails_to_sync: bool,
}

#[derive(Debug, Clone)]
enum Change {
    Len(usize),
    Bytes(usize, Vec<u8>),
}

impl Default for Content {
    fn default() -> Self {
        let (stored, seen) = Default::default();
        Self { stored, seen, since_sync: Vec::new(), left: usize::MAX, fails_to_sync: false }
    }
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Len(len) => to.resize(*len, 0),
            Self::Bytes(at, bytes) => {
                to.resize(to.len().max(at + bytes.len()), 0);
                to[*at..at + bytes.len()].copy_from_slice(bytes);
            }
        }
    }

    /// The same in pieces that a disk stores whole or not at all.
    fn sectors(self) -> Vec<Self> {
        let Self::Bytes(at, bytes) = self else { return vec![self] };
        let mut sectors = Vec::new();
        let mut from = 0;
        while from < bytes.len() {
            let to = bytes.len().min(from + 512 - (at + from) % 512);
            sectors.push(Self::Bytes(at + from, bytes[from..to].to_vec()));
            from = to;
        }
        sectors
    }
}

impl Disk {
    fn with(content: Content) -> Arc<Self> {
        Arc::new(Self(Mutex::new(content)))
    }

    fn content(&self) -> Content {
        self.0.lock().expect("no panic").clone()
    }

    fn change(&self, change: Change) -> io::Result<()> {
        let mut content = self.0.lock().expect("no panic");
        if !content.fails_to_sync {
            spend(&mut content.left)?;
        }
        change.apply(&mut content.seen);
        content.since_sync.push(change);
        Ok(())
    }

    /// What a killed process leaves.
    fn after_kill(&self) -> Content {
        Content { left: usize::MAX, ..self.content() }
    }

    /// What a power cut leaves.
    fn after_power_cut(&self, random: &mut fastrand::Rng) -> Content {
        let Content { mut stored, since_sync, .. } = self.content();
        let luck = random.u8(..=4);
        for change in since_sync.into_iter().flat_map(Change::sectors) {
            if random.u8(..4) < luck {
                change.apply(&mut stored);
            }
        }
        Content { seen: stored.clone(), stored, ..Content::default() }
    }
}

fn spend(left: &mut usize) -> io::Result<()> {
    *left = left.checked_sub(1).ok_or(ErrorKind::StorageFull)?;
    Ok(())
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().expect("no panic").seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let content = self.0.lock().expect("no panic");
        let from = content.seen.get(offset as usize..).and_then(|from| from.get(..out.len()));
        out.copy_from_slice(from.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.change(Change::Len(len as usize))
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut content = self.0.lock().expect("no panic");
        spend(&mut content.left)?;
        content.stored = content.seen.clone();
        content.since_sync.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.change(Change::Bytes(offset as usize, data.to_vec()))
    }
}

const BOUNDS: Bounds = Bounds { events: 12, bytes: u64::MAX, age: None };

fn body(position: u64) -> Bytes {
    vec![position as u8; (position as usize * 97) % 1_500].into()
}

/// Opens the log and appends until the disk fails; returns the head that was acknowledged.
fn append(disk: Arc<Disk>, durability: Durability, mut head: u64, rounds: u64) -> u64 {
    let file = JournalFile::on(disk);
    let Ok(mut store) = Store::open(&file, durability, BOUNDS) else { return head };
    let topic = TopicName::new("a").expect("a name");
    for round in 0..rounds {
        let first = store.state().head + 1;
        let bodies: Vec<_> = (first..=first + round % 4).map(body).collect();
        let events = bodies.iter().map(|body| (&topic, body));
        if store.commit(&file, events, round).is_err() {
            break;
        }
        head = store.state().head;
    }
    head
}

/// Opens what is left; everything that was acknowledged is there, as it was.
#[track_caller]
fn check(left: &Content, acknowledged: u64, when: &str) -> u64 {
    let file = JournalFile::on(Disk::with(left.clone()));
    let store = Store::open(&file, Durability::Disk, BOUNDS);
    let store = store.unwrap_or_else(|fault| panic!("{when}: {fault}"));
    let State { head, floor, .. } = *store.state();
    assert!(head >= acknowledged, "{when}: {acknowledged} was acknowledged, {head} is left");
    let entries = store.read(floor, usize::MAX, usize::MAX).expect("whole");
    assert_eq!(entries.len() as u64, head - floor, "{when}");
    assert!(head - floor <= BOUNDS.events, "{when}");
    for (entry, position) in entries.iter().zip(floor + 1..) {
        assert_eq!(entry.body, body(position), "{when}: event {position}");
    }
    head
}

fn begun() -> Content {
    let disk = Disk::with(Content::default());
    Store::begin(&JournalFile::on(disk.clone())).expect("begins");
    disk.sync_data().expect("synced");
    disk.content()
}

/// The process ends before each of its changes to the file, in life after life.
#[test]
fn a_kill_at_any_write_loses_nothing_that_was_acknowledged() {
    for durability in [Durability::Process, Durability::Disk] {
        let (mut content, mut head) = (begun(), 0);
        for left in (0..150).chain([20; 60]) {
            let disk = Disk::with(Content { left, ..content });
            head = append(disk.clone(), durability, head, 8);
            content = disk.after_kill();
            head = check(&content, head, &format!("{durability:?}, killed after {left} changes"));
        }
        assert!(head > 100, "{head} events: nothing was tested");
    }
}

/// With [`Durability::Disk`], a power cut is no worse, whatever the disk had stored of what was
/// not synced.
#[test]
fn a_power_cut_at_any_write_loses_nothing_that_was_acknowledged() {
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut content, mut head) = (begun(), 0);
    for left in (0..150).chain([20; 150]) {
        let disk = Disk::with(Content { left, ..content });
        head = append(disk.clone(), Durability::Disk, head, 8);
        content = disk.after_power_cut(&mut random);
        head = check(&content, head, &format!("seed {seed}, power cut after {left} changes"));
    }
    assert!(head > 100, "{head} events: nothing was tested");
}

/// With [`Durability::Process`], a power cut may damage the file; that is told.
#[test]
fn a_power_cut_without_syncs_is_told_or_harmless() {
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut whole, mut damaged) = (0, 0);
    for left in 20..140 {
        let disk = Disk::with(Content { left, ..begun() });
        append(disk.clone(), Durability::Process, 0, 8);
        let content = disk.after_power_cut(&mut random);
        let file = JournalFile::on(Disk::with(content.clone()));
        match Store::open(&file, Durability::Process, BOUNDS) {
            Ok(store) => {
                whole += 1;
                let head = store.state().head;
                drop(store);
                // It may be older than what was acknowledged, but it is of one piece.
                assert_eq!(check(&content, 0, &format!("seed {seed}, {left}")), head);
            }
            Err(Fault::Damaged(_)) => damaged += 1,
            Err(other) => panic!("seed {seed}, {left}: {other}"),
        }
    }
    println!("{whole} whole, {damaged} damaged");
    assert!(whole > 0 && damaged > 0, "{whole} whole, {damaged} damaged");
}

/// A disk that fails to sync may show what it has not stored.
#[test]
fn a_failed_sync_is_noticed() {
    let disk = Disk::with(begun());
    let file = JournalFile::on(disk.clone());
    let mut store = Store::open(&file, Durability::Disk, BOUNDS).expect("opens");
    {
        let mut content = disk.0.lock().expect("no panic");
        (content.left, content.fails_to_sync) = (0, true);
    }
    let topic = TopicName::new("a").expect("a name");
    let fault = store.commit(&file, [(&topic, &body(1))].into_iter(), 0);
    assert!(matches!(fault, Err(Fault::Io(_))), "{fault:?}");
    assert!(store.sync_failed());
}
