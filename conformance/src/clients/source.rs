//! What is sent in each scenario, before it is put into a dialect.

use std::{convert::identity, time::Duration};

use async_stream::stream;
use futures_util::{Stream, StreamExt, stream as streams, stream::BoxStream};
use sse_core::Event;
use tokio::time::sleep;

use super::Scenario;

/// A part of an answer.
#[derive(Debug)]
pub(super) enum Part {
    /// Text, with an ID if the client is to resume after it.
    Text(String, Option<usize>),
    /// A block on the wire that no client may deliver as an event.
    Silent(Event),
}

/// The text that each answer ends with, so that a complete one is known.
pub(super) const LAST: &str = "end";

/// How many events an answer has from which a number may be missing.
pub(super) const NUMBERS: usize = 75;

/// Time between two of them. All take three seconds, so that a slow client is still in the middle when its
/// server stops.
const PACE: Duration = Duration::from_millis(40);

/// How many texts there are between comments and keep-alives.
pub(super) const SPARSE: usize = 6;

/// Time between two of them, in which there are at least two keep-alives.
const SILENCE: Duration = Duration::from_millis(250);

/// The parts of a scenario's answer. `after` is the number that the client has seen last; an endless
/// answer is still running when a drain cuts it.
pub(super) fn parts(
    scenario: Scenario,
    after: Option<usize>,
    endless: bool,
) -> BoxStream<'static, Part> {
    match scenario {
        Scenario::Hostile => {
            let texts = hostile().into_iter().chain([LAST.to_owned()]);
            streams::iter(texts).map(|text| Part::Text(text, None)).boxed()
        }
        Scenario::Empty => sparse().boxed(),
        _ => numbers(after.map_or(0, |after| after + 1), endless).boxed(),
    }
}

fn numbers(from: usize, endless: bool) -> impl Stream<Item = Part> {
    stream! {
        let mut number = from;
        while endless || number < NUMBERS {
            yield Part::Text(number.to_string(), Some(number));
            sleep(PACE).await;
            number += 1;
        }
        yield Part::Text(LAST.to_owned(), Some(number));
    }
}

/// Texts with and without IDs, with everything between them that is not an event.
fn sparse() -> impl Stream<Item = Part> {
    stream! {
        yield Part::Silent(Event::new().comment("a comment before all"));
        for number in 0..SPARSE {
            yield Part::Text(number.to_string(), (number % 2 == 0).then_some(number));
            sleep(SILENCE).await;
            yield Part::Silent(Event::new().comment("a comment\nof two lines"));
            yield Part::Silent(Event::new().retry(Duration::from_millis(400)));
        }
        yield Part::Text(LAST.to_owned(), None);
    }
}

/// Text that has broken encoders and decoders. Line breaks are LF here, as CR and CRLF become LF on the
/// wire (WHATWG HTML 9.2.6); what is sent has all three.
pub(super) fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "a\nb\rc\r\nd\n",
        "\n\ntwo empty lines first",
        "",
        "x\n\nevent: injected\nid: 666\nretry: 1\ndata: injected",
        "data: data: not a field",
        "  two spaces first, and one last ",
        "\ttab first",
        ":not a comment",
        "no colon",
        "[DONE",
        "\u{feff}byte order mark first",
        "nul \0, vertical tab \u{b}, form feed \u{c}, separators \u{1c}\u{1d}\u{1e}",
        "next line \u{85}, line separator \u{2028}, paragraph separator \u{2029}",
        "emoji 😀, family 👨‍👩‍👧, combining e\u{301}",
        "<b>&amp;\"'</b>",
        r#"{"error":"not one"}"#,
        r"\n \u0000 \",
    ]
    .map(identity::<&str>)
    .map(str::to_owned)
    .into();
    texts.push("😀".repeat(25_000)); // 100 kB, of four bytes each
    texts.push("l\n".repeat(2_000));
    texts
}
