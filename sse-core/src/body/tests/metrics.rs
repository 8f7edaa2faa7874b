//! Tests of the metrics of streams.

use std::collections::BTreeMap;

use ::metrics::{set_default_local_recorder, with_local_recorder};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use super::*;

/// Adds up what the recorder has seen. A snapshot begins again at zero.
struct Seen(Snapshotter, BTreeMap<String, Vec<f64>>);

impl Seen {
    fn by(recorder: &DebuggingRecorder) -> Self {
        Self(recorder.snapshotter(), BTreeMap::new())
    }

    /// Returns the metrics as a scrape shows them, without zeros.
    fn scrape(&mut self) -> BTreeMap<String, Vec<f64>> {
        for (key, _, _, value) in self.0.snapshot().into_vec() {
            let key = key.key();
            let labels = key.labels().map(|label| format!("{}={}", label.key(), label.value()));
            let name = format!("{} {}", key.name(), labels.collect::<Vec<_>>().join(","));
            let values = self.1.entry(name).or_default();
            let more = match value {
                DebugValue::Counter(value) => value as f64,
                DebugValue::Gauge(value) => value.0,
                DebugValue::Histogram(more) => {
                    values.extend(more.iter().map(|value| value.0));
                    continue;
                }
            };
            *values = vec![values.first().unwrap_or(&0.0) + more];
        }
        let shown = self.1.iter().filter(|(_, values)| values.iter().any(|value| *value != 0.0));
        shown.map(|(name, values)| (name.clone(), values.clone())).collect()
    }

    /// Returns the value of a counter or gauge.
    fn value(&mut self, name: &str) -> f64 {
        self.scrape().get(name).map_or(0.0, |values| values[0])
    }

    #[track_caller]
    fn shows(&mut self, expected: &[(&str, &[f64])]) {
        let expected: BTreeMap<_, _> =
            expected.iter().map(|(name, values)| ((*name).to_owned(), values.to_vec())).collect();
        assert_eq!(self.scrape(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn the_traffic_of_an_open_stream_is_visible_at_once() {
    let recorder = DebuggingRecorder::new();
    let mut seen = Seen::by(&recorder);
    let _guard = set_default_local_recorder(&recorder);
    let config = config().route("/prices").keep_alive(KeepAlive::every(seconds(5)));
    let mut body = uncut(Body::new(timed(&[(4, "a"), (6, "b")])).config(config));
    seen.shows(&[]);

    body.next().await;
    let open = [
        ("sse_streams_active route=/prices", &[1.0][..]),
        ("sse_streams_opened_total route=/prices", &[1.0]),
    ];
    let bytes = ("sse_bytes_sent_total route=/prices", &[12.0][..]);
    seen.shows(&[&open[..], &[bytes]].concat());

    body.next().await;
    let first = [
        ("sse_bytes_sent_total route=/prices", &[21.0][..]),
        ("sse_events_sent_total route=/prices", &[1.0]),
        ("sse_stream_first_event_seconds route=/prices", &[4.0]),
    ];
    seen.shows(&[&open[..], &first].concat());

    body.next().await; // the keep-alive
    body.next().await;
    let sent = [
        ("sse_bytes_sent_total route=/prices", &[43.0][..]),
        ("sse_events_sent_total route=/prices", &[2.0]),
        ("sse_keep_alives_sent_total route=/prices", &[1.0]),
        ("sse_stream_first_event_seconds route=/prices", &[4.0]),
    ];
    seen.shows(&[&open[..], &sent].concat());

    assert_eq!(body.next().await, None);
    let ended = [
        ("sse_stream_duration_seconds route=/prices", &[10.0][..]),
        ("sse_streams_closed_total route=/prices,reason=finished", &[1.0]),
        ("sse_streams_opened_total route=/prices", &[1.0]),
    ];
    seen.shows(&[&sent[..], &ended].concat());
}

/// An exporter may drop idle metrics, or be installed late.
#[tokio::test(start_paused = true)]
async fn a_server_registers_its_counters_again_after_some_time() {
    let scope = Scope::new(Shutdown::new(), &Config::default().route("/prices"));
    let sends = async || {
        let mut body = uncut(Body::new(timed(&[(0, "a")])).scope(Some(&scope)));
        body.next().await;
        body
    };
    let mut left = Vec::new();
    for _ in 0..2 {
        let recorder = DebuggingRecorder::new();
        let mut seen = Seen::by(&recorder);
        let _guard = set_default_local_recorder(&recorder);
        for events in [1.0, 2.0] {
            left.push(sends().await);
            assert_eq!(seen.value("sse_events_sent_total route=/prices"), events);
        }
        tokio::time::advance(seconds(1)).await;
    }
}

fn closed(seen: &mut Seen, reason: &str) -> f64 {
    seen.value(&format!("sse_streams_closed_total route=,reason={reason}"))
}

#[tokio::test(start_paused = true)]
async fn closed_streams_are_counted_by_reason() {
    let recorder = DebuggingRecorder::new();
    let mut seen = Seen::by(&recorder);
    let _guard = set_default_local_recorder(&recorder);
    for count in [1.0, 2.0] {
        let config = config().max_age(seconds(1));
        read(Body::new(stream::pending::<Event>()).config(config)).await;
        assert_eq!(closed(&mut seen, "max_age"), count);
    }
    let mut left = uncut(Body::new(stream::pending::<Event>()).config(config()));
    left.next().await;
    drop(left);
    assert_eq!(closed(&mut seen, "dropped"), 1.0);
    read(Body::new(stream::iter([Err::<Event, _>("x")])).config(config())).await;
    assert_eq!(closed(&mut seen, "error"), 1.0);
    assert_eq!(seen.value("sse_streams_active route="), 0.0);
}

#[tokio::test(start_paused = true)]
async fn a_drain_shows_what_is_left_and_what_it_abandoned() {
    let recorder = DebuggingRecorder::new();
    let mut seen = Seen::by(&recorder);
    let _guard = set_default_local_recorder(&recorder);
    let remaining = |seen: &mut Seen| seen.value("sse_drain_remaining ");
    let config = config();
    let open = async || {
        let mut body = uncut(Body::new(stream::pending::<Event>()).config(config.clone()));
        body.next().await;
        body
    };
    let (left, stuck, ends) = (open().await, open().await, open().await);
    assert_eq!(remaining(&mut seen), 0.0);
    let drained = shutdown(&config).begin(drain());
    let also_waits = shutdown(&config).begin(drain());
    assert_eq!(remaining(&mut seen), 3.0);
    drop(left);
    assert_eq!(remaining(&mut seen), 2.0);
    ends.collect::<Vec<_>>().await;
    assert_eq!(remaining(&mut seen), 1.0);
    // A stream that opens meanwhile ends at once.
    let late = open().await;
    assert_eq!(remaining(&mut seen), 2.0);
    late.collect::<Vec<_>>().await;
    assert_eq!(remaining(&mut seen), 1.0);
    for drained in [Box::pin(drained), Box::pin(also_waits)] {
        assert_eq!(drained.await.abandoned, 1);
        assert_eq!(seen.value("sse_drain_abandoned_total "), 1.0, "it is counted once");
    }
    drop(stuck);
    assert_eq!(remaining(&mut seen), 0.0);
    assert_eq!(seen.value("sse_streams_closed_total route=,reason=abandoned"), 1.0);
}

#[tokio::test]
async fn each_refusal_is_counted_once() {
    let recorder = DebuggingRecorder::new();
    let mut seen = Seen::by(&recorder);
    let _guard = set_default_local_recorder(&recorder);
    let mut rejected = || seen.value("sse_streams_rejected_total reason=draining");
    let scope = Scope::new(Shutdown::new(), &Config::default());
    let own = Shutdown::new();
    let config = Config::default().refuse_when_draining();
    let respond = |config: &Config| {
        let body = || Body::new(stream::pending::<Event>()).config(config.clone());
        drop(body().scope(Some(&scope)).into_parts());
        let (late, body) = body().late_scope();
        drop((body.into_parts(), late.set(&scope)));
    };
    respond(&config);
    assert_eq!(rejected(), 0.0);
    for shutdown in [scope.shutdown(), &own] {
        drop(shutdown.begin(drain()));
    }
    for (config, expected) in
        [(Config::default(), 0.0), (config.clone(), 2.0), (config.shutdown(own), 4.0)]
    {
        respond(&config);
        assert_eq!(rejected(), expected, "{config:?}");
    }
}

#[test]
fn a_limiter_counts_its_refusals_by_limit() {
    let recorder = DebuggingRecorder::new();
    let mut seen = Seen::by(&recorder);
    let _guard = set_default_local_recorder(&recorder);
    let later = crate::Limit::new(0).retry_later(seconds(9));
    let limiter = crate::Limiter::new(1).limit("user", 0).limit("topic", later);
    let events = || stream::pending::<Event>();
    limiter.per("user", "eve").admit(events()).expect_err("over the limit");
    drop(limiter.per("topic", "a").admit(events()).expect("a stream with only a retry"));
    let _only = limiter.admit(events()).expect("within the limit");
    limiter.admit(events()).expect_err("full");
    for reason in ["user", "retry_later", "full"] {
        assert_eq!(seen.value(&format!("sse_streams_rejected_total reason={reason}")), 1.0);
    }
}

#[test]
fn a_recorder_that_is_installed_later_sees_later_streams() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    let stream = || {
        runtime.block_on(read(Body::new(stream::iter([data("a")])).config(config())));
    };
    stream();
    for _ in 0..2 {
        let recorder = DebuggingRecorder::new();
        with_local_recorder(&recorder, stream);
        assert_eq!(Seen::by(&recorder).value("sse_events_sent_total route="), 1.0);
    }
}
