//! A simulated disk in memory.

use std::{
    io::{self, ErrorKind},
    sync::{Arc, Mutex},
};

use redb::StorageBackend;

/// A disk that has stored everything that was synced, and perhaps parts of the rest.
#[derive(Debug, Default)]
pub(crate) struct Disk(Mutex<Content>);

#[derive(Debug, Clone)]
pub(crate) struct Content {
    stored: Vec<u8>,
    /// What a reader sees.
    seen: Vec<u8>,
    since_sync: Vec<Change>,
    /// The number of changes and syncs that succeed before the first failure.
    pub(crate) left: usize,
    /// The number of failures after that.
    pub(crate) failures: usize,
    /// Whether only syncs fail.
    pub(crate) fails_to_sync: bool,
    /// The most bytes that the file may have.
    pub(crate) room: usize,
    /// The number of times that the file was read from its beginning.
    pub(crate) openings: usize,
    pub(crate) syncs: usize,
}

#[derive(Debug, Clone)]
pub(crate) enum Change {
    Len(usize),
    Bytes(usize, Vec<u8>),
}

impl Default for Content {
    fn default() -> Self {
        Self {
            stored: Vec::new(),
            seen: Vec::new(),
            since_sync: Vec::new(),
            left: usize::MAX,
            failures: usize::MAX,
            fails_to_sync: false,
            room: usize::MAX,
            openings: 0,
            syncs: 0,
        }
    }
}

impl Content {
    fn spend(&mut self) -> io::Result<()> {
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
        } else if let Some(failures) = self.failures.checked_sub(1) {
            self.failures = failures;
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.seen.len()
    }

    pub(crate) fn that_fails_after(self, left: usize) -> Arc<Disk> {
        Disk::with(Self { left, ..self })
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

    /// Splits a change into pieces that a disk stores whole or not at all.
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
    pub(crate) fn with(content: Content) -> Arc<Self> {
        Arc::new(Self(Mutex::new(content)))
    }

    pub(crate) fn content(&self) -> Content {
        self.0.lock().expect("no panic").clone()
    }

    pub(crate) fn set(&self, set: impl FnOnce(&mut Content)) {
        set(&mut self.0.lock().expect("no panic"));
    }

    fn change(&self, change: Change) -> io::Result<()> {
        let mut content = self.0.lock().expect("no panic");
        if !content.fails_to_sync {
            content.spend()?;
        }
        let end = match &change {
            Change::Len(len) => *len,
            Change::Bytes(at, bytes) => at + bytes.len(),
        };
        if end > content.room {
            return Err(ErrorKind::StorageFull.into());
        }
        change.apply(&mut content.seen);
        content.since_sync.push(change);
        Ok(())
    }

    /// Returns what a killed process leaves.
    pub(crate) fn after_kill(&self) -> Content {
        Content { left: usize::MAX, ..self.content() }
    }

    /// Returns what a power cut leaves.
    pub(crate) fn after_power_cut(&self, random: &mut fastrand::Rng) -> Content {
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

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().expect("no panic").seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut content = self.0.lock().expect("no panic");
        content.openings += usize::from(offset == 0);
        let from = content.seen.get(offset as usize..).and_then(|from| from.get(..out.len()));
        out.copy_from_slice(from.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.change(Change::Len(len as usize))
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut content = self.0.lock().expect("no panic");
        content.spend()?;
        content.syncs += 1;
        content.stored = content.seen.clone();
        content.since_sync.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.change(Change::Bytes(offset as usize, data.to_vec()))
    }
}
