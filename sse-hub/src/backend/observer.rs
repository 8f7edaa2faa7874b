//! Sees the entries of a log in order.

use std::fmt;

use super::Entry;

/// Sees the entries of a log in order, each before the hub applies it: see
/// [`HubBuilder::observer`](crate::HubBuilder::observer).
///
/// Use it for a state that every node derives from the log, such as the claims on pieces of work. When
/// [`Hub::note`](crate::Hub::note) or [`Hub::signal`](crate::Hub::signal) resolves, the observer has seen the entry
/// and everything before it.
///
/// Its methods are called by the hub's background and while the hub opens, so they must not block.
///
/// # Example
/// ```
/// use std::sync::{
///     Arc,
///     atomic::{AtomicUsize, Ordering::Relaxed},
/// };
///
/// use sse_hub::{
///     Hub, MemoryBackend,
///     backend::{Control, Entry, Observer},
/// };
///
/// #[derive(Debug, Default)]
/// struct Signals(AtomicUsize);
///
/// impl Observer for Signals {
///     fn entry(&self, entry: &Entry) {
///         if let Some(Control::Signal { .. }) = Control::decode(&entry.body) {
///             self.0.fetch_add(1, Relaxed);
///         }
///     }
///
///     fn lost(&self) {}
///
///     fn new_epoch(&self) {}
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let signals = Arc::new(Signals::default());
/// let hub = Hub::builder().observer(signals.clone()).open(MemoryBackend::new(1_000)).await?;
/// tokio::spawn(hub.background());
/// hub.signal("hello".into()).await?;
/// assert_eq!(signals.0.load(Relaxed), 1);
/// # Ok(()) }
/// ```
pub trait Observer: fmt::Debug + Send + Sync + 'static {
    /// Sees an entry. A tail that starts again may yield an entry twice.
    fn entry(&self, entry: &Entry);

    /// Learns that entries are missing before the next one.
    fn lost(&self);

    /// Learns that the log was lost, and another has begun.
    fn new_epoch(&self);
}
