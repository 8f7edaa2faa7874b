//! The topics that have ended, and the table that remembers them.

use std::collections::{BTreeMap, HashMap, HashSet};

use bytes::Bytes;
use redb::{ReadTransaction, ReadableTable, TableDefinition, TableError};
use sse_hub::{
    Position, TopicName,
    backend::{Control, Ended},
};

use crate::{bounds::Bounds, fault::Fault, record::State};

/// Topics by their names: checksum, position of the end, its time in ms since 1970.
pub(crate) const ENDED: TableDefinition<&str, &[u8]> = TableDefinition::new("ended");

pub(crate) type EndedTable<'a> = redb::Table<'a, &'static str, &'static [u8]>;

/// The topics whose ends are remembered. Each is written to the file in the same commit as the end itself.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    /// In the order in which they ended, with their times.
    by_position: BTreeMap<u64, (TopicName, u64)>,
    by_topic: HashMap<TopicName, u64>,
}

impl Ends {
    /// Reads the whole table; fails if it does not match the state.
    pub(crate) fn read(transaction: &ReadTransaction, state: &State) -> Result<Self, Fault> {
        let mut ends = Self::default();
        let mut bytes = 0;
        let table = match transaction.open_table(ENDED) {
            Ok(table) => Some(table),
            // The file was created by a version without ends.
            Err(TableError::TableDoesNotExist(_)) => None,
            Err(error) => return Err(error.into()),
        };
        for end in table.as_ref().map(|table| table.iter()).transpose()?.into_iter().flatten() {
            let (topic, value) = end?;
            let (topic, value) = (topic.value(), value.value());
            let changed = || Fault::Damaged(format!("the end of topic {topic:?} has changed"));
            let (position, time) = decode(topic, value).ok_or_else(changed)?;
            let topic = TopicName::new(topic.to_owned()).map_err(|_| changed())?;
            bytes += size(&topic);
            ends.insert(topic, position, time);
        }
        if ends.by_position.len() as u64 != state.ended || bytes != state.ended_bytes {
            return Err(Fault::Damaged("the end of a topic is missing".to_owned()));
        }
        Ok(ends)
    }

    /// Decides for each append, in order, whether it is refused because its topic has ended.
    pub(crate) fn refused<'a>(
        &self,
        appends: impl Iterator<Item = (&'a TopicName, &'a Bytes)>,
        bounds: &Bounds,
        now: u64,
    ) -> Vec<bool> {
        let mut ending = HashSet::new();
        let refused = |(topic, body): (&'a TopicName, &Bytes)| {
            let time = self.by_topic.get(topic).and_then(|at| self.by_position.get(at));
            let ended = time.is_some_and(|(_, time)| !bounds.is_forgotten(*time, now));
            if ended || ending.contains(topic) {
                return true;
            }
            if is_end(body) {
                ending.insert(topic);
            }
            false
        };
        appends.map(refused).collect()
    }

    /// Writes the end of a topic at the newest position. If the commit fails, the table has to be read again.
    pub(crate) fn append(
        &mut self,
        table: &mut EndedTable<'_>,
        state: &mut State,
        topic: &TopicName,
    ) -> Result<(), Fault> {
        let value = encode(topic, state.head, state.time);
        table.insert(topic.as_str(), value.as_slice())?;
        state.ended += 1;
        state.ended_bytes += size(topic);
        self.insert(topic.clone(), state.head, state.time);
        Ok(())
    }

    /// Forgets ends that are too old, and the oldest ones while all together are too large; returns their topics.
    pub(crate) fn trim(
        &mut self,
        table: &mut EndedTable<'_>,
        state: &mut State,
        bounds: &Bounds,
    ) -> Result<Vec<TopicName>, Fault> {
        let now = state.time;
        self.forget(table, state, |state, time| {
            bounds.is_forgotten(time, now) || state.ended_bytes > bounds.bytes / SHARE
        })
    }

    /// The topics that ended at or before a position.
    pub(crate) fn up_to(&self, position: u64) -> Vec<Ended> {
        let ended = self.by_position.range(..=position);
        let ended = ended.map(|(position, (topic, _))| Ended {
            topic: topic.clone(),
            position: Position::new(0, *position),
        });
        ended.collect()
    }

    fn forget(
        &mut self,
        table: &mut EndedTable<'_>,
        state: &mut State,
        is_due: impl Fn(&State, u64) -> bool,
    ) -> Result<Vec<TopicName>, Fault> {
        let mut forgotten = Vec::new();
        while let Some(oldest) = self.by_position.first_entry()
            && is_due(state, oldest.get().1)
        {
            let (topic, _) = oldest.remove();
            table.remove(topic.as_str())?;
            state.ended -= 1;
            state.ended_bytes -= size(&topic);
            self.by_topic.remove(&topic);
            forgotten.push(topic);
        }
        Ok(forgotten)
    }

    fn insert(&mut self, topic: TopicName, position: u64, time: u64) {
        self.by_topic.insert(topic.clone(), position);
        self.by_position.insert(position, (topic, time));
    }
}

/// Whether a body ends its topic.
pub(crate) fn is_end(body: &Bytes) -> bool {
    matches!(Control::decode(body), Some(Control::End { .. }))
}

/// The bytes of the log's bound that an end counts for.
fn size(topic: &TopicName) -> u64 {
    (topic.len() + VALUE) as u64
}

fn encode(topic: &str, position: u64, time: u64) -> Vec<u8> {
    let numbers = [position.to_le_bytes(), time.to_le_bytes()].concat();
    [&checksum(topic, &numbers).to_le_bytes()[..], &numbers].concat()
}

fn decode(topic: &str, value: &[u8]) -> Option<(u64, u64)> {
    let (found, numbers) = value.split_at_checked(4)?;
    if found != checksum(topic, numbers).to_le_bytes() {
        return None;
    }
    let (position, time) = numbers.split_at_checked(8)?;
    let number = |bytes: &[u8]| Some(u64::from_le_bytes(bytes.try_into().ok()?));
    Some((number(position)?, number(time)?))
}

fn checksum(topic: &str, numbers: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(topic.as_bytes());
    hasher.update(numbers);
    hasher.finalize()
}

/// The size of a value.
const VALUE: usize = 20;

/// The ends of topics may take this part of the log's bytes.
const SHARE: u64 = 4;
