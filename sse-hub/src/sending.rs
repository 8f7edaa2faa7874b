//! The slices that a connection holds and has not sent.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;

use crate::log::Slice;

/// The slices that a connection holds and has not sent.
///
/// Slices of the log are not copied, so they keep its chunks alive after eviction. A connection that does not read may
/// have many of them in its buffers. Once they keep 96 KiB alive, it receives copies. Together with the last chunk it
/// then keeps at most 128 KiB of the log and one event alive.
#[derive(Default)]
pub(crate) struct Sending(Option<Arc<AtomicUsize>>);

/// A slice that was given to a connection.
struct Sent {
    slice: Slice,
    sending: Arc<AtomicUsize>,
}

impl Sending {
    /// Returns the number of bytes that are kept alive now.
    #[cfg(feature = "inspector")]
    pub(crate) fn counter(&mut self) -> Arc<AtomicUsize> {
        Arc::clone(self.0.get_or_insert_default())
    }

    /// Returns the bytes, shared if there are few enough already.
    pub(crate) fn share(&mut self, slice: Slice) -> Bytes {
        let Slice { bytes, keeps, .. } = &slice;
        if *keeps < COUNTED {
            return slice.bytes;
        }
        let sending = self.0.get_or_insert_default();
        if bytes.len() < COUNTED || sending.load(Ordering::Relaxed) >= SHARED {
            return Bytes::copy_from_slice(bytes);
        }
        sending.fetch_add(*keeps, Ordering::Relaxed);
        Bytes::from_owner(Sent { slice, sending: Arc::clone(sending) })
    }
}

impl AsRef<[u8]> for Sent {
    fn as_ref(&self) -> &[u8] {
        &self.slice.bytes
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.sending.fetch_sub(self.slice.keeps, Ordering::Relaxed);
    }
}

impl fmt::Debug for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sending").field(&self.0).finish()
    }
}

/// Slices from this size on are counted. Smaller ones are copied, unless the chunk is as small: counting costs as much
/// as copying.
const COUNTED: usize = 1024;

/// Once this number of bytes is kept, further slices are copied.
const SHARED: usize = 96 * 1024;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::metrics::Published;

    #[test]
    fn what_is_not_sent_yet_is_shared_up_to_a_limit() {
        let chunk = Bytes::from(vec![b'x'; 32 * 1024]);
        let slice = |len| Slice {
            bytes: chunk.slice(..len),
            keeps: chunk.len(),
            events: 1,
            published: Published::default(),
        };
        let mut sending = Sending::default();
        let is_shared = |given: &Bytes| given.as_ptr() == chunk.as_ptr();
        // A slice keeps its whole chunk alive, however small it is.
        let sizes = [32 * 1024, 2_000, 20_000, 32 * 1024, 2_000];
        let mut given: Vec<_> = sizes.map(|len| sending.share(slice(len))).into();
        let shared: Vec<_> = given.iter().map(is_shared).collect();
        assert_eq!(shared, [true, true, true, false, false]);
        assert!(given.iter().zip(sizes).all(|(bytes, len)| bytes == &chunk[..len]));
        given.clear();
        assert!(is_shared(&sending.share(slice(2_000))), "all were sent");
        assert!(!is_shared(&sending.share(slice(COUNTED - 1))), "a little of much is copied");
        assert!(is_shared(&sending.share(slice(COUNTED))), "from this size on it is shared");
        let small = Slice {
            bytes: chunk.slice(..10),
            keeps: COUNTED - 1,
            events: 1,
            published: Published::default(),
        };
        assert!(is_shared(&sending.share(small)), "a small chunk is not counted");
    }
}
