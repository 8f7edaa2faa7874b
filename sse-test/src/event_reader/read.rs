//! The reads, each of which is an expectation.

use std::{any::type_name, array, fmt, future::poll_fn, panic::Location, time::Duration};

use bytes::Bytes;
use futures_core::Stream;
use serde::de::DeserializeOwned;
use sse_core::{Event, StreamItem};
use tokio::time::{Instant, timeout, timeout_at};

use super::{EventReader, arrived, ended::Ended, missing::Missing};
use crate::Gap;

impl<C, E> EventReader<C>
where
    C: Stream<Item = Result<Bytes, E>>,
    E: fmt::Display,
{
    /// Reads the next event.
    ///
    /// # Panics
    /// If the stream ends, is cut, or is silent for [too long](Self::wait_at_most).
    ///
    /// # Cancel safety
    /// Cancel safe: dropping the future loses no event.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, http::Sse};
    /// # use sse_test::EventReader;
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// # let response = Sse::new(futures_util::stream::iter([Event::data("a")])).into_response(None);
    /// let mut stream = EventReader::new(response);
    /// assert_eq!(stream.event().await, Event::data("a"));
    /// # }
    /// ```
    #[track_caller]
    pub fn event(&mut self) -> impl Future<Output = Event> {
        let at = Location::caller();
        async move {
            match self.next_event(self.patience).await {
                Ok(event) => event,
                Err(missing) => panic!("{at}: expected an event, but {missing}"),
            }
        }
    }

    /// Reads the next `N` events.
    ///
    /// # Panics
    /// As [`event`](Self::event). The panic shows the events before.
    ///
    /// # Cancel safety
    /// Not cancel safe: dropping the future loses the events that it has read.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, http::Sse};
    /// # use sse_test::EventReader;
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// # let response = Sse::new(futures_util::stream::iter(["a", "b"].map(Event::data))).into_response(None);
    /// let mut stream = EventReader::new(response);
    /// assert_eq!(stream.events().await, ["a", "b"].map(Event::data));
    /// # }
    /// ```
    #[track_caller]
    pub fn events<const N: usize>(&mut self) -> impl Future<Output = [Event; N]> {
        let at = Location::caller();
        async move {
            let mut events = array::from_fn(|_| Event::new());
            for read in 0..N {
                match self.next_event(self.patience).await {
                    Ok(event) => events[read] = event,
                    Err(missing) => {
                        let before = &events[..read];
                        panic!("{at}: expected {N} events, but {missing}, after {before:?}")
                    }
                }
            }
            events
        }
    }

    /// Reads the next event as an enum: see `sse_core::Event::parse_typed`.
    ///
    /// # Panics
    /// As [`event`](Self::event), and if the event does not match a variant of the enum.
    ///
    /// # Cancel safety
    /// Cancel safe: dropping the future loses no event.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, http::Sse};
    /// # use sse_test::EventReader;
    /// #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    /// #[serde(rename_all = "lowercase")]
    /// enum Chat { Join { name: String } }
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// # let event = Event::typed(&Chat::Join { name: "Ada".into() }).expect("an enum");
    /// # let response = Sse::new(futures_util::stream::iter([event])).into_response(None);
    /// let mut stream = EventReader::new(response);
    /// assert_eq!(stream.typed::<Chat>().await, Chat::Join { name: "Ada".into() });
    /// # }
    /// ```
    #[track_caller]
    pub fn typed<T: DeserializeOwned>(&mut self) -> impl Future<Output = T> {
        let at = Location::caller();
        let wanted = type_name::<T>();
        async move {
            let event = match self.next_event(self.patience).await {
                Ok(event) => event,
                Err(missing) => panic!("{at}: expected a `{wanted}`, but {missing}"),
            };
            match event.parse_typed() {
                Ok(value) => value,
                Err(error) => panic!("{at}: expected a `{wanted}`, but got {event:?}: {error}"),
            }
        }
    }

    /// Reads the next event, which has to be a hub's `gap` event.
    ///
    /// # Panics
    /// As [`event`](Self::event), and if the event is not a gap.
    ///
    /// # Cancel safety
    /// Cancel safe: dropping the future loses no event.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// # use sse_core::{LastEventId, http::Sse};
    /// # use sse_test::EventReader;
    /// # let hub = sse_hub::Hub::new();
    /// let last = LastEventId::from_request(Some(b"an ID of another hub"), None);
    /// let orders = hub.subscribe_from("orders", last).expect("a topic");
    /// let mut stream = EventReader::new(Sse::new(orders).into_response(None));
    /// assert_eq!(stream.gap().await.reason, "malformed");
    /// # }
    /// ```
    #[track_caller]
    pub fn gap(&mut self) -> impl Future<Output = Gap> {
        let at = Location::caller();
        async move {
            let event = match self.next_event(self.patience).await {
                Ok(event) => event,
                Err(missing) => panic!("{at}: expected a gap, but {missing}"),
            };
            match event.parse_json() {
                Ok(gap) if event.event.as_deref() == Some("gap") => gap,
                _ => panic!("{at}: expected a gap, but got {event:?}"),
            }
        }
    }

    /// Reads the next item: an event, a comment such as a keep-alive, or a reconnection time.
    ///
    /// # Panics
    /// As [`event`](Self::event).
    ///
    /// # Cancel safety
    /// Cancel safe: dropping the future loses no item.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::{Config, Event, StreamItem, http::Sse};
    /// # use sse_test::EventReader;
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// # let config = Config::default().retry(Duration::from_secs(2));
    /// # let silent = Sse::new(futures_util::stream::pending::<Event>()).config(config).into_response(None);
    /// let mut stream = EventReader::new(silent);
    /// assert_eq!(stream.item().await, StreamItem::Retry(Duration::from_secs(2)));
    /// assert!(matches!(stream.item().await, StreamItem::Comment(_))); // the keep-alive, after 15 s
    /// # }
    /// ```
    #[track_caller]
    pub fn item(&mut self) -> impl Future<Output = StreamItem> {
        let at = Location::caller();
        async move {
            match timeout(self.patience, self.next_item()).await {
                Ok(Ok(item)) => item,
                Ok(Err(missing)) => panic!("{at}: expected an item, but {missing}"),
                Err(_) => {
                    panic!("{at}: expected an item, but {}", Missing::Silent(self.patience))
                }
            }
        }
    }

    /// Reads all events until the stream ends, or is cut in any way.
    ///
    /// # Panics
    /// If the stream is silent for [too long](Self::wait_at_most), which it is also if it never ends.
    ///
    /// # Cancel safety
    /// Not cancel safe: dropping the future loses the events that it has read.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, http::Sse};
    /// # use sse_test::EventReader;
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// # let response = Sse::new(futures_util::stream::iter([Event::data("a")])).into_response(None);
    /// let mut stream = EventReader::new(response);
    /// assert_eq!(stream.rest().await, [Event::data("a")]);
    /// # }
    /// ```
    #[track_caller]
    pub fn rest(&mut self) -> impl Future<Output = Vec<Event>> {
        let at = Location::caller();
        async move {
            let mut events = Vec::new();
            loop {
                match self.next_event(self.patience).await {
                    Ok(event) => events.push(event),
                    Err(Missing::Ended(_)) => return events,
                    Err(missing) => {
                        panic!("{at}: expected an end, but {missing}, after {events:?}")
                    }
                }
            }
        }
    }

    /// Waits for the end of a complete response, without another event.
    ///
    /// # Panics
    /// If an event arrives, the response is cut, or it is still open after [a while](Self::wait_at_most).
    ///
    /// # Cancel safety
    /// Cancel safe.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Event, http::Sse};
    /// # use sse_test::EventReader;
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// let response = Sse::new(futures_util::stream::empty::<Event>()).into_response(None);
    /// EventReader::new(response).end().await;
    /// # }
    /// ```
    #[track_caller]
    pub fn end(&mut self) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move {
            match self.next_event(self.patience).await {
                Err(Missing::Ended(Ended::Complete)) => {}
                other => panic!("{at}: expected the end of the stream, but {}", arrival(other)),
            }
        }
    }

    /// Waits until the server cuts the response, without another event, and returns the body's error. Servers cut streams
    /// that are not finished if `Ending` asks for it.
    ///
    /// # Panics
    /// If an event arrives, the response ends as a complete one, or it is still open after
    /// [a while](Self::wait_at_most).
    ///
    /// # Cancel safety
    /// Cancel safe.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// # use sse_test::EventReader;
    /// let failed = futures_util::stream::iter([Err("out of memory")]);
    /// assert_eq!(EventReader::from_chunks(failed).cut().await, "out of memory");
    /// # }
    /// ```
    #[track_caller]
    pub fn cut(&mut self) -> impl Future<Output = String> {
        let at = Location::caller();
        async move {
            match self.next_event(self.patience).await {
                Err(Missing::Ended(Ended::Cut(error))) => error,
                other => panic!("{at}: expected the response to be cut, but {}", arrival(other)),
            }
        }
    }

    /// Waits for this time, in which the stream has to stay open without an event.
    ///
    /// # Panics
    /// If an event arrives, or the stream ends.
    ///
    /// # Cancel safety
    /// Cancel safe.
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # use sse_core::{Event, http::Sse};
    /// # use sse_test::EventReader;
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// let silent = Sse::new(futures_util::stream::pending::<Event>()).into_response(None);
    /// EventReader::new(silent).no_event_for(Duration::from_secs(3_600)).await;
    /// # }
    /// ```
    #[track_caller]
    pub fn no_event_for(&mut self, time: Duration) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move {
            match self.next_event(time).await {
                Err(Missing::Silent(_)) => {}
                other => panic!("{at}: expected no event for {time:?}, but {}", arrival(other)),
            }
        }
    }

    async fn next_event(&mut self, patience: Duration) -> Result<Event, Missing> {
        let deadline = Instant::now() + patience;
        loop {
            match timeout_at(deadline, self.next_item()).await {
                Ok(item) => {
                    if let Some(event) = item?.into_event() {
                        return Ok(event);
                    }
                }
                Err(_) => return Err(Missing::Silent(patience)),
            }
        }
    }

    async fn next_item(&mut self) -> Result<StreamItem, Missing> {
        loop {
            if let Some(item) = self.decoder.next() {
                return item.map_err(Missing::TooLong);
            }
            if self.left == Some(0) {
                self.chunks = Err(Ended::Lost);
            }
            let chunks = self.chunks.as_mut().map_err(|ended| Missing::Ended(ended.clone()))?;
            let chunk = match self.first.take() {
                Some(first) => first,
                None => arrived(poll_fn(|cx| chunks.as_mut().poll_next(cx)).await),
            };
            match chunk {
                Ok(bytes) => self.feed(bytes),
                // This drops the stream, as a server does at the end of its response.
                Err(ended) => self.chunks = Err(ended),
            }
        }
    }

    fn feed(&mut self, mut chunk: Bytes) {
        if let Some(left) = &mut self.left {
            chunk.truncate(*left);
            *left -= chunk.len();
        }
        self.decoder.feed_bytes(chunk);
    }
}

/// Says what arrived instead of an end or of silence.
fn arrival(result: Result<Event, Missing>) -> String {
    match result {
        Ok(event) => format!("got {event:?}"),
        Err(missing) => missing.to_string(),
    }
}
