//! Observers of event streams.

use crate::{OpenStream, StreamEnd};

/// Observes the streams of a server, or one response: see [`Config::observer`](crate::Config::observer).
///
/// Use it to list the open streams, or to count them in a way that the built-in metrics do not. If only the ends
/// matter, [`Config::on_end`](crate::Config::on_end) takes a closure.
///
/// The methods run where the stream is polled or dropped, so they must not block. All of them do nothing by default.
/// If one panics, the panic is logged and the stream continues.
///
/// A body that is dropped before its first poll, as in the response to a HEAD request, is not observed. Each stream
/// that was [`opened`](Self::opened) is [`ended`](Self::ended) exactly once.
///
/// # Example
/// ```
/// use std::sync::atomic::{AtomicI64, Ordering};
/// use sse_core::{Config, Observer, OpenStream, StreamEnd};
///
/// #[derive(Default)]
/// struct Count(AtomicI64);
///
/// impl Observer for Count {
///     fn opened(&self, _: &OpenStream) {
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
///
///     fn ended(&self, _: &StreamEnd) {
///         self.0.fetch_sub(1, Ordering::Relaxed);
///     }
/// }
///
/// let config = Config::default().observer(Count::default());
/// ```
pub trait Observer: Send + Sync {
    /// Called at the first poll of a stream, before its first chunk.
    fn opened(&self, stream: &OpenStream) {
        let _ = stream;
    }

    /// Called when the first chunk with an event of the application is passed to the framework.
    fn first_event(&self, stream: &OpenStream) {
        let _ = stream;
    }

    /// Called when the stream has ended.
    fn ended(&self, end: &StreamEnd) {
        let _ = end;
    }
}

/// Calls a closure at the end of a stream.
pub(crate) struct OnEnd<F>(pub(crate) F);

impl<F: Fn(&StreamEnd) + Send + Sync> Observer for OnEnd<F> {
    fn ended(&self, end: &StreamEnd) {
        (self.0)(end);
    }
}
