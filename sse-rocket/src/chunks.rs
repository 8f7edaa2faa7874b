//! A body as Rocket reads it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;
use rocket::tokio::io::{AsyncRead, ReadBuf};
use sse_core::adapter::{Body, BodyItem};

pin_project! {
    /// A body as Rocket reads it: each read returns at most one chunk.
    ///
    /// Unlike `tokio_util`'s `StreamReader`, it drops a chunk as soon as it has been read. A chunk may be a
    /// slice of something large, and the next one may arrive hours later.
    pub(crate) struct Chunks<S> {
        #[pin]
        body: Body<S>,
        unread: Bytes,
    }
}

impl<S> Chunks<S> {
    pub(crate) fn new(body: Body<S>) -> Self {
        Self { body, unread: Bytes::new() }
    }
}

impl<S: Stream<Item: BodyItem>> AsyncRead for Chunks<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.project();
        if this.unread.is_empty() {
            let chunk = ready!(this.body.poll_next(cx)).transpose().map_err(io::Error::other)?;
            // An empty read means the end.
            *this.unread = chunk.unwrap_or_default();
        }
        let some = this.unread.len().min(buf.remaining());
        // Splitting off the whole chunk leaves an empty one, which holds no memory.
        buf.put_slice(&this.unread.split_to(some));
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::{Arc, Weak},
    };

    use rocket::{
        futures::{StreamExt, stream},
        tokio::{self, io::AsyncReadExt},
    };
    use sse_core::{Config, Frame, Shutdown};

    use super::*;

    /// Memory whose release the test can observe.
    struct Log(Arc<[u8]>);

    impl AsRef<[u8]> for Log {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }

    fn log() -> (Frame, Weak<[u8]>) {
        let bytes: Arc<[u8]> = b"data: a\n\n".as_slice().into();
        let weak = Arc::downgrade(&bytes);
        (Frame::from_encoded(Bytes::from_owner(Log(bytes)), 1), weak)
    }

    #[tokio::test]
    async fn reads_of_any_size_return_the_chunks_and_keep_no_memory() {
        for size in [1, 2, 5, 100] {
            let (frame, kept) = log();
            // It comes after the first chunk, into which it would be copied.
            let late = async {
                tokio::task::yield_now().await;
                frame
            };
            let events = stream::once(late).chain(stream::pending());
            let config = Config::default().shutdown(Shutdown::new());
            let mut chunks = pin!(Chunks::new(Body::new(events).config(config)));
            let mut read = Vec::new();
            let mut piece = vec![0; size];
            while !read.ends_with(b"data: a\n\n") {
                let some = chunks.read(&mut piece).await.expect("no error");
                read.extend_from_slice(&piece[..some]);
            }
            assert!(read.starts_with(b"retry: "), "{read:?}");
            assert!(kept.upgrade().is_none(), "pieces of {size}");
        }
    }
}
