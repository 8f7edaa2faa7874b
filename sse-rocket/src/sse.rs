//! A stream of events as a response.

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
/// Its server's [`Config`] sets its keep-alive, its reconnection time and its end. A header that you set in a
/// responder around it replaces the default. Rocket notices that a client has left only when it writes, so
/// a stream whose keep-alive is off uses the default one.
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
    /// Makes a response from a stream.
    ///
    /// # Example
    /// ```
    /// # use sse_rocket::{Event, Sse};
    /// let sse = Sse::new(rocket::futures::stream::iter([Event::data("hello")]));
    /// ```
    pub fn new(stream: S) -> Self {
        Self(Body::new(stream).require_keep_alive().hold_instead_of_cut())
    }

    /// Configures this response. The server's [`Config`] applies to the settings that are not set here.
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
    /// Makes a response whose events come from the returned [`Sender`]. At most `capacity` events wait in
    /// between.
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
            // This has to follow the body, which would reset it.
            .max_chunk_size(PIECE)
            .ok()
    }
}

/// The size of the buffer into which Rocket reads a body, in bytes. Each read becomes a write.
///
/// A chunk of the body is closed at 32 KiB, so it fits. A connection that has sent that much holds two such
/// buffers, 66 kB. Larger buffers gained nothing. Smaller ones split bursts: 64 events of 300 bytes at once
/// took a sixth more CPU time with 16 KiB, and three quarters more with 8 KiB.
const PIECE: usize = 32 * 1024;
