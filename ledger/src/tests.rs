//! What is counted as a loss, as tables.

use std::time::{Duration, Instant};

use crate::{Account, Finding, Gap, Label, Ledger, Record};

/// An event that was published, and a line of what a client received: a topic, a number and an ID.
const A0: &str = "a 0 x.1-0";
const B0: &str = "b 0 x.2-0";
const A1: &str = "a 1 x.2-1";
const B1: &str = "b 1 x.10-0";
const A2: &str = "a 2 x.11-0";

/// Compares what a client of `a` and `b` received with a log. A line is an event as above, `id` and an
/// ID alone, or `gap`, the topic that it names and the ID at which it resumes. Expected are the numbers
/// of events that were delivered, doubled, missing and reported, of gap events and of groundless ones.
#[track_caller]
fn check_log(log: &[&str], lines: &[&str], expected: [usize; 6]) {
    let account = account(log, lines);
    let Account { delivered, doubled, missing, reported, gaps, groundless, .. } = account;
    assert_eq!([delivered, doubled, missing, reported, gaps, groundless], expected, "{lines:?}");
    if !lines.iter().any(|line| line.starts_with("id ")) {
        assert_eq!(account.expected(), log.len(), "every event has one fate: {lines:?}");
    }
}

/// With the log of the constants; also if the client begins with an ID that is before all events.
#[track_caller]
fn check(lines: &[&str], expected: [usize; 6]) {
    let log = [A0, B0, A1, B1, A2];
    check_log(&log, lines, expected);
    if !lines.iter().any(|line| line.starts_with("id ")) {
        check_log(&log, &[&["id x.0-0"], lines].concat(), expected);
    }
}

fn account(log: &[&str], lines: &[&str]) -> Account {
    ledger(log).audit().account(&record(lines))
}

/// One event is published each second.
fn ledger(log: &[&str]) -> Ledger {
    let start = Instant::now();
    let mut ledger = Ledger::default();
    for (seconds, event) in (0..).zip(log) {
        let (label, id) = event.rsplit_once(' ').expect("an ID");
        let Label { topic, number } = Label::parse(label).expect("a label");
        ledger.publish(topic, number, id, start + Duration::from_secs(seconds));
    }
    ledger
}

fn record(lines: &[&str]) -> Record {
    let mut record = Record::new(["a", "b"]);
    let at = Instant::now() + Duration::from_secs(60);
    for line in lines {
        let (rest, id) = line.rsplit_once(' ').expect("an ID");
        match rest.split_once(' ') {
            None => record.block(id, None, None, at),
            Some(("gap", topic)) => {
                let requested = record.last_event_id().unwrap_or_default();
                let data = format!(
                    r#"{{"reason":"trimmed","topics":["{topic}"],"requested":"{requested}","resumed_at":"{id}"}}"#
                );
                record.block(id, Some("gap"), Some(&data), at);
            }
            Some(_) => record.block(id, None, Some(&format!("{rest} xxx")), at),
        }
    }
    record
}

#[test]
fn a_gap_event_counts_what_no_earlier_one_has_reported() {
    let log = ledger(&[A0, B0, A1, B1, A2]);
    for (lines, expected) in [
        (&[B0, "gap a x.2-1", B1, A2][..], &[2][..]),
        (&[B0, "gap a x.2-1", "gap a x.2-1", B1, A2], &[2, 0]),
        (&[A0, "gap b x.2-0", "gap a x.11-0"], &[1, 2]),
        (&[A0, B0, A1, B1, "gap b x.11-0"], &[0]),
    ] {
        let findings = log.audit().findings(&record(lines));
        let missed = findings.iter().filter_map(|finding| match finding {
            Finding::Gap { missed, .. } => Some(*missed),
            _ => None,
        });
        assert_eq!(missed.collect::<Vec<_>>(), expected, "{lines:?}");
    }
}

#[test]
fn every_loss_is_counted_as_what_it_is() {
    check(&[A0, B0, A1, B1, A2], [5, 0, 0, 0, 0, 0]);
    // Missing: the first, one between, the last, a whole topic, everything.
    check(&[B0, A1, B1, A2], [4, 0, 1, 0, 0, 0]);
    check(&[A0, B0, B1, A2], [4, 0, 1, 0, 0, 0]);
    check(&[A0, B0, A1, B1], [4, 0, 1, 0, 0, 0]);
    check(&[A0, A1, A2], [3, 0, 2, 0, 0, 0]);
    check(&[], [0, 0, 5, 0, 0, 0]);
    // Received twice, at once and later, and out of order. An event that comes too late is missing.
    check(&[A0, B0, B0, A1, B1, A2], [5, 1, 0, 0, 0, 0]);
    check(&[A0, B0, A1, B1, B0, A1, A2], [5, 2, 0, 0, 0, 0]);
    check(&[B0, A0, A1, B1, A2], [4, 1, 1, 0, 0, 0]);
    check(&[A0, A1, B0, B1, A2], [4, 1, 1, 0, 0, 0]);
    // Reported: of one topic, and after the last event.
    check(&[B0, "gap a x.2-1", B1, A2], [3, 0, 0, 2, 1, 0]);
    check(&[A0, B0, A1, B1, "gap a x.11-0"], [4, 0, 0, 1, 1, 0]);
    // Reported not far enough.
    check(&[B0, "gap a x.1-0", B1, A2], [3, 0, 1, 1, 1, 0]);
    check(&[B0, "gap a x.2-0", B1, A2], [3, 0, 1, 1, 1, 0]);
    check(&[B0, A2, "gap b x.10-0"], [2, 0, 2, 1, 1, 0]);
    // Reported too far, so that the next event is out of order.
    check(&[B0, "gap a x.10-0", B1, A2], [2, 1, 1, 2, 1, 0]);
    // Reported of the other topic, where nothing is missing, and twice.
    check(&[B0, "gap b x.2-1", B1, A2], [3, 0, 2, 0, 1, 1]);
    check(&[A0, B0, "gap b x.2-1", B1, A2], [4, 0, 1, 0, 1, 1]);
    check(&[A0, B0, "gap b x.2-0", A1, B1, A2], [5, 0, 0, 0, 1, 1]);
    check(&[B0, "gap a x.2-1", "gap a x.2-1", B1, A2], [3, 0, 0, 2, 2, 1]);
    // A gap does not excuse what is missing after it.
    check(&["gap a x.2-1", "gap b x.2-0", A2], [1, 0, 1, 3, 2, 0]);
    // A client that begins in the middle. The same ID again changes nothing.
    check(&["id x.2-0", A1, B1, A2], [3, 0, 0, 0, 0, 0]);
    check(&["id x.2-0", "id x.2-0", A1, B1, A2], [3, 0, 0, 0, 0, 0]);
    check(&["id x.2-0", B1, A2], [2, 0, 1, 0, 0, 0]);
    check(&["id x.2-0", A1, "id x.10-0", A2], [2, 0, 1, 0, 0, 0]);
    check(&["id x.11-0"], [0, 0, 0, 0, 0, 0]);
}

/// Compares what a client of `a`, which is to end, received with a log. A line is as above, or `end` and an event
/// that is the last, or `204`. Expected are the numbers of events that were delivered, missing and reported, and
/// of topics that ended and that did not.
#[track_caller]
fn check_end(log: &[&str], lines: &[&str], expected: [usize; 5]) {
    let start = Instant::now();
    let mut ledger = Ledger::default();
    let parse = |line: &str| {
        let (label, id) = line.rsplit_once(' ').expect("an ID");
        (Label::parse(label).expect("a label").number, id.to_owned())
    };
    for (seconds, line) in (0..).zip(log) {
        let at = start + Duration::from_secs(seconds);
        match line.strip_prefix("end ") {
            Some(line) => {
                let (number, id) = parse(line);
                ledger.end("a", number, &id, at);
            }
            None => {
                let (number, id) = parse(line);
                ledger.publish("a", number, &id, at);
            }
        }
    }
    let at = start + Duration::from_secs(60);
    let mut record = Record::until_they_end(["a"]);
    for line in lines {
        if *line == "204" {
            record.finish(at);
        } else if let Some(id) = line.strip_prefix("gap ") {
            let requested = record.last_event_id().unwrap_or_default().to_owned();
            let (reason, topics) = ("trimmed".to_owned(), vec!["a".to_owned()]);
            record.gap(Gap { reason, topics, requested, resumed_at: id.to_owned() }, at);
        } else {
            let (rest, id) = line.rsplit_once(' ').expect("an ID");
            let (event, data) = match rest.strip_prefix("end ") {
                Some(data) => (Some("end"), data),
                None => (None, rest),
            };
            record.block(id, event, Some(data), at);
        }
    }
    ledger.witness(&record);
    let Account { delivered, missing, reported, ended, unended, .. } =
        ledger.audit().account(&record);
    assert_eq!([delivered, missing, reported, ended, unended], expected, "{lines:?}");
}

#[test]
fn the_end_of_a_topic_is_delivered_reported_or_missing() {
    let [a0, a1] = ["a 0 x.1", "end a 1 x.2"];
    let log = [a0, a1];
    check_end(&log, &[a0, a1, "204"], [2, 0, 0, 1, 0]);
    // The end is missing, in silence: the last event, the 204, both; and an event before it.
    check_end(&log, &[a0], [1, 1, 0, 0, 1]);
    check_end(&log, &[a0, a1], [2, 0, 0, 0, 1]);
    check_end(&log, &[], [0, 2, 0, 0, 1]);
    check_end(&log, &[a1, "204"], [1, 1, 0, 1, 0]);
    // It is reported, before the 204 or without it.
    check_end(&log, &[a0, "gap x.2", "204"], [1, 0, 1, 1, 0]);
    check_end(&log, &[a0, "gap x.2"], [1, 0, 1, 0, 0]);
    check_end(&log, &[a0, "gap x.1"], [1, 1, 0, 0, 1]);
    // The log was lost, and the topic ended again, for a client that was not yet asked not to reconnect.
    let log = [a0, a1, "end a 2 y.1"];
    check_end(&log, &[a0, a1, "204"], [2, 0, 0, 1, 0]);
    check_end(&log, &[a0, "gap y.0", "end a 2 y.1", "204"], [2, 0, 1, 1, 0]);
    check_end(&log, &[a0, a1, "gap y.0"], [2, 1, 0, 0, 1]);
    // Only a client has seen the end.
    check_end(&[a0], &[a0, a1, "204"], [2, 0, 0, 1, 0]);
}

#[test]
#[should_panic(expected = "a had not ended at Some(\"x.1\")")]
fn a_204_before_the_end_fails_the_test() {
    check_end(&["a 0 x.1", "end a 1 x.2"], &["a 0 x.1", "204"], [1, 0, 0, 0, 0]);
}

#[test]
fn an_epoch_is_after_the_one_before() {
    let [a0, b0, a1, b1, a2] = ["a 0 x.5", "b 0 x.6", "a 1 y.1", "b 1 y.2", "a 2 y.9"];
    let check = |lines: &[&str], expected| check_log(&[a0, b0, a1, b1, a2], lines, expected);
    check(&[a0, b0, a1, b1, a2], [5, 0, 0, 0, 0, 0]);
    // With a gap event that reports the rest of the old epoch and the beginning of the new one.
    check(&[a0, "gap a y.1", "gap b y.1", b1, a2], [3, 0, 0, 2, 2, 0]);
    check(&[a0, "gap b y.0", a1, b1, a2], [4, 0, 0, 1, 1, 0]);
    // Without one, or with one of another topic.
    check(&[a0, a1, b1, a2], [4, 0, 1, 0, 0, 0]);
    check(&[a0, "gap a y.0", a1, b1, a2], [4, 0, 1, 0, 1, 1]);
    check(&[a0, b0, a2], [3, 0, 2, 0, 0, 0]);
    // Back to the old epoch.
    check(&[a0, a1, b0, b1, a2], [4, 1, 1, 0, 0, 0]);
}

#[test]
fn an_epoch_without_events_is_where_clients_first_saw_it() {
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let gap = |requested: &str, resumed_at: &str| Gap {
        reason: "foreign".to_owned(),
        topics: vec!["a".to_owned()],
        requested: requested.to_owned(),
        resumed_at: resumed_at.to_owned(),
    };
    let mut ledger = Ledger::default();
    ledger.publish("a", 0, "x.1", at(1));
    ledger.publish("a", 1, "z.1", at(3));
    let mut record = Record::new(["a"]);
    record.event("a", 0, "x.1", at(1));
    record.gap(gap("x.1", "y.0"), at(2));
    record.gap(gap("y.0", "z.0"), at(3));
    record.event("a", 1, "z.1", at(4));
    ledger.witness(&record);
    let expected = Account { delivered: 2, gaps: 2, groundless: 2, ..Account::default() };
    assert_eq!(ledger.audit().account(&record), expected);
}

#[test]
fn an_event_that_nobody_acknowledged_is_in_the_log_once_a_client_has_it() {
    let mut ledger = ledger(&["a 0 x.1"]);
    let records = [record(&["a 0 x.1", "a 1 x.2", "a 2 x.3"]), record(&["a 0 x.1", "a 2 x.3"])];
    records.iter().for_each(|record| ledger.witness(record));
    assert_eq!(ledger.published(), 3);
    let mut account = Account::default();
    records.iter().for_each(|record| account.add(ledger.audit().account(record)));
    assert_eq!(account, Account { delivered: 5, missing: 1, ..Account::default() });
}

#[test]
fn an_event_under_two_ids_is_repeated() {
    let lines = ["a 0 x.1", "a 0 x.2"];
    let expected = Account { delivered: 2, repeated: 1, ..Account::default() };
    assert_eq!(account(&lines, &lines), expected);
}

#[test]
fn a_finding_has_the_times_of_its_event() {
    let mut ledger = Ledger::default();
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    ledger.publish("a", 0, "x.1", at(1));
    ledger.publish("a", 1, "x.2", at(2));
    let mut record = Record::new(["a"]);
    record.event("a", 1, "x.2", at(5));
    let missing = Finding::Missing { number: 0, published: at(1) };
    let delivered = Finding::Delivered { published: at(2), received: at(5) };
    assert_eq!(ledger.audit().findings(&record), [missing, delivered]);
}

#[test]
fn a_record_ends_with_the_event_of_its_last_topic() {
    let mut record = record(&[A0]);
    assert_eq!(record.target("/hub"), "/hub?topics=a,b,end");
    assert!(!record.has_ended());
    record.block("x.12-0", None, Some("end 0 "), Instant::now());
    assert!(record.has_ended());
}

#[test]
#[should_panic(expected = "event 1 of a was not published with the ID x.2-1")]
fn an_event_that_was_not_published_fails_the_test() {
    account(&[A0], &[A0, A1]);
}

#[test]
#[should_panic(expected = "the last event ID before")]
fn a_gap_that_resumes_from_elsewhere_fails_the_test() {
    let mut record = record(&[A0]);
    let data = r#"{"reason":"trimmed","topics":["a"],"requested":"x.9","resumed_at":"x.10"}"#;
    record.block("x.10", Some("gap"), Some(data), Instant::now());
}
