//! How texts reach a client.

/// How texts reach a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texts {
    /// As the data of events.
    Data,
    /// As strings in JSON.
    Json,
    /// The same, where an empty one is not sent.
    Model,
}
