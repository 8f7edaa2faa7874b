//! The test kit on each framework, without a socket: events, losses and a drain under paused time.
#![allow(clippy::unwrap_used)] // a test's helpers may, as its functions may

/// Makes tests of all cases on a framework, for which `app` makes an app, and `get` its response to a client with a last
/// event ID.
macro_rules! cases {
    ($($case:ident),* $(,)?) => {
        macro_rules! suite {
            () => {
                $(
                    #[tokio::test(start_paused = true)]
                    async fn $case() {
                        let site = Site::new();
                        let app = app(&site).await;
                        super::$case(&site, async |id| get(&app, id).await).await;
                    }
                )*
            };
        }
    };
}

cases!(
    typed_events_arrive_between_hours_of_keep_alives,
    a_gap_is_forced,
    a_reader_that_pauses_lags,
    a_drain_ends_the_stream,
    a_connection_that_is_lost_at_any_byte_resumes,
    a_refused_request_says_why,
);

mod actix;
mod axum;
mod hyper;
mod rocket;
mod warp;

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use serde::{Deserialize, Serialize};
use sse_core::{Config, Drain, Event, LastEventId, Refusal, Shutdown, StreamItem, adapter::Scope};
use sse_hub::{Hub, Retention, Subscription};
use sse_test::{EventReader, Response};

const TOPIC: &str = "orders";

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Order {
    Subscribed { resumed: bool },
    Placed(u32),
}

/// What the handler under test uses.
struct Site {
    hub: Hub,
    shutdown: Shutdown,
    scope: Scope,
}

impl Site {
    fn new() -> Self {
        let hub = Hub::builder().retention(Retention::default().events(4)).build();
        let shutdown = Shutdown::new();
        let scope = Scope::new(shutdown.clone(), &Config::default());
        Self { hub, shutdown, scope }
    }

    fn publish(&self, numbers: impl IntoIterator<Item = u32>) {
        for number in numbers {
            let event = Event::typed(&Order::Placed(number)).unwrap();
            self.hub.publish_now(TOPIC, event).unwrap();
        }
    }
}

fn subscribe(hub: &Hub, last: impl Into<LastEventId>) -> Result<Subscription, Refusal> {
    Ok(hub.subscribe_from(TOPIC, last)?)
}

async fn typed_events_arrive_between_hours_of_keep_alives<R: Response>(
    site: &Site,
    get: impl AsyncFn(String) -> R,
) {
    let real = std::time::Instant::now();
    let mut stream = EventReader::new(get(String::new()).await);
    assert_eq!(stream.typed::<Order>().await, Order::Subscribed { resumed: false });
    for number in 1..=3 {
        stream.no_event_for(Duration::from_secs(3_600)).await;
        site.publish([number]);
        assert_eq!(stream.typed::<Order>().await, Order::Placed(number));
    }
    assert!(matches!(stream.item().await, StreamItem::Comment(_)), "a keep-alive");
    assert!(real.elapsed() < Duration::from_secs(60), "{:?}", real.elapsed());
}

async fn a_gap_is_forced<R: Response>(site: &Site, get: impl AsyncFn(String) -> R) {
    let mut stream = EventReader::new(get(String::new()).await);
    let _ = stream.event().await;
    site.publish(1..=2);
    site.hub.trim(TOPIC, site.hub.position());
    site.publish([3]);
    let mut stream = stream.reconnect(&get).await;
    let gap = stream.gap().await;
    assert_eq!((&*gap.reason, &*gap.topics), ("trimmed", &[TOPIC.to_owned()][..]));
    assert_eq!(stream.typed::<Order>().await, Order::Placed(3));
}

async fn a_reader_that_pauses_lags<R: Response>(site: &Site, get: impl AsyncFn(String) -> R) {
    let mut stream = EventReader::new(get(String::new()).await);
    let _ = stream.event().await;
    site.publish(1..=9);
    assert_eq!(stream.gap().await.reason, "trimmed");
    for number in 6..=9 {
        assert_eq!(stream.typed::<Order>().await, Order::Placed(number));
    }
}

async fn a_drain_ends_the_stream<R: Response>(site: &Site, get: impl AsyncFn(String) -> R) {
    let mut stream = EventReader::new(get(String::new()).await);
    let _ = stream.event().await;
    assert_eq!(site.shutdown.open_streams(), 1);
    let drained = site.shutdown.begin(Drain::default());
    stream.end().await;
    assert!(stream.reconnection_time().is_some());
    let report = drained.await;
    assert_eq!((report.ended, report.abandoned), (1, 0));
}

async fn a_connection_that_is_lost_at_any_byte_resumes<R: Response>(
    site: &Site,
    get: impl AsyncFn(String) -> R,
) {
    let mut whole = EventReader::new(get(String::new()).await);
    let start = whole.event().await.id.unwrap().to_string();
    site.publish(1..=3);
    let whole: [Event; 3] = whole.events().await;
    // The first request of each client has an ID too, as that of a page that was reloaded.
    let get = async |id: String| get(if id.is_empty() { start.clone() } else { id }).await;
    for byte in 0..200 {
        let mut stream = EventReader::new(get(String::new()).await).cut_after(byte);
        let mut events = stream.rest().await;
        let mut stream = stream.reconnect(&get).await;
        while events.last() != whole.last() {
            events.push(stream.event().await);
        }
        events.retain(|event| event.event.as_deref() == Some("placed"));
        assert_eq!(events, whole, "cut at byte {byte}");
    }
}

async fn a_refused_request_says_why<R: Response>(site: &Site, get: impl AsyncFn(String) -> R) {
    site.hub.drain();
    let refused = get(String::new()).await;
    let read = AssertUnwindSafe(async { EventReader::new(refused) }).catch_unwind().await;
    let message = *read.unwrap_err().downcast::<String>().unwrap();
    for part in [file!(), "status 503", "content type \"text/plain", "try again later"] {
        assert!(message.contains(part), "no {part:?} in {message:?}");
    }
}
