//! When a server notices that a client has left.

use std::{fmt, time::Duration};

/// When a server notices that a client has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// The time until then.
    pub after: Duration,
    /// The number of keep-alives that it wrote meanwhile.
    pub keep_alives: u64,
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {:.2} s", self.keep_alives, self.after.as_secs_f64())
    }
}
