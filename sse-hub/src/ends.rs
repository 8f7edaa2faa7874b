//! The remembered ends of topics.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Instant,
};

use crate::Position;

/// The remembered ends of topics: their names and last positions, in the order in which they ended.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    /// The oldest page first. A queue of single ends would copy all of them when it grows.
    pages: VecDeque<Vec<Option<End>>>,
    /// The number of ends that are no longer in the pages, and of those that are skipped in the first page.
    forgotten: usize,
    /// The ends by the hash of their topic's name, each with its number.
    by_hash: BTreeSet<(u64, usize)>,
    /// The bytes of all names.
    name_bytes: usize,
}

/// The end of one topic.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) name: Box<str>,
    pub(crate) place: EndPlace,
    pub(crate) at: Instant,
}

/// Where a topic has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EndPlace {
    /// A client that has everything up to this position has the whole topic.
    pub(crate) last: Position,
    /// The topic has not begun again up to this position.
    pub(crate) known_to: Position,
}

impl Ends {
    /// A topic that [is not here](Self::find) has ended.
    pub(crate) fn insert(&mut self, hash: u64, end: End) {
        if self.pages.back().is_none_or(|page| page.len() == PAGE) {
            self.pages.push_back(Vec::new());
        }
        let number = self.first() + (self.pages.len() - 1) * PAGE;
        let Some(page) = self.pages.back_mut() else { return };
        self.by_hash.insert((hash, number + page.len()));
        self.name_bytes += end.name.len() + ALLOCATION;
        page.push(Some(end));
    }

    pub(crate) fn find(&self, hash: u64, name: &str) -> Option<&End> {
        self.number(hash, name).and_then(|number| self.end(number))
    }

    pub(crate) fn find_mut(&mut self, hash: u64, name: &str) -> Option<&mut End> {
        let number = self.number(hash, name)?;
        self.entry(number)?.as_mut()
    }

    pub(crate) fn remove(&mut self, hash: u64, name: &str) {
        if let Some(number) = self.number(hash, name) {
            self.take(hash, number);
        }
    }

    /// Returns the time of the oldest end, unless that end has been removed.
    pub(crate) fn oldest(&self) -> Option<&End> {
        self.end(self.forgotten)
    }

    /// Removes the oldest end; returns false if there is none. `hash` is that of its topic's name.
    pub(crate) fn pop(&mut self, hash: impl FnOnce(&str) -> u64) -> bool {
        let number = self.forgotten;
        if self.pages.is_empty() {
            return false;
        }
        if let Some(end) = self.end(number) {
            let hash = hash(&end.name);
            self.take(hash, number);
        }
        self.forgotten += 1;
        let page = self.pages.front().map_or(0, Vec::len);
        if self.forgotten.is_multiple_of(PAGE) || self.forgotten % PAGE == page {
            // The last page may not be full: the next begins at a multiple again.
            self.forgotten = self.forgotten.next_multiple_of(PAGE);
            self.pages.pop_front();
        }
        true
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// The memory that they take, in bytes.
    pub(crate) fn memory(&self) -> usize {
        let last = self.pages.back().map_or(0, Vec::capacity);
        let places = self.pages.len().saturating_sub(1) * PAGE + last;
        places * size_of::<End>() + self.by_hash.len() * NODE + self.name_bytes
    }

    /// The number of the first end in the pages.
    fn first(&self) -> usize {
        self.forgotten / PAGE * PAGE
    }

    fn end(&self, number: usize) -> Option<&End> {
        let at = number.checked_sub(self.first())?;
        self.pages.get(at / PAGE)?.get(at % PAGE)?.as_ref()
    }

    fn number(&self, hash: u64, name: &str) -> Option<usize> {
        let mut numbers = self.by_hash.range((hash, 0)..=(hash, usize::MAX)).map(|(_, it)| *it);
        numbers.find(|number| self.end(*number).is_some_and(|end| *end.name == *name))
    }

    fn entry(&mut self, number: usize) -> Option<&mut Option<End>> {
        let at = number.checked_sub(self.first())?;
        self.pages.get_mut(at / PAGE)?.get_mut(at % PAGE)
    }

    fn take(&mut self, hash: u64, number: usize) {
        let end = self.entry(number).and_then(Option::take);
        self.name_bytes -= end.map_or(0, |end| end.name.len() + ALLOCATION);
        self.by_hash.remove(&(hash, number));
    }
}

/// The number of ends in a page.
const PAGE: usize = 64;

/// The bytes that an entry takes in a tree whose nodes are half full.
const NODE: usize = 36;

/// The bytes that an allocation takes beside its content.
const ALLOCATION: usize = 16;

#[cfg(all(test, not(loom)))]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Few, so that names share one.
    fn hash(name: &str) -> u64 {
        name.len() as u64
    }

    #[test]
    fn ends_are_a_map_that_forgets_its_oldest() {
        let mut rng = fastrand::Rng::with_seed(1);
        let (mut ends, mut model) = (Ends::default(), BTreeMap::<String, u64>::new());
        let mut order = VecDeque::new();
        for round in 0..20_000 {
            let name = rng.u32(..1_000).to_string();
            match rng.u8(..8) {
                0..4 if !model.contains_key(&name) => {
                    let last = Position::new(0, round);
                    let place = EndPlace { last, known_to: last };
                    let end = End { name: name.as_str().into(), place, at: Instant::now() };
                    ends.insert(hash(&name), end);
                    model.insert(name.clone(), round);
                    order.push_back((name.clone(), round));
                }
                4 => {
                    ends.remove(hash(&name), &name);
                    model.remove(&name);
                }
                5..7 => {
                    // Rarely, it is an end that was removed.
                    let oldest = order.pop_front();
                    assert_eq!(ends.pop(hash), oldest.is_some());
                    if let Some((name, round)) = oldest {
                        model.retain(|key, at| (key, *at) != (&name, round));
                    }
                }
                _ => {}
            }
            let found = ends.find(hash(&name), &name).map(|end| end.place.last.lower());
            assert_eq!(found, model.get(&name).copied(), "{name}");
            assert_eq!(ends.by_hash.len(), model.len());
            let names: usize = model.keys().map(|name| name.len() + ALLOCATION).sum();
            assert_eq!(ends.name_bytes, names);
            assert!(ends.memory() >= model.len() * (size_of::<End>() + NODE) + names);
        }
        while ends.pop(hash) {}
        assert_eq!((ends.memory(), ends.is_empty()), (0, true));
    }

    #[test]
    fn a_page_that_is_not_full_is_dropped_with_its_last_end() {
        let mut ends = Ends::default();
        for number in 1..=PAGE + 3 {
            let last = Position::new(0, number as u64);
            let place = EndPlace { last, known_to: last };
            ends.insert(1, End { name: "a".into(), place, at: Instant::now() });
        }
        let popped = (0..).take_while(|_| ends.pop(hash)).count();
        assert_eq!((popped, ends.is_empty()), (PAGE + 3, true));
    }

    #[test]
    fn an_end_takes_at_most_100_bytes_and_its_name() {
        assert!(size_of::<Option<End>>() + NODE <= 100);
        assert_eq!(size_of::<Option<End>>(), size_of::<End>());
    }
}
