//! The largest of many values.

/// The largest values that were added, in bounded memory.
pub(super) struct Top<K, V> {
    limit: usize,
    values: Vec<(K, V)>,
}

impl<K: Ord, V> Top<K, V> {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, values: Vec::new() }
    }

    pub(super) fn add(&mut self, key: K, value: V) {
        self.values.push((key, value));
        if self.values.len() >= 2 * self.limit {
            self.cut();
        }
    }

    /// Returns the values, largest first.
    pub(super) fn into_values(mut self) -> impl Iterator<Item = (K, V)> {
        self.cut();
        self.values.into_iter()
    }

    fn cut(&mut self) {
        self.values.sort_by(|(a, _), (b, _)| b.cmp(a));
        self.values.truncate(self.limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_largest_values_remain() {
        let mut top = Top::new(3);
        for value in [5, 1, 9, 7, 3, 8, 2, 9] {
            top.add(value, ());
            assert!(top.values.len() < 6);
        }
        assert_eq!(top.into_values().map(|(key, ())| key).collect::<Vec<_>>(), [9, 9, 8]);
    }
}
