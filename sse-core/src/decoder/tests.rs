use http::HeaderValue;

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

#[test]
fn each_kind_of_line_break_ends_a_line() {
    check("data: a\n\n", &[event("a")]);
    check("data: a\r\r", &[event("a")]);
    check("data: a\r\n\r\n", &[event("a")]);
    check("data: a\n\r", &[event("a")]);
    check("data: a\r\n\r", &[event("a")]);
    check("data: a\rdata: b\ndata: c\r\n\n", &[event("a\nb\nc")]);
    check("data: a\n\ndata: b\r\rdata: c\r\n\r\n", &[event("a"), event("b"), event("c")]);
    check("data: a\r\ndata: b\r\n\r\n", &[event("a\nb")]);
    check("data: data\r\n\r\n", &[event("data")]);
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
    check("data:a\n\n", &[event("a")]);
    check("data:  a \n\n", &[event(" a ")]);
    check("data:\ta\n\n", &[event("\ta")]);
    check("data : a\n\n", &[]);
}

#[test]
fn empty_data_makes_an_event_and_missing_data_does_not() {
    check("data\n\n", &[event("")]);
    check("data:\n\n", &[event("")]);
    check("data: \n\n", &[event("")]);
    check("data\ndata\n\n", &[event("\n")]);
    check("data: a\ndata:\n\n", &[event("a\n")]);
    check("event: a\nid: 1\n\n", &[]);
    check("\n\n\r\r\r\n\r\n", &[]);
}

#[test]
fn the_last_event_type_of_a_block_counts_and_only_for_that_event() {
    check(
        "event: a\nevent: b\ndata: 1\n\ndata: 2\n\n",
        &[StreamItem::Event(Event::data("1").event("b")), event("2")],
    );
    check("event: a\nevent\ndata: 1\n\n", &[event("1")]);
    check("event: a\n\ndata: 1\n\n", &[event("1")]);
    check("event: a:b \ndata\n\n", &[StreamItem::Event(Event::data("").event("a:b "))]);
}

#[test]
fn unknown_fields_and_comments_are_skipped() {
    check(":a\ndata: 1\n: data: 2\nDATA: 3\ndata2: 4\nx\n\n", &[event("1")]);
    check("\u{feff}\n data: 1\n\n", &[]);
}

#[test]
fn a_bom_is_skipped_once() {
    check("\u{feff}data: a\n\n", &[event("a")]);
    check("\u{feff}\u{feff}data: a\n\n", &[]);
    check("data: a\n\n\u{feff}data: b\n\n", &[event("a")]);
    check("\u{feff}\ndata: a\n\n", &[event("a")]);
    check(b"\xef\xbbdata: a\n\n", &[]);
}

#[test]
fn invalid_utf8_is_replaced() {
    check(b"data: a\xffb\n\n", &[event("a\u{fffd}b")]);
    check(b"data: \xe2\x82\n\n", &[event("\u{fffd}")]);
    check(b"data: \xf0\x9f\x98\x80\n\n", &[event("\u{1f600}")]);
    check(b"data: \xed\xa0\x80\n\n", &[event("\u{fffd}\u{fffd}\u{fffd}")]);
}

#[test]
fn only_cr_and_lf_break_lines() {
    check("data: \u{2028}\u{85}\u{b}\u{c}\0\n\n", &[event("\u{2028}\u{85}\u{b}\u{c}\0")]);
}

#[test]
fn an_unfinished_event_at_the_end_is_dropped() {
    check("data: a\n\ndata: b\n", &[event("a")]);
    check("data: a\n\ndata: b", &[event("a")]);
    check("data: a", &[]);
}

#[track_caller]
fn check_id(input: &str, own: Option<&'static str>, last: &str) {
    let mut decoder = Decoder::resume("before");
    decoder.feed(input.as_bytes());
    let own = own.map(|id| Event { id: Some(id.into()), ..Event::data("x") });
    assert_eq!(drain(&mut decoder), own.map(StreamItem::Event).as_slice(), "{input:?}");
    assert_eq!(decoder.last_event_id(), last, "{input:?}");
}

#[test]
fn the_last_event_id_is_set_by_whole_blocks() {
    check_id("id: 1\ndata: x\n\n", Some("1"), "1");
    check_id("id: 1\n\n", None, "1");
    check_id("id: 1\n", None, "before");
    check_id("id: 1\ndata: x\n", None, "before");
    check_id("id\ndata: x\n\n", Some(""), "");
    check_id("id: 1\nid: 2\ndata: x\n\n", Some("2"), "2");
    check_id("id: 1\nid: a\0\ndata: x\n\n", Some("1"), "1");
    check_id("id: a\0\n\n", None, "before");
    check_id("", None, "before");
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
    let new = || Decoder::new().retries(true);
    let retry = |millis| StreamItem::Retry(Duration::from_millis(millis));
    check_with(new, b"retry: 10\n", &[retry(10)]);
    check_with(new, b"retry:007\n", &[retry(7)]);
    check_with(new, b"retry: 18446744073709551615\n", &[retry(u64::MAX)]);
    for bad in ["retry\n", "retry:\n", "retry: \n", "retry: 1.5\n", "retry: -1\n", "retry: +1\n"] {
        check_with(new, bad.as_bytes(), &[]);
    }
    check_with(new, b"retry: 18446744073709551616\n", &[]);
    check_with(new, b"retry: 1 \n", &[]);
    check("retry: 10\ndata: a\n\n", &[event("a")]);

    let mut decoder = Decoder::new();
    decoder.feed(b"retry: 10\nretry: x\n");
    assert_eq!(decoder.next(), None);
    assert_eq!(decoder.reconnection_time(), Some(Duration::from_millis(10)));
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

#[track_caller]
fn check_too_long(input: &str) {
    let expected = [Ok(event("before")), Err(EventTooLong { limit: 32 }), Ok(event("after"))];
    for cut in 0..=input.len() {
        let mut decoder = Decoder::resume("last").max_event_size(32);
        decoder.feed(&input.as_bytes()[..cut]);
        let mut items: Vec<_> = decoder.by_ref().collect();
        decoder.feed(&input.as_bytes()[cut..]);
        items.extend(decoder.by_ref());
        assert_eq!(items, expected, "input cut at byte {cut}");
        assert_eq!(decoder.last_event_id(), "last");
    }
}

#[test]
fn an_event_over_the_bound_is_one_error_and_the_next_event_is_read() {
    let long = "x".repeat(100);
    check_too_long(&format!("data: before\n\ndata: {long}\n\ndata: after\n\n"));
    check_too_long(&format!("data: before\n\ndata: {long}\ndata: more\n\ndata: after\n\n"));
    check_too_long(&format!(
        "data: before\n\nid: 7\ndata: {long}\r\ndata: more\r\n\r\ndata: after\n\n"
    ));
    check_too_long(&format!("data: before\n\n{}\n\ndata: after\n\n", "data: 4\n".repeat(9)));
    check_too_long(&format!("data: before\n\n: {long}\n\ndata: after\n\n"));
    check_too_long(&format!("data: before\r\n\r\ndata: {long}\r\n\r\ndata: after\r\n\r\n"));
    check_too_long(&format!("data: before\r\rdata: {long}\r\rdata: after\r\r"));
}

#[test]
fn comments_do_not_count_towards_an_events_size() {
    let input = format!("{}data: a\n\n", ": keep-alive\n".repeat(100));
    check_with(|| Decoder::new().max_event_size(32), input.as_bytes(), &[event("a")]);
}

#[test]
fn an_event_at_the_bound_is_read() {
    let line = format!("data: {}\n\n", "x".repeat(26));
    check_with(|| Decoder::new().max_event_size(32), line.as_bytes(), &[event(&line[6..32])]);
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
