//! The tables in redb, and the check of their content.

use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition};

use crate::{
    ends::{ENDED, EndedTable, Ends},
    fault::Fault,
    header::{Header, Mark},
    notes::{NOTES, Notes, NotesTable},
    record::{Record, State},
};

/// Events by their positions.
pub(crate) const EVENTS: TableDefinition<u64, &[u8]> = TableDefinition::new("events");

/// The log's state, in one row.
pub(crate) const LOG: TableDefinition<(), &[u8]> = TableDefinition::new("log");

pub(crate) type Events<'a> = redb::Table<'a, u64, &'static [u8]>;
pub(crate) type Log<'a> = redb::Table<'a, (), &'static [u8]>;

/// Changes all tables in one transaction.
pub(crate) fn write(
    database: &Database,
    change: impl FnOnce(
        &mut Events<'_>,
        &mut Log<'_>,
        &mut EndedTable<'_>,
        &mut NotesTable<'_>,
    ) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let transaction = database.begin_write()?;
    {
        let mut events = transaction.open_table(EVENTS)?;
        let mut log = transaction.open_table(LOG)?;
        let mut ended = transaction.open_table(ENDED)?;
        let mut notes = transaction.open_table(NOTES)?;
        change(&mut events, &mut log, &mut ended, &mut notes)?;
    }
    Ok(transaction.commit()?)
}

pub(crate) fn decode(position: u64, value: &[u8]) -> Result<Record<'_>, Fault> {
    Record::decode(position, value).ok_or_else(|| changed(position))
}

pub(crate) fn changed(position: u64) -> Fault {
    Fault::Damaged(format!("the checksum of event {position} is wrong"))
}

/// Reads the whole log, and returns its state, the topics that have ended and the notes if it is what was written.
pub(crate) fn check(database: &Database, header: &Header) -> Result<(State, Ends, Notes), Fault> {
    let damaged = |what: String| Err(Fault::Damaged(what));
    let transaction = database.begin_read()?;
    let log = transaction.open_table(LOG)?;
    let state = log.get(())?;
    let Some(state) = state.and_then(|state| State::decode(state.value())) else {
        return damaged("the state of its log is missing or its checksum is wrong".into());
    };
    if state.first != header.first {
        return damaged("its two halves belong to two journals".into());
    }
    let Mark { commit, head, .. } = header.mark;
    if state.commit < commit || state.head < head {
        return damaged(format!("its newest event is {}, but {head} was acknowledged", state.head));
    }
    let events = transaction.open_table(EVENTS)?;
    let (mut position, mut bytes, mut time) = (state.floor, 0, 0);
    for event in events.iter()? {
        let (key, value) = event?;
        position += 1;
        if key.value() != position || position > state.head {
            return damaged(format!("event {} is in the place of event {position}", key.value()));
        }
        let record = decode(position, value.value())?;
        if record.time < time {
            return damaged(format!("event {position} is older than the one before it"));
        }
        time = record.time;
        bytes += value.value().len() as u64;
    }
    if position != state.head || events.len()? != state.events() {
        return damaged(format!("event {} is missing", position + 1));
    }
    if bytes != state.bytes || time > state.time {
        return damaged(format!("it has {bytes} bytes of events instead of {}", state.bytes));
    }
    let ends = Ends::read(&transaction, &state)?;
    let notes = Notes::read(&transaction, &state)?;
    Ok((state, ends, notes))
}
