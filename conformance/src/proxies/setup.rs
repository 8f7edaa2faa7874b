//! How a proxy is set up.

use std::fmt;

/// How a proxy is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// It passes requests on, and nothing else is set.
    Minimal,
    /// It also compresses all that it passes on.
    Compressing,
    /// As our file in `examples/proxies` sets it up.
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
