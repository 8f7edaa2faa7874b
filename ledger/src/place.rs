//! Where events are, in the order of the log.

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Instant,
};

/// Where an event is: its epoch, and its position in that epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The number of the epoch, in the order in which the log had them.
    epoch: usize,
    position: u128,
}

/// The epochs of the log, and when each was first seen.
#[derive(Debug, Default)]
pub(crate) struct Epochs(HashMap<String, Instant>);

/// The epochs of the log, numbered in the order in which they were first seen.
#[derive(Debug)]
pub(crate) struct Order(HashMap<String, usize>);

impl Epochs {
    /// Notes that an ID of an epoch was in use at this time.
    pub(crate) fn see(&mut self, id: &str, at: Instant) {
        let (epoch, _) = split(id);
        match self.0.entry(epoch.to_owned()) {
            Entry::Occupied(mut known) => *known.get_mut() = at.min(*known.get()),
            Entry::Vacant(new) => drop(new.insert(at)),
        }
    }

    pub(crate) fn order(&self) -> Order {
        let mut epochs: Vec<_> = self.0.iter().collect();
        epochs.sort_by_key(|(_, seen)| **seen);
        let epochs = epochs.into_iter().enumerate();
        Order(epochs.map(|(number, (epoch, _))| (epoch.clone(), number)).collect())
    }
}

impl Order {
    /// Where an ID is.
    ///
    /// An epoch that was never seen is after all others.
    pub(crate) fn place(&self, id: &str) -> Place {
        let (epoch, position) = split(id);
        Place { epoch: self.0.get(epoch).copied().unwrap_or(usize::MAX), position }
    }
}

/// Splits `<epoch>.<position>`, where a position is a number or, on Redis, `<ms>-<sequence>`.
fn split(id: &str) -> (&str, u128) {
    let parse = || {
        let (epoch, position) = id.rsplit_once('.')?;
        let number = |text: &str| text.parse::<u64>().map(u128::from).ok();
        let position = match position.split_once('-') {
            Some((high, low)) => number(high)? << 64 | number(low)?,
            None => number(position)?,
        };
        Some((epoch, position))
    };
    parse().unwrap_or_else(|| panic!("not the ID of a hub: {id:?}"))
}
