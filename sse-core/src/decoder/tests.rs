use std::collections::HashMap;

use http::HeaderValue;
use serde::Deserialize;

use super::*;

fn event(data: &str) -> StreamItem {
    StreamItem::Event(Event::data(data))
}

fn drain(decoder: &mut Decoder) -> Vec<StreamItem> {
    decoder.map(|item| item.expect("within the bound")).collect()
}

/// Feeds the input in two parts at every cut, and byte by byte, and checks the items each time.
#[track_caller]
fn check_with(new: impl Fn() -> Decoder, input: &[u8], expected: &[StreamItem]) {
    for cut in 0..=input.len() {
        let mut decoder = new();
        decoder.feed(&input[..cut]);
        let mut items = drain(&mut decoder);
        decoder.feed(&input[cut..]);
        items.extend(drain(&mut decoder));
        assert_eq!(items, expected, "input cut at byte {cut}");
    }
    let mut decoder = new();
    for byte in input {
        decoder.feed(std::slice::from_ref(byte));
    }
    assert_eq!(drain(&mut decoder), expected, "byte by byte");
}

#[track_caller]
fn check(input: impl AsRef<[u8]>, expected: &[StreamItem]) {
    check_with(Decoder::new, input.as_ref(), expected);
}

/// A row of `cases.json`, which the tests of the browser's client read too.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Each character is one byte.
    input: String,
    /// `null` is an event that is too long.
    events: Vec<Option<Row>>,
    /// The last event ID before the stream.
    #[serde(default)]
    before: String,
    /// The last event ID after the stream, if it matters.
    last: Option<String>,
    /// The reconnection time after the stream, in milliseconds.
    retry: Option<u64>,
    max: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    data: String,
    event: Option<String>,
    id: Option<String>,
}

impl Case {
    fn decoder(&self) -> Decoder {
        Decoder::resume(&self.before).max_event_size(self.max.unwrap_or(Decoder::MAX_EVENT_SIZE))
    }

    #[track_caller]
    fn check(&self) {
        let input: Vec<_> =
            self.input.chars().map(|c| u8::try_from(c).expect("one byte")).collect();
        let expected: Vec<_> = self.events.iter().map(|row| self.item(row.as_ref())).collect();
        for cut in 0..=input.len() {
            let mut decoder = self.decoder();
            decoder.feed(&input[..cut]);
            let mut items: Vec<_> = decoder.by_ref().collect();
            decoder.feed(&input[cut..]);
            items.extend(decoder.by_ref());
            assert_eq!(items, expected, "{:?} cut at byte {cut}", self.input);
            self.check_end(&decoder);
        }
        let mut decoder = self.decoder();
        for byte in &input {
            decoder.feed(std::slice::from_ref(byte));
        }
        let items: Vec<_> = decoder.by_ref().collect();
        assert_eq!(items, expected, "{:?} byte by byte", self.input);
        self.check_end(&decoder);
    }

    fn item(&self, row: Option<&Row>) -> Result<StreamItem, EventTooLong> {
        let row = row.ok_or(EventTooLong { limit: self.max.unwrap_or_default() })?;
        Ok(StreamItem::Event(Event {
            event: row.event.clone().map(|name| EventName::new(name).expect("one line")),
            id: row.id.clone().map(|id| EventId::new(id).expect("printable ASCII")),
            ..Event::data(row.data.clone())
        }))
    }

    #[track_caller]
    fn check_end(&self, decoder: &Decoder) {
        if let Some(last) = &self.last {
            assert_eq!(decoder.last_event_id(), last, "{:?}", self.input);
        }
        let retry = self.retry.map(Duration::from_millis);
        assert_eq!(decoder.reconnection_time(), retry, "{:?}", self.input);
    }
}

#[track_caller]
fn check_cases(rule: &str) {
    let mut cases: HashMap<String, Vec<Case>> =
        serde_json::from_str(include_str!("cases.json")).expect("cases");
    cases.remove(rule).expect("the rule has cases").iter().for_each(Case::check);
}

#[test]
fn each_kind_of_line_break_ends_a_line() {
    check_cases("each kind of line break ends a line");
}

#[test]
fn chunks_may_be_fed_faster_than_events_are_taken() {
    let mut decoder = Decoder::new();
    decoder.feed(b"data: a\n\ndata: b\n\n");
    assert_eq!(decoder.next().transpose(), Ok(Some(event("a"))));
    decoder.feed(b"data: c\n\n");
    assert_eq!(drain(&mut decoder), [event("b"), event("c")]);
}

#[test]
fn a_cr_dispatches_an_event_at_once() {
    let mut decoder = Decoder::new();
    decoder.feed(b"data: a\r\r");
    assert_eq!(drain(&mut decoder), [event("a")]);
    decoder.feed(b"\n\ndata: b\n\n");
    assert_eq!(drain(&mut decoder), [event("b")]);
}

#[test]
fn one_leading_space_is_removed_from_a_value() {
    check_cases("one leading space is removed from a value");
}

#[test]
fn empty_data_makes_an_event_and_missing_data_does_not() {
    check_cases("empty data makes an event and missing data does not");
}

#[test]
fn the_last_event_type_of_a_block_counts_and_only_for_that_event() {
    check_cases("the last event type of a block counts and only for that event");
}

#[test]
fn unknown_fields_and_comments_are_skipped() {
    check_cases("unknown fields and comments are skipped");
}

#[test]
fn a_bom_is_skipped_once() {
    check_cases("a bom is skipped once");
}

#[test]
fn invalid_utf8_is_replaced() {
    check_cases("invalid utf8 is replaced");
}

#[test]
fn only_cr_and_lf_break_lines() {
    check_cases("only cr and lf break lines");
}

#[test]
fn an_unfinished_event_at_the_end_is_dropped() {
    check_cases("an unfinished event at the end is dropped");
}

#[test]
fn the_last_event_id_is_set_by_whole_blocks() {
    check_cases("the last event id is set by whole blocks");
}

#[test]
fn the_last_event_id_persists_and_follows_the_items_taken() {
    let mut decoder = Decoder::new();
    assert_eq!(decoder.last_event_id(), "");
    decoder.feed(b"id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n");
    for (data, own, last) in [("a", Some("1"), "1"), ("b", None, "1"), ("c", Some("2"), "2")] {
        let event =
            decoder.next().expect("an item").expect("short").into_event().expect("an event");
        assert_eq!(event.data.as_deref(), Some(data));
        assert_eq!(event.id.as_deref(), own);
        assert_eq!(decoder.last_event_id(), last);
    }
}

#[track_caller]
fn check_resume_header(ids: &[&str], expected: Option<&str>) {
    let mut decoder = Decoder::new();
    for id in ids {
        decoder.feed(format!("id: {id}\ndata: x\n\n").as_bytes());
        let item = decoder.next().expect("an item").expect("short");
        let own = item.into_event().expect("an event").id;
        assert_eq!(own, EventId::new((*id).to_owned()).ok(), "{id:?}: the event's own ID");
    }
    assert_eq!(decoder.last_event_id(), *ids.last().expect("an ID"));
    let header = decoder.resume_header();
    assert_eq!(header, expected.map(str::as_bytes), "{ids:?}");
    assert!(header.is_none_or(|value| HeaderValue::from_bytes(value).is_ok()), "{header:?}");
}

#[test]
fn the_resume_header_is_always_a_legal_header_value() {
    let (longest, too_long) = ("x".repeat(EventId::MAX_LEN), "x".repeat(500_000));
    check_resume_header(&["1"], Some("1"));
    check_resume_header(&["1", ""], None);
    check_resume_header(&["a\u{c}b"], None);
    check_resume_header(&["1", "a\u{c}b"], Some("1"));
    check_resume_header(&["1", "a\u{c}b", "\u{7f}", "\u{1}"], Some("1"));
    check_resume_header(&["1", "a\u{c}b", "2"], Some("2"));
    check_resume_header(&["1", "", "a\u{c}b"], None);
    check_resume_header(&["1", &too_long], Some("1"));
    check_resume_header(&[&longest], Some(&longest));
    check_resume_header(&[" 7 "], Some("7"));
    check_resume_header(&["  "], None);
    check_resume_header(&["1", "  "], Some("1"));
    check_resume_header(&["1", "\t"], Some("1"));
    check_resume_header(&["a\tb"], Some("a\tb"));
    check_resume_header(&["caf\u{e9} \u{2028}"], Some("caf\u{e9} \u{2028}"));
}

#[test]
fn a_bound_that_is_lowered_within_an_event_holds_from_then_on() {
    let mut decoder = Decoder::new();
    decoder.feed(b"data: 0123456789\n");
    assert_eq!(decoder.next(), None);
    let mut decoder = decoder.max_event_size(4);
    decoder.feed(b"data: more\n\ndata\n\n");
    assert_eq!(decoder.next(), Some(Err(EventTooLong { limit: 4 })));
    assert_eq!(decoder.next(), Some(Ok(event(""))));
}

#[test]
fn a_retry_value_is_digits_only_and_takes_effect_at_once() {
    check_cases("a retry value is digits only and takes effect at once");
    let new = || Decoder::new().retries(true);
    let retry = |millis| StreamItem::Retry(Duration::from_millis(millis));
    check_with(new, b"retry: 10\n", &[retry(10)]);
    check_with(new, b"retry: 18446744073709551615\n", &[retry(u64::MAX)]);
    check_with(new, b"retry: 18446744073709551616\n", &[]);
    check_with(new, b"retry: x\n", &[]);
    check("retry: 10\ndata: a\n\n", &[event("a")]);
}

#[test]
fn comments_are_yielded_on_request() {
    let comment = |text: &str| StreamItem::Comment(text.into());
    check_with(
        || Decoder::new().comments(true),
        b": a\n:\n:  b\ndata: c\n: d\n\n",
        &[comment("a"), comment(""), comment(" b"), comment("d"), event("c")],
    );
}

#[test]
fn a_long_line_is_read_whole_within_the_bound() {
    let line = "x".repeat(1024 * 1024);
    let input = format!("data: {line}\n\n");
    for chunk in [1024, 16 * 1024, input.len()] {
        let mut decoder = Decoder::new().max_event_size(2 * 1024 * 1024);
        input.as_bytes().chunks(chunk).for_each(|chunk| decoder.feed(chunk));
        assert_eq!(drain(&mut decoder), [event(&line)], "{chunk} bytes a chunk");
    }
}

#[test]
fn an_event_over_the_bound_is_one_error_and_the_next_event_is_read() {
    check_cases("an event over the bound is one error and the next event is read");
}

#[test]
fn comments_do_not_count_towards_an_events_size() {
    check_cases("comments do not count towards an events size");
}

#[test]
fn an_event_at_the_bound_is_read() {
    check_cases("an event at the bound is read");
}

#[test]
fn a_long_line_within_one_chunk_is_not_copied() {
    let chunk = Bytes::from_static(b"data: not copied, as it is longer than that\n\n");
    let mut decoder = Decoder::new();
    decoder.feed_bytes(chunk.clone());
    let event = decoder.next().expect("an item").expect("short").into_event().expect("an event");
    assert_eq!(event.data.expect("data").as_str().as_ptr(), chunk[6..].as_ptr());
}

#[test]
fn short_text_does_not_keep_its_chunk_alive() {
    let chunk = Bytes::from(b"event: a\nid: 1\ndata: short\n\ndata: short\n\n".to_vec());
    let mut decoder = Decoder::new();
    decoder.feed_bytes(chunk.clone());
    let events = drain(&mut decoder);
    assert_eq!(events, [StreamItem::Event(Event::data("short").event("a").id(1)), event("short")]);
    assert!(chunk.is_unique());
}

#[test]
fn text_of_every_length_is_read_whole() {
    for unit in ["a", "\u{e9}", "\u{6c17}", "\u{1f600}"] {
        for len in 0..80 {
            let text = unit.repeat(len);
            let input = format!("data:{text}\n\ndata: {text}\r\n\r\nid: {text}\ndata: {text}\n\n");
            let last = Event { id: EventId::new(text.as_str()).ok(), ..Event::data(text.as_str()) };
            let expected = [event(&text), event(&text), StreamItem::Event(last)];
            for chunk in [3, 64, input.len()] {
                let mut decoder = Decoder::new();
                input.as_bytes().chunks(chunk).for_each(|chunk| decoder.feed(chunk));
                assert_eq!(drain(&mut decoder), expected, "{text:?}, {chunk} bytes a chunk");
                assert_eq!(decoder.last_event_id(), text, "{chunk} bytes a chunk");
            }
        }
    }
}

#[test]
fn invalid_utf8_changes_only_its_own_line() {
    let mut input = Vec::new();
    let mut expected = Vec::new();
    for at in 0..500 {
        let (line, text) = match at % 100 {
            99 => (b"\xff".to_vec(), "\u{fffd}".to_owned()),
            _ => (format!("\u{e9}{at}").into_bytes(), format!("\u{e9}{at}")),
        };
        input.extend([b"data: ".as_slice(), &line, b"\n\n"].concat());
        expected.push(event(&text));
    }
    for chunk in [1, 999, input.len()] {
        let mut decoder = Decoder::new();
        input.chunks(chunk).for_each(|chunk| decoder.feed(chunk));
        assert_eq!(drain(&mut decoder), expected, "{chunk} bytes a chunk");
    }
}

proptest::proptest! {
    #[test]
    fn an_encoded_event_is_decoded_unchanged(
        data in proptest::option::of("(?s).{0,40}"),
        name in proptest::option::of("[^\r\n]{1,10}"),
        id in proptest::option::of("([!-~]([ -~]{0,8}[!-~])?)?"),
        retry in proptest::option::of(proptest::num::u64::ANY),
        comment in proptest::option::of("(?s).{0,40}"),
        cut in proptest::num::usize::ANY,
    ) {
        let sent = Event {
            comment: comment.map(Text::from),
            event: name.map(|name| EventName::new(name).expect("one line")),
            id: id.map(|id| EventId::new(id).expect("printable ASCII")),
            retry: retry.map(Duration::from_millis),
            data: data.map(Text::from),
        };
        let bytes = sent.encode().into_bytes();
        let mut decoder = Decoder::new().comments(true).retries(true);
        // No BOM is lost, because an encoded event begins with a field name or a colon, never with its text.
        decoder.feed(&bytes[..cut % (bytes.len() + 1)]);
        let mut items = drain(&mut decoder);
        decoder.feed(&bytes[cut % (bytes.len() + 1)..]);
        items.extend(drain(&mut decoder));

        let mut expected: Vec<_> = sent
            .comment
            .iter()
            .flat_map(|comment| comment.split('\n'))
            .map(|line| StreamItem::Comment(line.into()))
            .collect();
        expected.extend(sent.retry.map(StreamItem::Retry));
        if sent.data.is_some() {
            expected.push(StreamItem::Event(Event { comment: None, retry: None, ..sent }));
        }
        proptest::prop_assert_eq!(items, expected);
    }
}
