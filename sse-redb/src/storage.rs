//! The part of the file that redb uses.

use std::{
    fmt,
    io::{self, ErrorKind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use redb::StorageBackend;

use crate::{Durability, fault::Fault, metrics::Timer, page};

/// The part of the file that redb uses, from the second page on, through three stages.
///
/// When redb opens a file, it may write to it, to repair what a killed process has left, before its content is
/// checked. At first, therefore, all changes stay in memory, and only a file that proves whole is changed. At
/// the end, nothing is written: redb would mark the file as whole, and the next opening would trust that mark
/// instead of checking each page.
#[derive(Clone)]
pub(crate) struct Storage(Arc<Inner>);

struct Inner {
    file: Arc<dyn StorageBackend>,
    durability: Durability,
    stage: Mutex<Stage>,
    /// The disk failed to store writes that it had accepted: the content of the file is unknown.
    sync_failed: AtomicBool,
}

enum Stage {
    /// Changes that are not yet in the file, in order.
    Staged(Vec<Change>),
    Written,
    Cut,
}

enum Change {
    Len(u64),
    Bytes(u64, Vec<u8>),
}

impl Storage {
    /// Keeps changes in memory at first.
    pub(crate) fn staged(file: Arc<dyn StorageBackend>, durability: Durability) -> Self {
        Self::new(file, durability, Stage::Staged(Vec::new()))
    }

    /// Writes changes to the file at once: for a new file, which nobody else uses yet.
    pub(crate) fn written(file: Arc<dyn StorageBackend>, durability: Durability) -> Self {
        Self::new(file, durability, Stage::Written)
    }

    fn new(file: Arc<dyn StorageBackend>, durability: Durability, stage: Stage) -> Self {
        let sync_failed = AtomicBool::new(false);
        Self(Arc::new(Inner { file, durability, stage: Mutex::new(stage), sync_failed }))
    }

    /// Writes the staged changes in the order in which redb made them, so that a crash on the way is one that
    /// redb can recover from.
    pub(crate) fn settle(&self) -> io::Result<()> {
        let mut stage = self.stage();
        if let Stage::Staged(changes) = &*stage {
            for change in changes {
                match change {
                    Change::Len(len) => self.0.file.set_len(*len + OURS)?,
                    Change::Bytes(offset, bytes) => self.0.file.write(*offset + OURS, bytes)?,
                }
            }
            *stage = Stage::Written;
        }
        Ok(())
    }

    /// Waits until the disk has stored all writes so far, whatever the durability: those of this process and of
    /// earlier ones.
    pub(crate) fn sync(&self) -> io::Result<()> {
        let timer = Timer::begin();
        let synced = self.0.file.sync_data();
        timer.synced();
        if synced.is_err() {
            self.0.sync_failed.store(true, SeqCst);
        }
        synced
    }

    /// Refuses all further writes.
    pub(crate) fn cut(&self) {
        *self.stage() = Stage::Cut;
    }

    /// Reports a fault as `Unsynced` if an earlier sync failed.
    pub(crate) fn judge(&self, fault: Fault) -> Fault {
        match fault {
            Fault::Unsynced(_) => fault,
            _ if self.0.sync_failed.load(SeqCst) => Fault::Unsynced(fault.to_string()),
            _ => fault,
        }
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageBackend for Storage {
    fn len(&self) -> io::Result<u64> {
        let mut len = self.0.file.len()?.saturating_sub(OURS);
        if let Stage::Staged(changes) = &*self.stage() {
            for change in changes {
                len = match change {
                    Change::Len(set) => *set,
                    Change::Bytes(offset, bytes) => len.max(offset + bytes.len() as u64),
                };
            }
        }
        Ok(len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let file_len = self.0.file.len()?.saturating_sub(OURS);
        let stage = self.stage();
        let Stage::Staged(changes) = &*stage else {
            drop(stage);
            return self.0.file.read(place(offset)?, out);
        };
        let mut len = file_len;
        let stored = file_len.saturating_sub(offset).min(out.len() as u64) as usize;
        self.0.file.read(place(offset)?, &mut out[..stored])?;
        out[stored..].fill(0);
        for change in changes {
            match change {
                Change::Len(set) => {
                    if *set < len {
                        let gone = set.saturating_sub(offset).min(out.len() as u64) as usize;
                        out[gone..].fill(0);
                    }
                    len = *set;
                }
                Change::Bytes(at, bytes) => {
                    overlay(out, offset, bytes, *at);
                    len = len.max(at + bytes.len() as u64);
                }
            }
        }
        if offset.saturating_add(out.len() as u64) > len {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        match &mut *self.stage() {
            Stage::Staged(changes) => changes.push(Change::Len(len)),
            Stage::Written => self.0.file.set_len(place(len)?)?,
            Stage::Cut => return Err(cut()),
        }
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        match &*self.stage() {
            Stage::Written if self.0.durability == Durability::Disk => self.sync(),
            Stage::Written | Stage::Staged(_) => Ok(()),
            Stage::Cut => Err(cut()),
        }
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        match &mut *self.stage() {
            Stage::Staged(changes) => changes.push(Change::Bytes(offset, data.to_vec())),
            Stage::Written => self.0.file.write(place(offset)?, data)?,
            Stage::Cut => return Err(cut()),
        }
        Ok(())
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storage").finish_non_exhaustive()
    }
}

fn place(offset: u64) -> io::Result<u64> {
    offset.checked_add(OURS).ok_or_else(|| ErrorKind::UnexpectedEof.into())
}

fn cut() -> io::Error {
    io::Error::other("the journal is closed")
}

/// Copies `bytes`, which begin at `at`, over the part of `out` that they overlap; `out` begins at `offset`.
fn overlay(out: &mut [u8], offset: u64, bytes: &[u8], at: u64) {
    let start = offset.max(at);
    let end = (offset.saturating_add(out.len() as u64)).min(at + bytes.len() as u64);
    if start < end {
        let len = (end - start) as usize;
        let (to, from) = ((start - offset) as usize, (start - at) as usize);
        out[to..to + len].copy_from_slice(&bytes[from..from + len]);
    }
}

const OURS: u64 = page::LEN as u64;

#[cfg(test)]
mod tests {
    use redb::backends::FileBackend;

    use super::*;

    fn file() -> Arc<dyn StorageBackend> {
        Arc::new(FileBackend::new(tempfile::tempfile().expect("a file")).expect("opens"))
    }

    /// Staged changes read as if they were written, and are written when they settle.
    #[test]
    fn staged_changes_are_visible_to_redb_only() {
        let file = file();
        file.set_len(OURS).expect("grows");
        file.write(OURS, &[1; 100]).expect("written");
        let staged = Storage::staged(Arc::clone(&file), Durability::Disk);
        let mut model = vec![1; 100];
        for round in 0..200 {
            let (at, len) = (fastrand::usize(..300), fastrand::usize(1..50));
            if round % 10 == 0 {
                model.resize(at, 0);
                staged.set_len(at as u64).expect("staged");
            } else {
                model.resize(model.len().max(at + len), 0);
                model[at..at + len].fill(round);
                staged.write(at as u64, &vec![round; len]).expect("staged");
            }
            assert_eq!(staged.len().expect("known"), model.len() as u64);
            let from = fastrand::usize(..=model.len());
            let mut read = vec![0xff; model.len() - from];
            staged.read(from as u64, &mut read).expect("reads");
            assert_eq!(read, model[from..], "round {round}");
            assert!(
                staged.read(from as u64 + 1, &mut vec![0; read.len()]).is_err() || read.is_empty()
            );
        }
        assert_eq!(file.len().expect("known"), OURS + 100, "the file was changed");
        staged.settle().expect("written");
        let mut read = vec![0; model.len()];
        file.read(OURS, &mut read).expect("reads");
        assert_eq!(read, model);
        assert_eq!(file.len().expect("known"), OURS + model.len() as u64);
    }

    #[test]
    fn nothing_is_written_after_the_cut() {
        let file = file();
        let storage = Storage::written(Arc::clone(&file), Durability::Process);
        storage.write(0, b"kept").expect("written");
        storage.cut();
        assert!(storage.write(0, b"lost").is_err() && storage.set_len(0).is_err());
        let mut read = [0; 4];
        storage.read(0, &mut read).expect("reads");
        assert_eq!(&read, b"kept");
    }
}
