//! The names of the keys in Redis.

use sse_hub::Epoch;

/// The names of the keys: `{sse}:epoch`, and `{sse}:log:` with the epoch.
///
/// The log's name has its epoch, so an append to a log that is gone finds no stream to append to: it
/// cannot end up in another life under a position of this one. The braces are a cluster's hash tag:
/// all keys of a prefix are in one slot.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    prefix: String,
    pub(crate) epoch: String,
}

impl Keys {
    /// `None` if the prefix is empty or has a brace, which would end the hash tag or make it void.
    pub(crate) fn new(prefix: &str) -> Option<Self> {
        let valid = !prefix.is_empty() && !prefix.contains(['{', '}']);
        valid.then(|| Self { prefix: prefix.to_owned(), epoch: format!("{{{prefix}}}:epoch") })
    }

    pub(crate) fn log(&self, epoch: &Epoch) -> String {
        format!("{{{}}}:log:{epoch}", self.prefix)
    }
}
