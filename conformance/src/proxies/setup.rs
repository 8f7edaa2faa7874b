//! The configurations of a proxy.

use std::fmt;

/// A configuration of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// It only passes requests on.
    Minimal,
    /// It also compresses everything that it passes on.
    Compressing,
    /// Our file in `examples/proxies`.
    Ours,
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minimal => "minimal",
            Self::Compressing => "compressing",
            Self::Ours => "ours",
        })
    }
}
