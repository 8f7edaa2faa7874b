//! The response to a client that accepts gzip.

use std::fmt;

use super::Delay;

/// The response to a client that accepts gzip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Squeezed {
    /// The content's encoding.
    pub encoding: Option<String>,
    /// How long events take; `None` if none came in time.
    pub delay: Option<Delay>,
}

impl fmt::Display for Squeezed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.encoding, self.delay) {
            (None, Some(_)) => f.write_str("no"),
            (None, None) => f.write_str("no, but held back"),
            (Some(encoding), Some(delay)) => write!(f, "{encoding}, {delay}"),
            (Some(encoding), None) => write!(f, "{encoding}, held back"),
        }
    }
}
