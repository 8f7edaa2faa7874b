//! Identifies the machine's current run.

use std::{fs, io};

use sse_hub::Epoch;

/// Identifies a run of the machine. What was written in this run is still visible, synced or not.
///
/// It has at most 64 letters and digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BootId(String);

impl BootId {
    /// Returns Linux's boot ID. On other systems, or if `/proc` cannot be read, returns a random one, as if the
    /// machine had just crashed: clients may then receive a `gap` event although nothing was lost.
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
    fn on_linux_the_boot_id_is_the_kernels_and_does_not_change() {
        let said = fs::read_to_string("/proc/sys/kernel/random/boot_id").expect("readable");
        let current = BootId::current();
        assert_eq!(current.as_str(), said.trim().replace('-', ""));
        assert_eq!(BootId::current(), current);
    }

    #[test]
    fn without_the_kernels_each_boot_id_is_different() {
        let none = || BootId::said(Err(io::ErrorKind::NotFound.into()));
        assert_ne!(none(), none());
        for text in ["", "\n", "a b", &"x".repeat(65)] {
            let odd = || BootId::said(Ok(text.to_owned()));
            assert_ne!(odd(), odd(), "{text:?}");
        }
    }
}
