//! The notes of topics, and the table that remembers them.

use std::collections::BTreeMap;

use bytes::Bytes;
use redb::{ReadTransaction, ReadableTable, TableDefinition, TableError};
use sse_hub::{
    Position, TopicName,
    backend::{Control, Noted},
};

use crate::{fault::Fault, record::State};

/// Notes by their topics: checksum, position of the note, its length, whether the topic has ended, the note, and the event
/// that the topic has ended with.
pub(crate) const NOTES: TableDefinition<&str, &[u8]> = TableDefinition::new("notes");

pub(crate) type NotesTable<'a> = redb::Table<'a, &'static str, &'static [u8]>;

/// The notes of topics. Each is written to the file in the same commit as its entry.
#[derive(Debug, Default)]
pub(crate) struct Notes(BTreeMap<TopicName, Note>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Note {
    position: u64,
    note: Bytes,
    last: Option<Bytes>,
}

impl Notes {
    /// Reads the whole table; fails if it does not match the state.
    pub(crate) fn read(transaction: &ReadTransaction, state: &State) -> Result<Self, Fault> {
        let mut notes = BTreeMap::new();
        let table = match transaction.open_table(NOTES) {
            Ok(table) => Some(table),
            // The file was created by a version without notes.
            Err(TableError::TableDoesNotExist(_)) => None,
            Err(error) => return Err(error.into()),
        };
        for note in table.as_ref().map(|table| table.iter()).transpose()?.into_iter().flatten() {
            let (topic, value) = note?;
            let topic = topic.value();
            let changed = || Fault::Damaged(format!("the note of topic {topic:?} has changed"));
            let note = Note::decode(topic, value.value()).ok_or_else(changed)?;
            notes.insert(TopicName::new(topic.to_owned()).map_err(|_| changed())?, note);
        }
        if notes.len() as u64 != state.noted {
            return Err(Fault::Damaged("the note of a topic is missing".to_owned()));
        }
        Ok(Self(notes))
    }

    /// Writes what the entry at the newest position says of its topic. If the commit fails, the table has to be read
    /// again.
    pub(crate) fn append(
        &mut self,
        table: &mut NotesTable<'_>,
        state: &mut State,
        topic: &TopicName,
        body: &Bytes,
    ) -> Result<(), Fault> {
        let note = match Control::decode(body) {
            Some(Control::Note { note }) => Note { position: state.head, note, last: None },
            Some(Control::End { last }) => match self.0.get(topic) {
                Some(note) => Note { last: Some(last.unwrap_or_default()), ..note.clone() },
                None => return Ok(()),
            },
            _ => return Ok(()),
        };
        table.insert(topic.as_str(), note.encode(topic).as_slice())?;
        self.0.insert(topic.clone(), note);
        state.noted = self.0.len() as u64;
        Ok(())
    }

    /// Forgets the notes of topics whose ends are forgotten.
    pub(crate) fn forget(
        &mut self,
        table: &mut NotesTable<'_>,
        state: &mut State,
        topics: &[TopicName],
    ) -> Result<(), Fault> {
        for topic in topics {
            if self.0.remove(topic).is_some() {
                table.remove(topic.as_str())?;
            }
        }
        state.noted = self.0.len() as u64;
        Ok(())
    }

    /// Returns all notes, in the order of their positions.
    pub(crate) fn all(&self) -> Vec<Noted> {
        let noted = |(topic, note): (&TopicName, &Note)| Noted {
            topic: topic.clone(),
            position: Position::new(0, note.position),
            note: note.note.clone(),
            last: note.last.clone(),
        };
        let mut all: Vec<_> = self.0.iter().map(noted).collect();
        all.sort_by_key(|noted| noted.position);
        all
    }
}

impl Note {
    fn encode(&self, topic: &str) -> Vec<u8> {
        let len = u32::try_from(self.note.len()).expect("an entry has at most 1 GiB");
        let mut value = vec![0; 4];
        value.extend_from_slice(&self.position.to_le_bytes());
        value.extend_from_slice(&len.to_le_bytes());
        value.push(u8::from(self.last.is_some()));
        value.extend_from_slice(&self.note);
        value.extend_from_slice(self.last.as_deref().unwrap_or_default());
        let checksum = checksum(topic, &value[4..]);
        value[..4].copy_from_slice(&checksum.to_le_bytes());
        value
    }

    fn decode(topic: &str, value: &[u8]) -> Option<Self> {
        let (found, rest) = value.split_first_chunk()?;
        if u32::from_le_bytes(*found) != checksum(topic, rest) {
            return None;
        }
        let (position, rest) = rest.split_first_chunk()?;
        let (len, rest) = rest.split_first_chunk()?;
        let (ended, rest) = rest.split_first()?;
        let len = usize::try_from(u32::from_le_bytes(*len)).ok()?;
        let (note, last) = rest.split_at_checked(len)?;
        Some(Self {
            position: u64::from_le_bytes(*position),
            note: Bytes::copy_from_slice(note),
            last: (*ended == 1).then(|| Bytes::copy_from_slice(last)),
        })
    }
}

fn checksum(topic: &str, value: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(topic.as_bytes());
    hasher.update(value);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        for last in [None, Some(Bytes::new()), Some(Bytes::from_static(b"data: 1\n\n"))] {
            let note = Note { position: 7, note: Bytes::from_static(b"\0\xff"), last };
            let value = note.encode("a");
            assert_eq!(Note::decode("a", &value), Some(note));
            assert_eq!(Note::decode("b", &value), None);
            for at in 0..value.len() {
                let mut changed = value.clone();
                changed[at] ^= 0x10;
                assert_eq!(Note::decode("a", &changed), None, "byte {at} changed");
                assert_eq!(Note::decode("a", &value[..at]), None, "cut at {at}");
            }
        }
    }
}
