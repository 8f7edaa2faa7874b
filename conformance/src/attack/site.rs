//! The attacked server: an application's routes with the hub, and the same without it.

use std::{io, process, thread, time::Duration};

use bytes::Bytes;
use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use sse_core::{Config, Drain, Event, Frame, KeepAlive};
use sse_hub::{Hub, PublishError, Retention};
use tokio::{runtime, time::sleep};

use crate::{Framework, Lab, Stop};

/// Serves on one framework until SIGTERM; the first line of output is the server's address.
///
/// # Errors
/// The server's, as text.
pub fn serve(framework: &Framework) -> Result<(), String> {
    let hub = hub();
    seed(&hub);
    thread::spawn(|| {
        // Returns once the program that started this one is gone.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        process::exit(1);
    });
    let background = hub.background();
    let runtime = runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    thread::spawn(move || runtime.block_on(background));
    let drain = Drain::default().spread(Duration::from_millis(200)).deadline(DEADLINE);
    let config = |config: Config| config.keep_alive(KeepAlive::every(BEAT));
    let lab = Lab::with_all(config, drain, hub, 0).on_threads(THREADS);
    // Nothing reads the ends, and a queue of them would look like a leak.
    drop(lab.ends());
    let started = Box::new(|address| println!("{address}"));
    (framework.serve)(lab, started, Stop::Signal)
}

/// All limits of the hub under attack.
fn hub() -> Hub {
    let retention = Retention::default().events(4_000).bytes(256 * 1024);
    Hub::builder().max_bytes(MAX_BYTES).retention(retention).build()
}

/// Publishes history to all topics in turn, so that a resume has to merge them event by event.
fn seed(hub: &Hub) {
    for number in 0..SEEDED {
        for topic in 0..TOPICS {
            hub.publish_now(history(topic), Event::data(format!("event {number} of {topic}")))
                .expect("a hub that has not drained");
        }
    }
}

/// The name of a topic that has history from the beginning.
pub(super) fn history(number: usize) -> String {
    format!("history{number}")
}

/// How many subscribers a topic has, now and after each change.
///
/// # Errors
/// The status to answer with.
pub(crate) fn presence(lab: &Lab, topic: &str) -> Result<BoxStream<'static, Event>, u16> {
    let count = lab.hub().subscriber_count(topic).map_err(|_| 400_u16)?;
    Ok(count.map(|count| Event::data(count.to_string()).event("presence")).boxed())
}

/// Publishes what a client sent, to the topic that it named.
///
/// # Errors
/// The status to answer with.
pub(crate) async fn publish(lab: &Lab, topic: &str, body: &[u8]) -> Result<String, u16> {
    let event = Event::data(String::from_utf8_lossy(body));
    let id = lab.hub().publish(topic, event).await;
    id.map(|id| id.to_string()).map_err(|error: PublishError| error.status())
}

/// A stream without the hub: bytes at once and then, with a pause, an event of [`LARGE`] bytes after each pause.
pub(crate) fn plain(
    bytes: Option<usize>,
    pause: Option<u64>,
) -> impl Stream<Item = Frame> + Send + 'static {
    let bytes = bytes.unwrap_or(0);
    let frame = |size| Frame::from_encoded(Bytes::from(padded(size)), 1);
    let (whole, part) = (frame(CHUNK), bytes % CHUNK);
    let part = (part > PADDING).then(|| frame(part));
    let first = stream::iter(std::iter::repeat_n(whole, bytes / CHUNK).chain(part));
    let later = stream::unfold(frame(LARGE), move |frame| async move {
        match pause {
            Some(pause) => sleep(Duration::from_millis(pause)).await,
            None => std::future::pending().await,
        }
        Some((frame.clone(), frame))
    });
    first.chain(later)
}

fn padded(size: usize) -> String {
    format!("data: {}\n\n", "x".repeat(size - PADDING))
}

/// Returns the counts that have to return to their earlier values: subscribers, open streams, topics.
pub(crate) fn counts(lab: &Lab) -> String {
    let stats = lab.hub().stats();
    format!("{} {} {}", stats.subscribers, lab.shutdown().open_streams(), stats.topics)
}

/// The bytes of an event around its data.
const PADDING: usize = 8;

/// A chunk as the hub sends it.
const CHUNK: usize = 32 * 1024;

/// Size of the events of the busy topic.
pub(super) const LARGE: usize = 4 * 1024;

/// The hub's limit, small so that a short attack reaches it.
pub(super) const MAX_BYTES: usize = 1024 * 1024;

/// The number of topics with history, which is the most that a subscription may have.
pub(super) const TOPICS: usize = 64;

/// How many events each of them has.
const SEEDED: usize = 60;

/// The time between keep-alives. Every framework notices within two of them that a client has left.
pub(super) const BEAT: Duration = Duration::from_secs(2);

/// The deadline of a drain.
pub(super) const DEADLINE: Duration = Duration::from_secs(2);

/// More than one, so that threads meet at the hub's lock.
const THREADS: usize = 2;
