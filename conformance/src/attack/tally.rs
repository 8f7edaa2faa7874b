//! Counts an attacker's requests, and the answers to them.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::samples::{Percentiles, Samples};

/// Counts an attacker's requests, and the answers to them. A clone adds to the same counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    requests: AtomicU64,
    answers: Mutex<BTreeMap<String, u64>>,
    beside: Samples,
}

impl Tally {
    /// Counts a request.
    pub(super) fn request(&self) {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts an answer of the server that is worth reporting.
    pub(super) fn answer(&self, what: impl Into<String>) {
        let mut answers = self.0.answers.lock().unwrap_or_else(PoisonError::into_inner);
        *answers.entry(what.into()).or_default() += 1;
    }

    /// Returns the delays of events on a stream that is read beside others that are not.
    pub(super) fn beside(&self) -> &Samples {
        &self.0.beside
    }

    pub(super) fn requests(&self) -> u64 {
        self.0.requests.load(Ordering::Relaxed)
    }

    /// All answers, the most frequent first.
    pub(super) fn answers(&self) -> Vec<String> {
        let answers = self.0.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut answers: Vec<_> = answers.iter().collect();
        answers.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let beside = self.0.beside.take();
        let beside = (beside != Percentiles::default())
            .then(|| format!("the stream that is read: {beside} ms of {}", beside.count));
        answers.iter().map(|(what, count)| format!("{what} ×{count}")).chain(beside).collect()
    }
}
