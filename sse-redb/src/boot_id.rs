//! Which run of the machine it is.

use std::{fs, io};

use sse_hub::Epoch;

/// Which run of the machine it is: what was written in this one and not synced is still there.
///
/// Letters and digits, 64 at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BootId(String);

impl BootId {
    /// What Linux says. Elsewhere, or where `/proc` is not to be read, one that was never there
    /// before, as if the machine had just crashed: then loss is told more often than it happens.
    pub(crate) fn current() -> Self {
        Self::said(fs::read_to_string("/proc/sys/kernel/random/boot_id"))
    }

    fn said(answer: io::Result<String>) -> Self {
        let said = answer.ok().and_then(|text| Self::new(&text.trim_end().replace('-', "")));
        said.unwrap_or_else(|| Self(Epoch::random().as_str().to_owned()))
    }

    pub(crate) fn new(text: &str) -> Option<Self> {
        let valid =
            (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        valid.then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn it_is_the_kernels_word_and_stays_the_same() {
        let said = fs::read_to_string("/proc/sys/kernel/random/boot_id").expect("Linux says it");
        let current = BootId::current();
        assert_eq!(current.as_str(), said.trim().replace('-', ""));
        assert_eq!(BootId::current(), current);
    }

    #[test]
    fn where_there_is_none_every_one_is_another() {
        let none = || BootId::said(Err(io::ErrorKind::NotFound.into()));
        assert_ne!(none(), none());
        for text in ["", "\n", "a b", &"x".repeat(65)] {
            let odd = || BootId::said(Ok(text.to_owned()));
            assert_ne!(odd(), odd(), "{text:?}");
        }
    }
}
