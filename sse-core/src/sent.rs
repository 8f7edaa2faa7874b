//! What a stream has sent.

/// What a stream, or one of its chunks, has sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sent {
    /// The application's events with data.
    pub(crate) events: u64,
    pub(crate) keep_alives: u64,
    pub(crate) bytes: u64,
}

impl Sent {
    #[inline]
    pub(crate) fn add(&mut self, chunk: Self) {
        self.events += chunk.events;
        self.keep_alives += chunk.keep_alives;
        self.bytes += chunk.bytes;
    }
}
