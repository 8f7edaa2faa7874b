//! Reads the events of a response.

mod ended;
mod missing;
mod read;

use std::{
    fmt,
    panic::Location,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use sse_core::Decoder;
use tokio::time::sleep;

use self::ended::Ended;
use crate::Response;

/// Reads the events of a response, as a client would, without a socket.
///
/// Each read is an expectation: if something else arrives, it panics with the line of the test, and says what arrived
/// instead. Comments and reconnection times between events are passed over, except by [`item`](Self::item).
///
/// The stream runs only while the reader reads, so a test that does not read is a client that has paused. Dropping the
/// reader drops the stream, as the server does when its client has left.
///
/// # Example
/// ```
/// # use sse_core::{Event, http::Sse};
/// # use sse_test::EventReader;
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// # let response = Sse::new(futures_util::stream::iter(["a", "b"].map(Event::data))).into_response(None);
/// let mut stream = EventReader::new(response);
/// assert_eq!(stream.event().await, Event::data("a"));
/// assert_eq!(stream.event().await, Event::data("b"));
/// stream.end().await;
/// # }
/// ```
#[must_use = "a reader does nothing unless it is read"]
pub struct EventReader<C> {
    chunks: Result<Pin<Box<C>>, Ended>,
    /// The result of the poll when the reader was made.
    first: Option<Result<Bytes, Ended>>,
    decoder: Decoder,
    /// The number of bytes until the connection is lost.
    left: Option<usize>,
    patience: Duration,
}

impl<C, E> EventReader<C>
where
    C: Stream<Item = Result<Bytes, E>>,
    E: fmt::Display,
{
    /// Reads a framework's response.
    ///
    /// The body is polled once, as a server does to send the head. A subscription to a hub joins its topics at this poll.
    ///
    /// # Panics
    /// If the status is not 200, or the content type not `text/event-stream` (WHATWG HTML 9.2.2). The panic shows both,
    /// and how the body begins.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, http::Sse};
    /// # use sse_test::EventReader;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let response = Sse::new(futures_util::stream::iter([Event::data("a")])).into_response(None);
    /// let mut stream = EventReader::new(response);
    /// assert_eq!(stream.event().await, Event::data("a"));
    /// # }
    /// ```
    #[track_caller]
    pub fn new(response: impl Response<Error = E, Chunks = C>) -> Self {
        Self::open(response, Location::caller())
    }

    /// Reads the chunks of a body, whatever its head was.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use sse_core::{Event, adapter::Body};
    /// use sse_test::EventReader;
    ///
    /// let body = Body::new(futures_util::stream::iter([Event::data("a")]));
    /// assert_eq!(EventReader::from_chunks(body).rest().await, [Event::data("a")]);
    /// # }
    /// ```
    pub fn from_chunks(chunks: C) -> Self {
        let mut chunks = Box::pin(chunks);
        let mut context = Context::from_waker(Waker::noop());
        let first = match chunks.as_mut().poll_next(&mut context) {
            Poll::Ready(chunk) => Some(arrived(chunk)),
            // A later poll registers the waker of the task that reads.
            Poll::Pending => None,
        };
        Self { chunks: Ok(chunks), first, decoder: decoder(""), left: None, patience: PATIENCE }
    }

    fn open(response: impl Response<Error = E, Chunks = C>, at: &Location<'_>) -> Self {
        let (status, content_type) = (response.status(), response.content_type());
        let content_type = content_type.unwrap_or_default();
        let reader = Self::from_chunks(response.into_chunks());
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if status == 200 && essence.eq_ignore_ascii_case(EVENT_STREAM) {
            return reader;
        }
        let body = match &reader.first {
            Some(Ok(bytes)) => String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]),
            _ => "".into(),
        };
        panic!(
            "{at}: expected status 200 and content type {EVENT_STREAM:?}, but the response has status {status} and \
             content type {content_type:?}, and its body begins with {body:?}"
        );
    }
}

impl<C> EventReader<C> {
    /// Sets for how long each read waits before it fails. Default: one minute.
    ///
    /// That is as long as four keep-alives. A shorter time would fail tests of slow handlers, and with a longer one a
    /// test that hangs under real time would keep its runner waiting. It is the time of Tokio's clock, so a failure under
    /// paused time takes no real time.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::{Event, http::Sse};
    /// # use sse_test::EventReader;
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// # let hourly = Sse::new(futures_util::stream::iter([Event::data("a")])).into_response(None);
    /// let mut stream = EventReader::new(hourly).wait_at_most(Duration::from_secs(3_601));
    /// # let _ = stream.event().await;
    /// # }
    /// ```
    pub fn wait_at_most(mut self, time: Duration) -> Self {
        self.patience = time;
        self
    }

    /// Loses the connection after this number of bytes of the stream, even within an event. Call it before the first
    /// read.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Config, Event, http::Sse};
    /// # use sse_test::EventReader;
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// # let config = Config::default().without_retry();
    /// # let sse = Sse::new(futures_util::stream::iter(["a", "b"].map(Event::data))).config(config);
    /// # let response = sse.into_response(None);
    /// let mut stream = EventReader::new(response).cut_after(12);
    /// assert_eq!(stream.rest().await, [Event::data("a")]); // and three bytes of the second event
    /// # }
    /// ```
    pub fn cut_after(mut self, bytes: usize) -> Self {
        self.left = Some(bytes);
        self
    }

    /// Returns the last event ID as of the last event that was read, or an empty text (WHATWG HTML 9.2.6).
    pub fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    /// Returns the reconnection time that the stream has set last, as of the last item that was read.
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.decoder.reconnection_time()
    }

    /// Loses the connection: drops the stream, and returns the value of the header `Last-Event-ID` for a request that
    /// resumes it. An empty value counts as no header.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, http::Sse};
    /// # use sse_test::EventReader;
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// # let response = Sse::new(futures_util::stream::iter([Event::data("a").id(7)])).into_response(None);
    /// let mut stream = EventReader::new(response);
    /// let _ = stream.event().await;
    /// assert_eq!(stream.disconnect(), "7");
    /// # }
    /// ```
    #[must_use = "the ID resumes the stream; to only drop it, use `drop`"]
    pub fn disconnect(self) -> String {
        String::from_utf8_lossy(self.decoder.resume_header().unwrap_or_default()).into_owned()
    }

    /// Loses the connection and reconnects as an EventSource does: waits for the reconnection time, makes the request
    /// with the last event ID, and reads its response.
    ///
    /// A stream that sets no reconnection time gets 3 s, as in Chromium (WHATWG HTML 9.2.2: "probably in the region of a
    /// few seconds").
    ///
    /// # Panics
    /// As [`new`](Self::new). An EventSource would close permanently.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, http::Sse};
    /// # use sse_test::EventReader;
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// # let get = async |id: String| {
    /// #     let event = Event::data(format!("after {id:?}")).id(1);
    /// #     Sse::new(futures_util::stream::iter([event])).into_response(None)
    /// # };
    /// let mut stream = EventReader::new(get(String::new()).await);
    /// assert_eq!(stream.event().await, Event::data("after \"\"").id(1));
    /// let mut stream = stream.reconnect(get).await;
    /// assert_eq!(stream.event().await, Event::data("after \"1\"").id(1));
    /// # }
    /// ```
    #[track_caller]
    pub fn reconnect<R: Response>(
        self,
        request: impl AsyncFnOnce(String) -> R,
    ) -> impl Future<Output = EventReader<R::Chunks>> {
        let at = Location::caller();
        let wait = self.reconnection_time().unwrap_or(RECONNECTION_TIME);
        let patience = self.patience;
        let id = self.disconnect();
        async move {
            sleep(wait).await;
            let reader = EventReader::open(request(id.clone()).await, at);
            EventReader { decoder: decoder(&id), patience, ..reader }
        }
    }
}

impl<C> fmt::Debug for EventReader<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventReader")
            .field("last_event_id", &self.last_event_id())
            .field("ended", &self.chunks.as_ref().err())
            .finish_non_exhaustive()
    }
}

/// Returns a decoder that yields everything, and bounds only an event that has no end.
fn decoder(last_event_id: &str) -> Decoder {
    Decoder::resume(last_event_id).max_event_size(MAX_EVENT_SIZE).comments(true).retries(true)
}

fn arrived<E: fmt::Display>(chunk: Option<Result<Bytes, E>>) -> Result<Bytes, Ended> {
    match chunk {
        Some(chunk) => chunk.map_err(|error| Ended::Cut(error.to_string())),
        None => Err(Ended::Complete),
    }
}

const EVENT_STREAM: &str = "text/event-stream";

/// The number of bytes of a body that is not an event stream in a panic: enough for the text of an error.
const SHOWN: usize = 200;

const PATIENCE: Duration = Duration::from_secs(60);

const RECONNECTION_TIME: Duration = Duration::from_secs(3);

const MAX_EVENT_SIZE: usize = 16 * Decoder::MAX_EVENT_SIZE;
