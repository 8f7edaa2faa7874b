//! The streams that every server serves.

use std::{
    error, fmt,
    time::{Duration, SystemTime},
};

use async_stream::stream;
use futures_util::{Stream, StreamExt, stream as streams, stream::BoxStream};
use sse_core::{Event, EventId, EventName, LastEventId, Limit, Limiter, NoContent, Refusal};
use sse_hub::{Principal, Start, SubscribeError, Subscription};
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::Lab;

/// What a scenario's streams yield.
pub type Item = Result<Event, Failed>;

/// Why a stream failed; its text must not reach a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed;

/// Starts the stream of that name, observed by the lab.
///
/// # Panics
/// If there is no such scenario.
pub fn start(name: &str, lab: &Lab) -> BoxStream<'static, Item> {
    let stream = match name {
        "idle" => streams::pending().boxed(),
        "ready" => streams::iter((0..READY).map(padded)).map(Ok).boxed(),
        "burst" => burst(lab.clone()).boxed(),
        "hostile" => streams::iter(hostile()).map(Ok).boxed(),
        "error" => streams::iter([Ok(numbered(0)), Err(Failed), Ok(numbered(1))]).boxed(),
        "always" => streams::iter(0..).map(|n| Ok(large(n))).boxed(),
        "timed" => timed().map(Ok).boxed(),
        "busy" => busy().map(Ok).boxed(),
        "stepped" => stepped(lab.clone()).map(Ok).boxed(),
        "answer" => stepped(lab.clone()).take(ANSWER).map(Ok).boxed(),
        "slow" => slow(lab.clone()).map(Ok).boxed(),
        "panic" => panics(lab.clone()).map(Ok).boxed(),
        "one" => marked("one").map(Ok).boxed(),
        "two" => marked("two").map(Ok).boxed(),
        other => panic!("no scenario has the name {other}"),
    };
    lab.watch(stream).boxed()
}

/// A stream of one event with the ID that the client sent.
pub fn resumed(last_event_id: Option<&str>) -> BoxStream<'static, Item> {
    let text = last_event_id.map_or_else(|| "none".to_owned(), |id| format!("id {id}"));
    streams::iter([Ok(Event::data(text))]).boxed()
}

/// An event each [`TIMED`]. Its ID is how often that time has passed since 1970, so the numbers continue while
/// no server runs, and a client that resumes sees whether it missed one.
pub fn counted(last_event_id: Option<&str>) -> BoxStream<'static, Item> {
    let each = TIMED.as_micros() as u64;
    let last: Option<u64> = last_event_id.and_then(|id| id.parse().ok());
    let mut number = last.map_or_else(|| micros() / each, |last| last.saturating_add(1));
    stream! {
        // So that a browser soon asks again.
        yield Ok(Event::new().retry(Duration::from_millis(500)));
        loop {
            sleep(Duration::from_micros(number.saturating_mul(each).saturating_sub(micros()))).await;
            yield Ok(Event::data(number.to_string()).id(number));
            number = number.saturating_add(1);
        }
    }
    .boxed()
}

/// A stream, or a refusal in its place. A name such as `user-eve` is a kind and a key of the lab's limiter.
///
/// # Errors
/// A refusal of each kind, by its name; that of the limiter.
pub fn job(name: &str, lab: &Lab) -> Result<BoxStream<'static, Item>, Refusal> {
    if let Some((kind, key)) = name.split_once('-') {
        let kind = KINDS.into_iter().find(|known| *known == kind);
        let kind = kind.ok_or((404, "no such kind"))?;
        return Ok(lab.limiter().per(kind, key).admit(start("idle", lab))?.boxed());
    }
    match name {
        "running" => Ok(streams::iter([Ok(Event::data("done"))]).boxed()),
        "finished" => Err(NoContent)?,
        "busy" => {
            Err(Refusal::new(429, "at most three").retry_after(Duration::from_millis(4_001)))?
        }
        "words" => Err((403, "<b>nicht für dich</b>\n"))?,
        other => Err((404, format!("no job has the name {other}")))?,
    }
}

/// The kinds of keys that the lab's limiter limits.
const KINDS: [&str; 3] = ["user", "later", "tab"];

/// Limits each user to two streams, and each key of the other kinds to one.
pub(crate) fn limiter() -> Limiter {
    Limiter::new(100)
        .limit("user", 2)
        .limit("later", Limit::new(1).retry_later(RETURN))
        .limit("tab", Limit::new(1).end_oldest(RETURN))
}

/// When a client over a limit should reconnect.
pub const RETURN: Duration = Duration::from_secs(60);

/// How many events may be on their way in `/channel`.
pub const CAPACITY: usize = 2;

/// Subscribes to topics of the lab's hub, whose names a comma parts. `start` is `live` (the default),
/// `earliest`, or the number of the newest events. If the first topic begins with `user-`, its name is also the
/// subscription's principal.
///
/// # Errors
/// The hub's.
///
/// # Panics
/// If `start` is anything else.
pub fn subscribe(
    lab: &Lab,
    topics: &str,
    start: Option<&str>,
    last: impl Into<LastEventId>,
) -> Result<Subscription, SubscribeError> {
    let start = match start {
        None | Some("live") => Start::Live,
        Some("earliest") => Start::Earliest,
        Some(count) => Start::Last(count.parse().expect("a number of events")),
    };
    let topics: Vec<&str> = topics.split(',').collect();
    let principal =
        topics[0].strip_prefix("user-").and_then(|_| Principal::new(topics[0].to_owned()).ok());
    let subscription = lab.hub().subscribe(topics)?.start(start).resume(last);
    Ok(match principal {
        Some(principal) => subscription.principal(&principal),
        None => subscription,
    })
}

/// How many events are ready at once in `ready` and `burst`.
pub const READY: u32 = 64;

/// How many events `answer` has, each after a step.
pub const ANSWER: usize = 3;

/// How many events `slow` has; before the last one it waits for a step.
pub const SLOW: u32 = 10;

/// How long `slow` takes for an event, well over what a chunk may take.
const WORK: Duration = Duration::from_millis(5);

/// How many events `one` and `two` have.
pub const MARKED: u32 = 2000;

/// Time between two events of `busy`.
const BUSY: Duration = Duration::from_millis(5);

/// Time between two events of `timed`.
pub const TIMED: Duration = Duration::from_millis(50);

/// Size of the data of each event of `ready` and `burst`: all together they are more than Rocket's
/// usual piece of 4096 bytes, and less than a chunk.
pub const PADDED: usize = 200;

/// Size of the data of each event of `always`, so that a client which does not read soon fills the
/// buffers on the way.
const LARGE: usize = 4096;

fn numbered(number: u32) -> Event {
    Event::data(format!("event {number}")).id(number)
}

fn padded(number: u32) -> Event {
    Event::data(format!("{number:0PADDED$}")).id(number)
}

fn large(number: u64) -> Event {
    Event::data("x".repeat(LARGE)).id(number)
}

/// All events at once, some time after the response began, then nothing.
fn burst(lab: Lab) -> impl Stream<Item = Item> {
    stream! {
        lab.stepped().await;
        for number in 0..READY {
            yield Ok(padded(number));
        }
        std::future::pending::<()>().await;
    }
}

/// An event each few milliseconds.
fn busy() -> impl Stream<Item = Event> {
    stream! {
        let mut ticks = interval(BUSY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for number in 0.. {
            ticks.tick().await;
            yield numbered(number);
        }
    }
}

/// An event each [`TIMED`]; its data is when it was made, in µs since 1970.
fn timed() -> impl Stream<Item = Event> {
    stream! {
        let mut ticks = interval(TIMED);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // So that a browser soon asks again, also while the server is down.
        yield Event::new().retry(Duration::from_millis(500));
        loop {
            ticks.tick().await;
            yield Event::data(micros().to_string());
        }
    }
}

/// The system's clock, in µs since 1970.
pub fn micros() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// An event each time the test says so.
fn stepped(lab: Lab) -> impl Stream<Item = Event> {
    stream! {
        for number in 0.. {
            lab.stepped().await;
            yield numbered(number);
        }
    }
}

/// A source that blocks its thread for each event, and never returns `Pending`.
fn slow(lab: Lab) -> impl Stream<Item = Event> {
    streams::iter(0..SLOW).map(move |number| {
        if number + 1 < SLOW {
            std::thread::sleep(WORK);
        } else {
            lab.block_until_step();
        }
        numbered(number)
    })
}

/// One event, then a panic when the test says so.
fn panics(lab: Lab) -> impl Stream<Item = Event> {
    stream! {
        yield numbered(0);
        lab.stepped().await;
        panic!("on purpose");
    }
}

/// Many events, a few at a time, with the name of their stream.
fn marked(name: &'static str) -> impl Stream<Item = Event> {
    stream! {
        for number in 0..MARKED {
            if number % 10 == 0 {
                tokio::task::yield_now().await;
            }
            yield Event::data(format!("{name} {number}"));
        }
    }
}

/// Fields with everything that has broken encoders. An invalid name or ID is refused and left out, as an application
/// would do with its users' input.
fn hostile() -> Vec<Event> {
    let mut events = vec![
        Event::data("a\nb\rc\r\nd\n"),
        Event::data("\r\n\n\r"),
        Event::data(""),
        Event::data("x\n\nevent: injected\nid: 666\ndata: injected"),
        Event::data("  two spaces and a colon: "),
        Event::data(":not a comment"),
        Event::data("\u{feff}bom, nul \0, next line \u{85}, separator \u{2028}"),
        Event::data("smile 😀").event("naïve:name").id("a b"),
        Event::data("colons").event(":").id(":"),
        Event::new().comment("comment\n\ndata: injected\rid: 666"),
        Event::new().id(7),
        Event::new().retry(Duration::from_millis(1234)),
        Event::new(),
    ];
    for text in ["a\nb", "a\rb", "a\0b", "a\u{c}b", "ключ", " a ", "", "plain"] {
        let mut event = Event::data("checked");
        if let Ok(name) = EventName::new(text) {
            event = event.event(name);
        }
        if let Ok(id) = EventId::new(text) {
            event = event.id(id);
        }
        events.push(event);
    }
    events
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("secret: the password of the database is hunter2")
    }
}

impl error::Error for Failed {}
