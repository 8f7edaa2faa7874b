//! How a body ended.

/// How a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As HTTP says that a body ends. Over HTTP/1.0 that is the end of the connection, so a body that
    /// was cut looks the same there.
    Complete,
    /// With the connection, before the end of the body.
    Cut,
}
