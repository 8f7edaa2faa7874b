//! Evicted bytes that connections keep alive.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use bytes::Bytes;

/// The number of evicted bytes that connections keep alive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pinned(Arc<AtomicUsize>);

impl Pinned {
    pub(crate) fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Shares bytes with connections. They count as pinned once the [`Lease`] is dropped. Small ones are not counted:
    /// counting would cost more than they hold.
    pub(crate) fn share(&self, bytes: Vec<u8>) -> (Bytes, Option<Lease>) {
        if bytes.len() < COUNTED {
            return (bytes.into(), None);
        }
        let shared =
            Arc::new(Shared { bytes, released: AtomicBool::new(false), pinned: self.clone() });
        (Bytes::from_owner(Owner(Arc::clone(&shared))), Some(Lease(shared)))
    }
}

/// Held by the log while it keeps the bytes.
#[derive(Debug)]
pub(crate) struct Lease(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    bytes: Vec<u8>,
    /// Whether the log has dropped them.
    released: AtomicBool,
    pinned: Pinned,
}

struct Owner(Arc<Shared>);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.0.bytes
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.pinned.0.fetch_add(self.0.bytes.len(), Ordering::Relaxed);
        // After the count, which the last owner takes back.
        self.0.released.store(true, Ordering::Release);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if *self.released.get_mut() {
            self.pinned.0.fetch_sub(self.bytes.len(), Ordering::Relaxed);
        }
    }
}

/// Bytes from this size on are counted.
const COUNTED: usize = 1024;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_pinned_from_their_eviction_to_the_last_drop() {
        let pinned = Pinned::default();
        let (bytes, lease) = pinned.share(vec![b'x'; COUNTED]);
        let slice = bytes.slice(10..20);
        assert_eq!(pinned.bytes(), 0, "the log has them");
        drop((bytes, lease));
        assert_eq!(pinned.bytes(), COUNTED, "one slice keeps all of them");
        assert_eq!(slice, vec![b'x'; 10]);
        drop(slice);
        assert_eq!(pinned.bytes(), 0);

        let (bytes, lease) = pinned.share(vec![b'x'; COUNTED]);
        drop(lease);
        drop(bytes);
        assert_eq!(pinned.bytes(), 0);
        assert!(pinned.share(vec![b'x'; COUNTED - 1]).1.is_none());
    }
}
