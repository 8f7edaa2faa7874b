//! The values in redb's tables of events and of the log's state, each with a checksum of our own.

use bytes::Bytes;
use sse_hub::{Epoch, Position, TopicName, backend::Entry};

/// A stored event: checksum, time in ms since 1970, length of the topic, topic, body.
pub(crate) struct Record<'a> {
    pub(crate) time: u64,
    pub(crate) topic: &'a str,
    pub(crate) body: &'a [u8],
}

impl<'a> Record<'a> {
    pub(crate) fn encode(&self, position: u64) -> Vec<u8> {
        let mut value = Vec::with_capacity(PREFIX + self.topic.len() + self.body.len());
        value.extend_from_slice(&[0; 4]);
        value.extend_from_slice(&self.time.to_le_bytes());
        value.push(u8::try_from(self.topic.len()).expect("a topic has at most 255 bytes"));
        value.extend_from_slice(self.topic.as_bytes());
        value.extend_from_slice(self.body);
        let checksum = checksum(position, &value[4..]);
        value[..4].copy_from_slice(&checksum.to_le_bytes());
        value
    }

    /// Reads the event at a position; `None` if it is not what was written there.
    pub(crate) fn decode(position: u64, value: &'a [u8]) -> Option<Self> {
        let (found, rest) = value.split_at_checked(4)?;
        if found != checksum(position, rest).to_le_bytes() {
            return None;
        }
        let (time, rest) = rest.split_at_checked(8)?;
        let (len, rest) = rest.split_first()?;
        let (topic, body) = rest.split_at_checked(usize::from(*len))?;
        let time = u64::from_le_bytes(time.try_into().ok()?);
        Some(Self { time, topic: str::from_utf8(topic).ok()?, body })
    }

    pub(crate) fn entry(&self, position: u64) -> Option<Entry> {
        Some(Entry {
            position: Position::new(0, position),
            topic: TopicName::new(self.topic.to_owned()).ok()?,
            body: Bytes::copy_from_slice(self.body),
        })
    }
}

const PREFIX: usize = 13;

/// The state of the whole log: a checksum, five numbers, and the epoch that the file began with. If topics have
/// ended or have notes, a zero byte and two or three more numbers follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// The epoch that the file began with.
    pub(crate) first: Epoch,
    /// The number of commits so far.
    pub(crate) commit: u64,
    /// Events up to this position were evicted.
    pub(crate) floor: u64,
    /// The position of the newest event.
    pub(crate) head: u64,
    /// The bytes of all records.
    pub(crate) bytes: u64,
    /// The number of topics whose ends are remembered.
    pub(crate) ended: u64,
    /// The bytes of the log's bound that their ends count for.
    pub(crate) ended_bytes: u64,
    /// The number of topics with notes.
    pub(crate) noted: u64,
    /// The time of the newest event in ms since 1970. It never decreases.
    pub(crate) time: u64,
}

impl State {
    pub(crate) fn new(first: Epoch) -> Self {
        let (ended, ended_bytes, noted) = (0, 0, 0);
        Self { first, commit: 0, floor: 0, head: 0, bytes: 0, ended, ended_bytes, noted, time: 0 }
    }

    pub(crate) fn events(&self) -> u64 {
        self.head - self.floor
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut value = vec![0; 4];
        for number in [self.commit, self.floor, self.head, self.bytes, self.time] {
            value.extend_from_slice(&number.to_le_bytes());
        }
        value.extend_from_slice(self.first.as_str().as_bytes());
        if self.ended > 0 || self.noted > 0 {
            value.push(0);
            value.extend_from_slice(&self.ended.to_le_bytes());
            value.extend_from_slice(&self.ended_bytes.to_le_bytes());
        }
        if self.noted > 0 {
            value.extend_from_slice(&self.noted.to_le_bytes());
        }
        let checksum = checksum(0, &value[4..]);
        value[..4].copy_from_slice(&checksum.to_le_bytes());
        value
    }

    pub(crate) fn decode(value: &[u8]) -> Option<Self> {
        let (found, rest) = value.split_at_checked(4)?;
        if found != checksum(0, rest).to_le_bytes() {
            return None;
        }
        let (numbers, first) = rest.split_at_checked(40)?;
        let end = first.iter().position(|byte| *byte == 0).unwrap_or(first.len());
        let (first, more) = first.split_at(end);
        let more = more.get(1..).unwrap_or_default();
        let first = Epoch::new(str::from_utf8(first).ok()?)?;
        let read = |bytes: &[u8]| Some(u64::from_le_bytes(bytes.try_into().ok()?));
        let number = |at: usize| read(&numbers[at..at + 8]);
        let mut more = match more.len() {
            0 | 16 | 24 => more.chunks(8).map(read),
            _ => return None,
        };
        let mut next = || more.next().unwrap_or(Some(0));
        let (ended, ended_bytes, noted) = (next()?, next()?, next()?);
        let (commit, floor, head) = (number(0)?, number(8)?, number(16)?);
        let (bytes, time) = (number(24)?, number(32)?);
        let state = Self { first, commit, floor, head, bytes, ended, ended_bytes, noted, time };
        (floor <= head).then_some(state)
    }
}

/// The checksum of a value and its position, so that two swapped events are detected.
fn checksum(position: u64, value: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&position.to_le_bytes());
    hasher.update(value);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_where_it_was_written_and_nowhere_else() {
        for (topic, body) in [("a", &b""[..]), ("orders/\u{e4}", b"data: \0\xff\n\n")] {
            let value = Record { time: 17, topic, body }.encode(3);
            let record = Record::decode(3, &value).expect("its own");
            assert_eq!((record.time, record.topic, record.body), (17, topic, body));
            assert!(Record::decode(4, &value).is_none(), "at another position");
            for at in 0..value.len() {
                let mut changed = value.clone();
                changed[at] ^= 0x10;
                assert!(Record::decode(3, &changed).is_none(), "byte {at} changed");
                assert!(Record::decode(3, &value[..at]).is_none(), "cut at {at}");
            }
        }
    }

    #[test]
    fn a_state_is_read_as_it_was_written() {
        for (ended, ended_bytes, noted) in [(0, 0, 0), (7, 8, 0), (0, 0, 9), (7, 8, 9)] {
            let first = Epoch::new("abc").expect("letters");
            let (commit, floor, head, bytes, time) = (1, 2, 3, 4, 5);
            let state =
                State { first, commit, floor, head, bytes, ended, ended_bytes, noted, time };
            let value = state.encode();
            assert_eq!(State::decode(&value), Some(state));
            for at in 0..value.len() {
                let mut changed = value.clone();
                changed[at] ^= 0x10;
                assert_eq!(State::decode(&changed), None, "byte {at} changed");
                assert_eq!(State::decode(&value[..at]), None, "cut at {at}");
            }
        }
    }
}
