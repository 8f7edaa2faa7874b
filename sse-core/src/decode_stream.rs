//! Decodes a stream of byte chunks into a stream of events.

use std::{
    error, fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::{Decoder, EventTooLong, StreamItem};

pin_project! {
    /// Decodes a stream of byte chunks, such as an HTTP client's response body, into events.
    ///
    /// It ends when the source ends, and an unfinished event at the end is dropped (WHATWG HTML 9.2.6).
    /// After an error of the source, the stream may be polled again.
    ///
    /// # Cancel safety
    /// Cancel safe: it keeps the bytes of an unfinished event, so dropping the future of `next` loses none.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use sse_core::DecodeStream;
    /// use tokio_stream::{StreamExt, iter};
    ///
    /// let body = iter([Ok::<_, std::io::Error>("data: a\n"), Ok("\ndata: b\n\n")]);
    /// let mut events = DecodeStream::new(body);
    /// while let Some(item) = events.next().await {
    ///     if let Some(event) = item.expect("no error").into_event() {
    ///         println!("{:?}", event.data);
    ///     }
    /// }
    /// # }
    /// ```
    #[derive(Debug)]
    pub struct DecodeStream<S> {
        #[pin]
        source: S,
        decoder: Decoder,
    }
}

impl<S> DecodeStream<S> {
    /// Decodes a new event stream with the default [`Decoder`].
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), sse_core::DecodeError<std::io::Error>> {
    /// # use sse_core::{DecodeStream, Event};
    /// # use tokio_stream::{StreamExt, iter};
    /// let body = iter([Ok::<_, std::io::Error>("data: a\n\n")]);
    /// let mut events = DecodeStream::new(body);
    /// let item = events.next().await.expect("an item")?;
    /// assert_eq!(item.into_event(), Some(Event::data("a")));
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(source: S) -> Self {
        Self::with_decoder(source, Decoder::new())
    }

    /// Decodes with a given decoder: one that resumes a stream, has another bound on an event's size, or
    /// yields comments.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{DecodeStream, Decoder};
    /// # use tokio_stream::iter;
    /// # let body = iter([Ok::<_, std::io::Error>("data: a\n\n")]);
    /// let events = DecodeStream::with_decoder(body, Decoder::resume("41").max_event_size(64 * 1024));
    /// ```
    pub fn with_decoder(source: S, decoder: Decoder) -> Self {
        Self { source, decoder }
    }

    /// Returns the decoder, which knows the last event ID and the reconnection time.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # use sse_core::DecodeStream;
    /// # use tokio_stream::{StreamExt, iter};
    /// # let body = iter([Ok::<_, std::io::Error>("id: 41\ndata: a\n\n")]);
    /// let mut events = DecodeStream::new(body);
    /// while events.next().await.is_some() {}
    /// // For the request that resumes the stream.
    /// assert_eq!(events.decoder().resume_header(), Some(&b"41"[..]));
    /// # }
    /// ```
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }
}

impl<S, B, E> Stream for DecodeStream<S>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
{
    type Item = Result<StreamItem, DecodeError<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        loop {
            if let Some(item) = this.decoder.next() {
                return Poll::Ready(Some(item.map_err(DecodeError::TooLong)));
            }
            match ready!(this.source.as_mut().poll_next(cx)) {
                Some(Ok(chunk)) => this.decoder.feed_bytes(chunk.into()),
                Some(Err(error)) => return Poll::Ready(Some(Err(DecodeError::Source(error)))),
                // HTML 9.2.6: "Once the end of the file is reached, any pending data must be discarded."
                None => return Poll::Ready(None),
            }
        }
    }
}

/// Why an item of a [`DecodeStream`] is not an event.
///
/// # Example
/// ```
/// # use std::io;
/// # use sse_core::{DecodeError, StreamItem};
/// fn read(item: Result<StreamItem, DecodeError<io::Error>>) -> io::Result<Option<StreamItem>> {
///     match item {
///         Ok(item) => Ok(Some(item)),
///         Err(DecodeError::Source(error)) => Err(error), // reconnect
///         Err(error) => {
///             eprintln!("{error}");
///             Ok(None)
///         }
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum DecodeError<E> {
    /// An event exceeded the decoder's bound and was dropped; the stream continues.
    TooLong(EventTooLong),
    /// The source failed.
    Source(E),
}

impl<E: fmt::Display> fmt::Display for DecodeError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(error) => fmt::Display::fmt(error, f),
            Self::Source(error) => write!(f, "the event stream's source failed: {error}"),
        }
    }
}

impl<E: error::Error + 'static> error::Error for DecodeError<E> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::TooLong(error) => Some(error),
            Self::Source(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};

    use super::*;
    use crate::Event;

    #[tokio::test]
    async fn events_errors_and_the_end_pass_through() {
        let source = stream::iter([
            Ok("id: 1\ndata: a\n\ndata: "),
            Ok("b\n\n"),
            Err("cut"),
            Ok("data: cccccccccc\n\ndata: d\n\nid: 2\ndata: tail"),
        ]);
        let decoder = Decoder::new().max_event_size(15);
        let mut events = DecodeStream::with_decoder(source, decoder);

        let mut seen = Vec::new();
        while let Some(item) = events.next().await {
            seen.push(item.map_err(|error| error.to_string()));
        }
        assert_eq!(
            seen,
            [
                Ok(StreamItem::Event(Event::data("a").id(1))),
                Ok(StreamItem::Event(Event::data("b"))),
                Err("the event stream's source failed: cut".into()),
                Err(EventTooLong { limit: 15 }.to_string()),
                Ok(StreamItem::Event(Event::data("d"))),
            ]
        );
        assert_eq!(events.decoder().last_event_id(), "1");
    }

    #[test]
    fn an_error_names_its_source() {
        let too_long = DecodeError::<EventTooLong>::TooLong(EventTooLong { limit: 15 });
        let failed = DecodeError::Source(EventTooLong { limit: 16 });
        for (error, limit) in [(too_long, 15), (failed, 16)] {
            let source = std::error::Error::source(&error).expect("a source");
            assert_eq!(source.to_string(), EventTooLong { limit }.to_string());
        }
    }
}
