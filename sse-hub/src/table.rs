//! Values by key, in a table that grows page by page.

use std::{
    collections::BTreeSet,
    fmt::Debug,
    mem,
    ops::{Index, IndexMut},
};

use slab::Slab;

use crate::work::Work;

/// Values by key. Unlike a slab, which copies all values when it grows, it copies less than a page.
#[derive(Debug)]
pub(crate) struct Table<T> {
    pages: Vec<Slab<T>>,
    /// The pages with room.
    open: BTreeSet<usize>,
    len: usize,
}

impl<T> Table<T> {
    pub(crate) fn insert(&mut self, value: T) -> usize {
        let page = self.open.first().copied().unwrap_or(self.pages.len());
        if page == self.pages.len() {
            self.pages.push(Slab::new());
            self.open.insert(page);
        }
        let key = self.pages[page].insert(value);
        if self.pages[page].len() == PAGE {
            self.open.remove(&page);
        }
        self.len += 1;
        page * PAGE + key
    }

    /// Removes a value; the memory of an emptied page is freed after the hold.
    ///
    /// # Panics
    /// If there is no value.
    pub(crate) fn remove(&mut self, key: usize, work: &mut Work) -> T
    where
        T: Debug + Send + 'static,
    {
        let page = key / PAGE;
        let value = self.pages[page].remove(key % PAGE);
        self.open.insert(page);
        self.len -= 1;
        if self.pages[page].is_empty() {
            work.drop_later(Box::new(mem::take(&mut self.pages[page])));
        }
        // Two, so that pages are removed faster than they were added, and no call removes thousands of them.
        for _ in 0..2 {
            if self.pages.pop_if(|page| page.is_empty()).is_some() {
                self.open.remove(&self.pages.len());
            }
        }
        value
    }

    pub(crate) fn get(&self, key: usize) -> Option<&T> {
        self.pages.get(key / PAGE)?.get(key % PAGE)
    }

    pub(crate) fn get_mut(&mut self, key: usize) -> Option<&mut T> {
        self.pages.get_mut(key / PAGE)?.get_mut(key % PAGE)
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Returns a number above all keys.
    pub(crate) fn end(&self) -> usize {
        self.pages.len() * PAGE
    }
}

impl<T> Index<usize> for Table<T> {
    type Output = T;

    fn index(&self, key: usize) -> &T {
        &self.pages[key / PAGE][key % PAGE]
    }
}

impl<T> IndexMut<usize> for Table<T> {
    fn index_mut(&mut self, key: usize) -> &mut T {
        &mut self.pages[key / PAGE][key % PAGE]
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { pages: Vec::new(), open: BTreeSet::new(), len: 0 }
    }
}

const PAGE: usize = 256;

#[cfg(all(test, not(loom)))]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_table_fills_each_page() {
        let mut table = Table::default();
        let keys: Vec<_> = (0..3 * PAGE).map(|value| table.insert(value)).collect();
        assert_eq!(keys, (0..3 * PAGE).collect::<Vec<_>>());
        assert_eq!(table.end(), 3 * PAGE);
    }

    #[test]
    fn a_table_is_a_map_that_chooses_its_keys() {
        let mut rng = fastrand::Rng::with_seed(1);
        let (mut table, mut model) = (Table::default(), BTreeMap::new());
        let work = &mut Work::default();
        for round in 0..20_000 {
            // Grows, then shrinks to nothing.
            if rng.usize(..20_000) > round {
                assert!(model.insert(table.insert(round), round).is_none(), "a key of its own");
            } else if let Some(key) = rng.choice(model.keys().copied().collect::<Vec<_>>()) {
                assert_eq!(Some(table.remove(key, work)), model.remove(&key));
                assert!(table.get(key).is_none());
            }
            assert_eq!(table.len(), model.len());
        }
        assert!(model.iter().all(|(key, value)| table[*key] == *value && *key < table.end()));
        for key in model.keys() {
            table.remove(*key, work);
        }
        assert_eq!(table.len(), 0);
        assert!(table.pages.iter().all(|page| page.capacity() == 0), "no page is kept");
        for _ in 0..table.pages.len() {
            let key = table.insert(0);
            table.remove(key, work);
        }
        assert_eq!(table.end(), 0, "nor its place");
    }
}
