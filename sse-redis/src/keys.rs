//! The names of the keys in Redis.

use sse_hub::Epoch;

/// The names of the keys: `{sse}:epoch`, and `{sse}:log:`, `{sse}:ends:` and `{sse}:notes:` with the epoch.
///
/// The log's name contains its epoch, so an append to a lost log finds no stream, and cannot end up in another
/// epoch under a position of this one. The braces are a cluster's hash tag: all keys of a prefix are in one
/// slot.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    prefix: String,
    pub(crate) epoch: String,
}

impl Keys {
    /// Returns `None` if the prefix is empty or contains a brace, which would break the hash tag.
    pub(crate) fn new(prefix: &str) -> Option<Self> {
        let valid = !prefix.is_empty() && !prefix.contains(['{', '}']);
        valid.then(|| Self { prefix: prefix.to_owned(), epoch: format!("{{{prefix}}}:epoch") })
    }

    pub(crate) fn log(&self, epoch: &Epoch) -> String {
        format!("{{{}}}:log:{epoch}", self.prefix)
    }

    /// Returns the key of an epoch's set of ended topics.
    pub(crate) fn ends(&self, epoch: &Epoch) -> String {
        format!("{{{}}}:ends:{epoch}", self.prefix)
    }

    /// Returns the key of an epoch's hash of notes.
    pub(crate) fn notes(&self, epoch: &Epoch) -> String {
        format!("{{{}}}:notes:{epoch}", self.prefix)
    }

    /// Returns a pattern for the names of all logs.
    pub(crate) fn logs(&self) -> String {
        let special = |letter| matches!(letter, '*' | '?' | '[' | ']' | '^' | '-' | '\\');
        let mut prefix = String::new();
        for letter in self.prefix.chars() {
            if special(letter) {
                prefix.push('\\');
            }
            prefix.push(letter);
        }
        format!("{{{prefix}}}:log:*")
    }

    /// Returns the epoch in the name of a log.
    pub(crate) fn epoch_of(&self, log: &[u8]) -> Option<Epoch> {
        let log = std::str::from_utf8(log).ok()?;
        let rest = log.strip_prefix('{')?.strip_prefix(&self.prefix)?;
        Epoch::new(rest.strip_prefix("}:log:")?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_log_contains_its_epoch() {
        let keys = Keys::new("a*[b]?").expect("a valid prefix");
        let epoch = Epoch::new("x1").expect("letters");
        assert_eq!(keys.epoch_of(keys.log(&epoch).as_bytes()), Some(epoch));
        assert_eq!(keys.logs(), r"{a\*\[b\]\?}:log:*");
        for other in ["{a*[b]?}:log:", "{a*[b]?}:log:x.1", "{a}:log:x1", "{a*[b]?}:epoch", "\u{e4}"]
        {
            assert_eq!(keys.epoch_of(other.as_bytes()), None, "{other}");
        }
    }
}
