//! The log in redb: opens and checks it, commits to it, reads it.

use std::{mem, sync::Arc};

use bytes::Bytes;
use redb::{Database, ReadableDatabase, ReadableTable};
use sse_hub::{
    Epoch, TopicName,
    backend::{Ended, Entry, Noted},
};

use crate::{
    Durability,
    boot_id::BootId,
    bounds::Bounds,
    ends::{Ends, is_end},
    era::Era,
    fault::{Fault, contained},
    file::JournalFile,
    header::Header,
    notes::Notes,
    record::{Record, State},
    storage::Storage,
    tables::{EVENTS, changed, check, decode, write},
};

/// The bytes of redb's cache. The log is written once and read in order, so little is enough.
const CACHE: usize = 16 << 20;

/// The log in redb. All methods block.
pub(crate) struct Store {
    /// `None` only while this is dropped.
    database: Option<Database>,
    storage: Storage,
    header: Header,
    state: State,
    ends: Ends,
    notes: Notes,
    durability: Durability,
    bounds: Bounds,
    boot: BootId,
}

const TAKEN: &str = "only `drop` takes it";

/// Opening compacts a file that is larger than four times its events by more than this many bytes.
const SPARE: u64 = 16 << 20;

impl Store {
    /// Fills a new file with an empty log.
    pub(crate) fn begin(file: &JournalFile) -> Result<(), Fault> {
        let header = Header::begin();
        file.write_header(&header)?;
        let storage = Storage::written(Arc::clone(&file.backend), Durability::Process);
        let database = database(&storage)?;
        let state = State::new(header.first.clone());
        write(&database, |_, log, _, _| {
            Ok(log.insert((), state.encode().as_slice()).map(drop)?)
        })?;
        storage.cut();
        drop(database);
        Ok(file.write_mark(state.commit, state.head, &header)?)
    }

    /// Opens a file if it is whole, and leaves it unchanged otherwise.
    pub(crate) fn open(
        file: &JournalFile,
        durability: Durability,
        bounds: Bounds,
        boot: &BootId,
    ) -> Result<Self, Fault> {
        let mut store = Self::checked(file, durability, bounds, boot)?;
        // This happens after the bounds were lowered: without compaction, redb frees only the end of the file.
        let wasted = file.len()? > store.state.bytes.saturating_mul(4).saturating_add(SPARE);
        if !wasted {
            return Ok(store);
        }
        match store.compact(file) {
            Ok(()) => Ok(store),
            Err(fault @ Fault::Unsynced(_)) => Err(fault),
            Err(_) => {
                // The disk may be full, for example, which is no reason to refuse the file.
                drop(store);
                Self::checked(file, durability, bounds, boot)
            }
        }
    }

    fn checked(
        file: &JournalFile,
        durability: Durability,
        bounds: Bounds,
        boot: &BootId,
    ) -> Result<Self, Fault> {
        let header = file.header()?;
        let storage = Storage::staged(Arc::clone(&file.backend), durability);
        contained(|| {
            let database = Some(database(&storage)?);
            let state = State::new(header.first.clone());
            let (storage, boot) = (storage.clone(), boot.clone());
            let (ends, notes) = (Ends::default(), Notes::default());
            let mut store =
                Self { database, storage, header, state, ends, notes, durability, bounds, boot };
            (store.state, store.ends, store.notes) = check(store.database(), &store.header)?;
            store.storage.settle()?;
            // What was read may exist only in the system's memory. It has to be on disk before a client sees it.
            store.storage.sync()?;
            store.mark(file)?;
            let found = store.header.era.clone().found(&store.boot);
            match durability {
                Durability::Process => store.enter(file, found)?,
                Durability::Disk => store.enter(file, Era::new(found.epoch))?,
            }
            Ok(store)
        })
        .map_err(|fault| storage.judge(fault))
    }

    /// Continues in an era, which is on disk when this returns.
    fn enter(&mut self, file: &JournalFile, era: Era) -> Result<(), Fault> {
        if era != self.header.era {
            let header = Header { era, ..self.header.clone() };
            file.write_era(&header)?;
            self.storage.sync()?;
            self.header = header;
        }
        Ok(())
    }

    /// Syncs the file at an orderly end, so that a later crash of the machine loses nothing.
    pub(crate) fn end(&mut self, file: &JournalFile) -> Result<(), Fault> {
        if self.header.era.unsynced.is_none() {
            return Ok(());
        }
        self.storage.sync()?;
        let era = Era::new(self.epoch().clone());
        self.enter(file, era)
    }

    fn compact(&mut self, file: &JournalFile) -> Result<(), Fault> {
        contained(|| {
            self.database.as_mut().expect(TAKEN).compact()?;
            self.mark(file)
        })
        .map_err(|fault| self.storage.judge(fault))
    }

    /// Writes in the header the least that the file must have.
    fn mark(&self, file: &JournalFile) -> Result<(), Fault> {
        Ok(file.write_mark(self.state.commit, self.state.head, &self.header)?)
    }

    /// Decides for each append whether it is refused because its topic has ended.
    pub(crate) fn refused<'a>(
        &self,
        appends: impl Iterator<Item = (&'a TopicName, &'a Bytes)>,
        now: u64,
    ) -> Vec<bool> {
        self.ends.refused(appends, &self.bounds, self.state.time.max(now))
    }

    /// The topics that ended at or before the floor.
    pub(crate) fn ended(&self) -> Vec<Ended> {
        self.ends.up_to(self.state.floor)
    }

    /// The notes of topics.
    pub(crate) fn notes(&self) -> Vec<Noted> {
        self.notes.all()
    }

    /// Appends events that are not [refused](Self::refused), evicts events over the bounds, and commits both.
    pub(crate) fn commit<'a>(
        &mut self,
        file: &JournalFile,
        events: impl Iterator<Item = (&'a TopicName, &'a Bytes)>,
        now: u64,
    ) -> Result<(), Fault> {
        contained(|| {
            if self.durability == Durability::Process {
                // Writes and syncs only at the first commit; later ones change nothing.
                let unsynced = Some(self.boot.clone());
                self.enter(file, Era { unsynced, epoch: self.epoch().clone() })?;
            }
            let mut state = self.state.clone();
            state.commit += 1;
            state.time = state.time.max(now);
            // If the commit fails, the store is opened again and reads them.
            let (mut ends, mut notes) = (mem::take(&mut self.ends), mem::take(&mut self.notes));
            let bounds = &self.bounds;
            write(self.database(), |table, log, ended, noted| {
                let forgotten = ends.trim(ended, &mut state, bounds)?;
                notes.forget(noted, &mut state, &forgotten)?;
                for (topic, body) in events {
                    state.head += 1;
                    let record = Record { time: state.time, topic, body };
                    let value = record.encode(state.head);
                    state.bytes += value.len() as u64;
                    table.insert(state.head, value.as_slice())?;
                    if is_end(body) {
                        ends.append(ended, &mut state, topic)?;
                    }
                    notes.append(noted, &mut state, topic, body)?;
                }
                let forgotten = ends.trim(ended, &mut state, bounds)?;
                notes.forget(noted, &mut state, &forgotten)?;
                let floor = state.floor;
                for event in table.iter()? {
                    let (oldest, value) = event?;
                    let record = decode(oldest.value(), value.value())?;
                    if !bounds.are_passed(&state, record.time, now) {
                        break;
                    }
                    state.floor = oldest.value();
                    state.bytes -= value.value().len() as u64;
                }
                if state.floor > floor {
                    table.retain_in(..=state.floor, |_, _| false)?;
                }
                log.insert((), state.encode().as_slice())?;
                Ok(())
            })?;
            (self.state, self.ends, self.notes) = (state, ends, notes);
            self.mark(file)
        })
        .map_err(|fault| self.storage.judge(fault))
    }

    /// Reads events after a position: at least one if one exists.
    pub(crate) fn read(
        &self,
        after: u64,
        max: usize,
        max_bytes: usize,
    ) -> Result<Vec<Entry>, Fault> {
        contained(|| {
            let transaction = self.database().begin_read()?;
            let table = transaction.open_table(EVENTS)?;
            let (mut entries, mut bytes) = (Vec::new(), 0);
            let mut expected = after.max(self.state.floor);
            for event in table.range(expected.saturating_add(1)..)? {
                let (key, value) = event?;
                expected += 1;
                if key.value() != expected {
                    return Err(Fault::Damaged(format!("event {expected} is missing")));
                }
                bytes += value.value().len();
                if entries.len() >= max || (bytes > max_bytes && !entries.is_empty()) {
                    break;
                }
                let record = decode(expected, value.value())?;
                entries.push(record.entry(expected).ok_or_else(|| changed(expected))?);
            }
            Ok(entries)
        })
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The epoch in clients' event IDs.
    pub(crate) fn epoch(&self) -> &Epoch {
        &self.header.era.epoch
    }

    fn database(&self) -> &Database {
        self.database.as_ref().expect(TAKEN)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.storage.cut();
        let database = self.database.take();
        // After a panic redb may be in any state.
        let _ = contained(|| {
            drop(database);
            Ok(())
        });
    }
}

fn database(storage: &Storage) -> Result<Database, Fault> {
    let opened = Database::builder().set_cache_size(CACHE).create_with_backend(storage.clone());
    Ok(opened?)
}

#[cfg(test)]
mod tests;
