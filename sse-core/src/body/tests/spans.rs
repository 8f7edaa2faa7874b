//! Tests of the spans of streams.

use std::fmt::Debug;

use tracing::{
    Event as LogEvent, Id, Instrument as _, Subscriber,
    field::{Field, Visit},
    info_span,
    span::{Attributes, Record},
    subscriber::set_default,
};
use tracing_subscriber::{
    Layer, Registry,
    filter::LevelFilter,
    layer::{Context as LayerContext, SubscriberExt as _},
    registry::LookupSpan,
};

use super::*;

/// Writes down spans and log events, each after the names of its spans, the outermost first.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn push(&self, line: String) {
        self.0.lock().expect("no panic").push(line);
    }

    fn take(&self) -> Vec<String> {
        mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 += &format!(" {field}={value:?}");
    }
}

fn path<S: Subscriber + for<'a> LookupSpan<'a>>(id: &Id, context: &LayerContext<'_, S>) -> String {
    let scope = context.span_scope(id).expect("a span");
    scope.from_root().map(|span| span.name()).collect::<Vec<_>>().join("/")
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Log {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        let mut fields = Fields(format!("{} opens", path(id, &context)));
        attributes.record(&mut fields);
        self.push(fields.0);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: LayerContext<'_, S>) {
        let mut fields = Fields(path(id, &context));
        values.record(&mut fields);
        self.push(fields.0);
    }

    fn on_event(&self, event: &LogEvent<'_>, context: LayerContext<'_, S>) {
        let scope = context.event_scope(event).into_iter().flat_map(|scope| scope.from_root());
        let path: Vec<_> = scope.map(|span| span.name()).collect();
        let mut fields = Fields(format!("{} {}", path.join("/"), event.metadata().level()));
        event.record(&mut fields);
        self.push(fields.0);
    }

    fn on_close(&self, id: Id, context: LayerContext<'_, S>) {
        self.push(format!("{} closes", path(&id, &context)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_has_a_span_below_the_one_in_which_its_response_was_made() {
    let log = Log::default();
    let _guard = set_default(Registry::default().with(log.clone()));
    let secret = stream::iter([0, 2]).then(|wait| async move {
        sleep(seconds(wait)).await;
        tracing::info!("polled");
        data("secret").id("secret")
    });
    let request = info_span!("request");
    let body = Body::new(secret).config(config().route("/prices"));
    let body = request.in_scope(|| body.into_parts().1);
    drop(request);
    // Another task polls it, in another span.
    read(body).instrument(info_span!("connection")).await;
    let lines = log.take();
    let expected = [
        "request opens",
        "connection opens",
        "request/event_stream opens route=\"/prices\"",
        "request/event_stream INFO message=polled",
        "request/event_stream INFO message=polled",
        "request/event_stream reason=\"finished\"",
        "request/event_stream events=2",
        "request/event_stream bytes=62",
        "request/event_stream duration_ms=2000",
        "request/event_stream closes",
        "request closes",
        "connection closes",
    ];
    assert_eq!(lines, expected);
    assert!(!lines.concat().contains("secret"));
}

#[tokio::test(start_paused = true)]
async fn the_span_of_a_stream_that_is_dropped_or_panics_has_its_reason() {
    let log = Log::default();
    let _guard = set_default(Registry::default().with(log.clone()));
    let mut left = uncut(Body::new(stream::pending::<Event>()).config(config()));
    left.next().await;
    drop(left);
    let panics = stream::once(async { panic!("on purpose") }).map(|()| data("a"));
    let body = tokio::spawn(read(Body::new(panics.boxed()).config(config())));
    assert!(body.await.expect_err("a panic").is_panic());
    let lines = log.take();
    let count = |line: &str| lines.iter().filter(|other| *other == line).count();
    assert_eq!(count("event_stream reason=\"dropped\""), 1, "{lines:?}");
    assert_eq!(count("event_stream reason=\"panicked\""), 1, "{lines:?}");
    assert_eq!(count("event_stream closes"), 2, "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn a_disabled_level_makes_no_span() {
    let log = Log::default();
    let _guard = set_default(Registry::default().with(LevelFilter::WARN).with(log.clone()));
    read(Body::new(timed(&[(2, "a")])).config(config())).await;
    assert_eq!(log.take(), [""; 0]);
}
