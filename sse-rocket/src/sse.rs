//! A stream as a response.

use std::sync::Arc;

use futures_core::Stream;
use rocket::{
    Request,
    response::{self, Responder},
};
use sse_core::{
    Config, Receiver, Sender,
    adapter::{Body, BodyItem, Scope},
};

use crate::{chunks::Chunks, refusal::respond};

/// Any stream of [`Event`](crate::Event)s as a response. The stream may borrow from the request.
///
/// Headers, keep-alive, reconnection time and shutdown are as its server's [`Config`] says; a header that
/// you set yourself, in a responder around it, wins. Rocket notices a client that left only when it writes,
/// so a keep-alive that is off counts as the default.
///
/// # Example
/// ```
/// use rocket::{futures::{Stream, stream}, get};
/// use sse_rocket::{Event, Sse};
///
/// #[get("/hello")]
/// fn hello() -> Sse<impl Stream<Item = Event>> {
///     Sse::new(stream::iter([Event::data("hello")]))
/// }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Sse<S>(Body<S>);

impl<S> Sse<S> {
    /// Answers with a stream.
    ///
    /// # Example
    /// ```
    /// # use sse_rocket::{Event, Sse};
    /// let sse = Sse::new(rocket::futures::stream::iter([Event::data("hello")]));
    /// ```
    pub fn new(stream: S) -> Self {
        Self(Body::new(stream).require_keep_alive().hold_instead_of_cut())
    }

    /// Sets how this response behaves, on top of its server's [`Config`].
    ///
    /// # Example
    /// ```
    /// # use sse_rocket::{Config, Ending, Event, Sse};
    /// # let events = rocket::futures::stream::iter([Event::data("hello")]);
    /// let sse = Sse::new(events).config(Config::default().ending(Ending::WhenFinished));
    /// ```
    pub fn config(self, config: impl Into<Arc<Config>>) -> Self {
        Self(self.0.config(config))
    }
}

impl<T> Sse<Receiver<T>> {
    /// Answers with what a sender sends, of which `capacity` events may be on their way: see [`Sender`].
    ///
    /// # Example
    /// ```
    /// use rocket::{get, tokio};
    /// use sse_rocket::{Event, Receiver, Sse};
    ///
    /// #[get("/progress")]
    /// fn progress() -> Sse<Receiver<Event>> {
    ///     let (sender, sse) = Sse::channel(4);
    ///     tokio::spawn(async move { sender.send(Event::data("done")).await });
    ///     sse
    /// }
    /// ```
    pub fn channel(capacity: usize) -> (Sender<T>, Self) {
        let (sender, receiver) = sse_core::channel(capacity);
        (sender, Self::new(receiver))
    }
}

impl<'r, 'o: 'r, S> Responder<'r, 'o> for Sse<S>
where
    S: Stream<Item: BodyItem> + Send + 'o,
{
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'o> {
        let (head, body) = self.0.scope(request.rocket().state::<Scope>()).into_parts();
        respond(head)
            .streamed_body(Chunks::new(body))
            // After the body, whose size it is.
            .max_chunk_size(PIECE)
            .ok()
    }
}

/// Rocket reads a body into a buffer of this size, piece by piece; each piece is a write, and one
/// that meets the buffer's end is two.
///
/// Holds a chunk of the body, which is closed at 32 KiB. Once it has sent as much, a connection
/// holds two such buffers, 66 kB; larger ones gained nothing. Smaller ones cut bursts: 64 events of 300 B at once cost a sixth more CPU time at 16 KiB, three quarters at 8 KiB.
const PIECE: usize = 32 * 1024;
