//! The commands that make a server publish, and the data of an event.

use std::{fmt, str::FromStr};

use crate::system;

/// A command that makes a server publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// `publish COUNT SHAPE` publishes this many events at once.
    Publish(u64, Shape),
    /// `rate PER_SECOND COUNT SHAPE` publishes this many events at even intervals. Late events are
    /// published at once.
    Rate(u64, u64, Shape),
    /// `fill TOPICS COUNT SHAPE` makes topics that clients resume, and publishes this many events at once,
    /// to each topic in turn. The answer is `filled`.
    Fill(u64, u64, Shape),
    /// `feed PER_SECOND COUNT SHAPE` publishes this many events to these topics at even intervals, from a
    /// separate thread. The answer is `fed`, and how long a publish took: p50, p99, p99.9 and the longest,
    /// in ns.
    Feed(u64, u64, Shape),
}

/// `SIZE LINE`: the size of an event's data, and of its lines, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The size of the data, in bytes.
    pub size: usize,
    /// The length of each line, in bytes. With 0, the data is one line.
    pub line: usize,
}

impl Shape {
    /// Makes a shape of one line.
    pub fn line(size: usize) -> Self {
        Self { size, line: 0 }
    }

    /// Returns the data of an event: its number, the current time, and a filler.
    pub fn data(self, number: u64) -> String {
        self.fill(format!("{number} {} ", system::now()))
    }

    /// Returns the data of an event of a numbered topic, with the event's number in that topic.
    pub fn data_of(self, number: u64, topic: u64) -> String {
        self.fill(format!("{number} {} {topic} ", system::now()))
    }

    fn fill(self, mut data: String) -> String {
        match self.line {
            0 => data.extend((data.len()..self.size).map(|_| 'x')),
            line => data.extend(
                (data.len()..self.size).map(|at| if at % line == line - 1 { '\n' } else { 'x' }),
            ),
        }
        data
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Publish(count, Shape { size, line }) => {
                write!(f, "publish {count} {size} {line}")
            }
            Self::Rate(per_second, count, Shape { size, line }) => {
                write!(f, "rate {per_second} {count} {size} {line}")
            }
            Self::Fill(topics, count, Shape { size, line }) => {
                write!(f, "fill {topics} {count} {size} {line}")
            }
            Self::Feed(per_second, count, Shape { size, line }) => {
                write!(f, "feed {per_second} {count} {size} {line}")
            }
        }
    }
}

impl FromStr for Command {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let invalid = || format!("not a command: {line:?}");
        let (name, numbers) = line.split_once(' ').ok_or_else(invalid)?;
        let numbers: Result<Vec<u64>, _> = numbers.split(' ').map(str::parse).collect();
        let shape = |size: u64, line: u64| Shape { size: size as usize, line: line as usize };
        match (name, numbers.map_err(|_| invalid())?.as_slice()) {
            ("publish", &[count, size, line]) => Ok(Self::Publish(count, shape(size, line))),
            ("rate", &[per_second, count, size, line]) if per_second > 0 => {
                Ok(Self::Rate(per_second, count, shape(size, line)))
            }
            ("fill", &[topics, count, size, line]) if topics > 0 => {
                Ok(Self::Fill(topics, count, shape(size, line)))
            }
            ("feed", &[per_second, count, size, line]) if per_second > 0 => {
                Ok(Self::Feed(per_second, count, shape(size, line)))
            }
            _ => Err(invalid()),
        }
    }
}
