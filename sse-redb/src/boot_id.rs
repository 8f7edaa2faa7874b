//! Which run of the machine it is.

use std::fs;

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
        fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .ok()
            .and_then(|text| Self::new(&text.trim_end().replace('-', "")))
            .unwrap_or_else(|| Self(Epoch::random().as_str().to_owned()))
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
}
