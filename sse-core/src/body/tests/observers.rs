//! Tests of the data that observers receive about a stream.

use std::sync::Arc;

use super::*;
use crate::{Observer, OpenStream, StreamEnd};

#[tokio::test(start_paused = true)]
async fn the_end_and_its_reason_are_observed() {
    let (sender, ends) = mpsc::channel();
    let sender = Mutex::new(sender);
    let config = config().on_end(move |end| {
        sender.lock().expect("no panic").send(end.clone()).expect("a receiver");
    });
    let seen = |reason, age, bytes| {
        let end = ends.try_recv().expect("observed");
        assert_eq!((end.reason, end.age, end.bytes), (reason, seconds(age), bytes));
        assert!(ends.try_recv().is_err(), "once");
    };
    read(Body::new(timed(&[(2, "a")])).config(config.clone())).await;
    seen(EndReason::Finished, 2, 21);

    read(
        Body::new(stream::iter([Err::<Event, _>("x")]))
            .config(config.clone().on_error(OnError::End)),
    )
    .await;
    seen(EndReason::Error, 0, 12);

    read(Body::new(stream::pending::<Event>()).config(config.clone().max_age(seconds(4)))).await;
    seen(EndReason::MaxAge, 4, 12);

    let mut body = uncut(Body::new(stream::pending::<Event>()).config(config.clone()));
    body.next().await.expect("the first chunk");
    sleep(seconds(3)).await;
    drop(body);
    seen(EndReason::Dropped, 3, 12);

    drop(Body::new(stream::pending::<Event>()).config(config.clone()));
    assert!(ends.try_recv().is_err(), "never polled");

    drop(shutdown(&config).begin(drain()));
    read(Body::new(stream::pending::<Event>()).config(config)).await;
    seen(EndReason::Shutdown, 0, 12);
}

#[tokio::test(start_paused = true)]
async fn events_of_the_application_and_keep_alives_are_counted() {
    let (sender, ends) = mpsc::channel();
    let sender = Mutex::new(sender);
    let config = Config::default().keep_alive(KeepAlive::every(seconds(10))).on_end(move |end| {
        sender.lock().expect("no panic").send(end.clone()).expect("a receiver");
    });
    let ping = config.clone().keep_alive(KeepAlive::every(seconds(4)).event(data("")));
    let block = Frame::from_iter(&[data("a"), Event::new().comment("b"), data("c")]);
    let ok = |event| Ok::<_, &str>(event);
    type Items = stream::BoxStream<'static, Result<Frame, &'static str>>;
    let items = |items: Vec<Result<Frame, &'static str>>| -> Items { stream::iter(items).boxed() };
    let after = |time| -> Items {
        let event = async move {
            sleep(seconds(time)).await;
            ok(data("late").encode())
        };
        stream::once(event).boxed()
    };
    for (config, items, events, keep_alives, first_event) in [
        (config.clone(), items(vec![]), 0, 0, None),
        (config.clone(), items(vec![ok(data("a").encode())]), 1, 0, Some(0)),
        (config.clone(), items(vec![ok(block.clone()), ok(data("d").encode())]), 3, 0, Some(0)),
        (config.clone(), items(vec![ok(Event::new().retry(seconds(1)).encode())]), 0, 0, None),
        // The error event is the body's own.
        (config.clone(), items(vec![ok(data("a").encode()), Err("lost")]), 1, 0, Some(0)),
        (config.clone(), after(25), 1, 2, Some(25)),
        // A keep-alive is not one of the application's events, even if it has data.
        (ping, after(9), 1, 2, Some(9)),
    ] {
        read(Body::new(items).config(config)).await;
        let end = ends.try_recv().expect("observed");
        assert_eq!(
            (end.events, end.keep_alives, end.first_event),
            (events, keep_alives, first_event.map(seconds)),
            "{end:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_event_of_a_drain_is_not_counted() {
    let (sender, ends) = mpsc::channel();
    let sender = Mutex::new(sender);
    let config = config().on_end(move |end| {
        sender.lock().expect("no panic").send(end.events).expect("a receiver");
    });
    let items = stream::iter([data("a")]).chain(stream::pending());
    let body = tokio::spawn(read(Body::new(items).config(config.clone())));
    sleep(seconds(1)).await;
    drop(shutdown(&config).begin(drain().last_event(data("bye"))));
    let chunks = body.await.expect("no panic");
    assert!(chunks.iter().any(|(_, chunk)| chunk.contains("bye")), "{chunks:?}");
    assert_eq!(ends.try_recv(), Ok(1));
}

/// Records the calls of its methods, with the name of the observer.
struct Recorder(&'static str, Mutex<mpsc::Sender<(&'static str, &'static str, OpenStream)>>);

impl Recorder {
    fn record(&self, call: &'static str, stream: OpenStream) {
        self.1.lock().expect("no panic").send((self.0, call, stream)).expect("a receiver");
    }
}

impl Observer for Recorder {
    fn opened(&self, stream: &OpenStream) {
        self.record("opened", stream.clone());
    }

    fn first_event(&self, stream: &OpenStream) {
        self.record("first event", stream.clone());
    }

    fn ended(&self, end: &StreamEnd) {
        let StreamEnd { number, route, age, .. } = *end;
        self.record("ended", OpenStream { number, route, age });
    }
}

#[tokio::test(start_paused = true)]
async fn an_observer_can_match_the_calls_for_one_stream() {
    let (calls, seen) = mpsc::channel();
    let recorder = |name| Recorder(name, Mutex::new(calls.clone()));
    let server = config().route("/server").observer(recorder("server"));
    let scope = Scope::new(Shutdown::new(), &server);
    let own = Config::default().route("/own").observer(recorder("own"));
    let mut numbers = Vec::new();
    for (config, route, names) in
        [(Config::default(), "/server", &["server"][..]), (own, "/own", &["server", "own"])]
    {
        read(Body::new(timed(&[(2, "a"), (3, "b")])).scope(Some(&scope)).config(config)).await;
        let seen: Vec<_> = seen.try_iter().collect();
        let number = seen[0].2.number;
        let expected: Vec<_> = [("opened", 0), ("first event", 2), ("ended", 5)]
            .iter()
            .flat_map(|(call, age)| {
                let stream = OpenStream { number, route: Some(route), age: seconds(*age) };
                names.iter().map(move |name| (*name, *call, stream.clone()))
            })
            .collect();
        assert_eq!(seen, expected);
        numbers.push(number);
    }
    assert_ne!(numbers[0], numbers[1]);
}

/// Panics in each call.
struct Panics;

impl Observer for Panics {
    fn opened(&self, _: &OpenStream) {
        panic!("on purpose");
    }

    fn first_event(&self, _: &OpenStream) {
        panic!("on purpose");
    }

    fn ended(&self, _: &StreamEnd) {
        panic!("on purpose");
    }
}

#[tokio::test(start_paused = true)]
async fn an_observer_that_panics_harms_neither_the_stream_nor_other_observers() {
    let (calls, seen) = mpsc::channel();
    let config = config().observer(Panics).observer(Recorder("other", Mutex::new(calls)));
    let body = Body::new(timed(&[(2, "a")])).config(config.clone());
    check(read(body).await, &[(0, &[OPENING]), (2, &["data: a\n\n"])]);
    let names = |seen: &mpsc::Receiver<(_, &'static str, OpenStream)>| -> Vec<_> {
        seen.try_iter().map(|(_, call, _)| call).collect()
    };
    assert_eq!(names(&seen), ["opened", "first event", "ended"]);
    assert_eq!(shutdown(&config).open_streams(), 0);

    // A second panic would abort the process if it left the drop of the stream.
    let panics = stream::iter([data("a")]).chain(stream::once(async { panic!("on purpose") }));
    let body = tokio::spawn(read(Body::new(panics.boxed()).config(config.clone())));
    assert!(body.await.expect_err("a panic").is_panic());
    assert_eq!(names(&seen), ["opened", "ended"]);
    assert_eq!(shutdown(&config).open_streams(), 0);
}

/// Returns a configuration whose observer sends the reason of each end, and the receiver of the reasons.
fn observed(config: Config) -> (Config, mpsc::Receiver<EndReason>) {
    let (sender, reasons) = mpsc::channel();
    let sender = Mutex::new(sender);
    let config = config.on_end(move |end| {
        sender.lock().expect("no panic").send(end.reason).expect("a receiver");
    });
    (config, reasons)
}

#[tokio::test]
async fn a_panic_in_the_stream_is_reported_as_one() {
    let (config, reasons) = observed(config());
    let panics = stream::iter([data("a")]).chain(stream::once(async { panic!("on purpose") }));
    let body = tokio::spawn(read(Body::new(panics.boxed()).config(config.clone())));
    assert!(body.await.expect_err("a panic").is_panic());
    assert_eq!(reasons.try_iter().collect::<Vec<_>>(), [EndReason::Panicked]);

    // A panic elsewhere that drops a stream is not reported as the stream's own.
    let other = tokio::spawn(async move {
        let mut body = uncut(Body::new(stream::pending::<Event>()).config(config));
        body.next().await;
        panic!("on purpose");
    });
    assert!(other.await.expect_err("a panic").is_panic());
    assert_eq!(reasons.try_iter().collect::<Vec<_>>(), [EndReason::Dropped]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_open_at_the_drains_deadline_is_reported_as_abandoned() {
    let (config, reasons) = observed(config());
    let open = async || {
        let mut body = uncut(Body::new(stream::pending::<Event>()).config(config.clone()));
        body.next().await;
        body
    };
    let (left, stuck) = (open().await, open().await);
    let drained = shutdown(&config).begin(drain());
    drop(left);
    assert_eq!(reasons.try_iter().collect::<Vec<_>>(), [EndReason::Dropped]);
    assert_eq!(drained.await.abandoned, 1);
    drop(stuck);
    assert_eq!(reasons.try_iter().collect::<Vec<_>>(), [EndReason::Abandoned]);
}

#[test]
fn a_dropped_runtime_is_reported_as_a_drop() {
    let (config, reasons) = observed(config());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(async {
        tokio::spawn(read(Body::new(stream::pending::<Event>()).config(config)));
        tokio::task::yield_now().await;
    });
    assert_eq!(reasons.try_recv(), Err(mpsc::TryRecvError::Empty));
    drop(runtime);
    assert_eq!(reasons.try_iter().collect::<Vec<_>>(), [EndReason::Dropped]);
}

#[tokio::test(start_paused = true)]
async fn a_response_overrides_and_extends_the_configuration_of_its_server() {
    let (names, seen) = mpsc::channel();
    let names = Mutex::new(names);
    let names = Arc::new(names);
    let observer = |name: &'static str| {
        let names = Arc::clone(&names);
        move |_: &StreamEnd| names.lock().expect("no panic").send(name).expect("a receiver")
    };
    let server = Config::default().retry(seconds(77)).on_end(observer("server"));
    let scope = Scope::new(Shutdown::new(), &server);
    let open = async |scope: Option<&Scope>, config: Option<Config>| {
        let body = Body::new(stream::pending::<Event>()).scope(scope);
        let mut body = uncut(match config {
            Some(config) => body.config(config),
            None => body,
        });
        let first = body.next().await.expect("the first chunk");
        drop(body);
        (first, seen.try_iter().collect::<Vec<_>>())
    };
    let own = || Config::default().retry(seconds(5));
    for (scope, config, first, observed) in [
        (Some(&scope), None, "retry: 77000\n", &["server"][..]),
        (Some(&scope), Some(own()), "retry: 5000\n", &["server"]),
        (Some(&scope), Some(Config::default()), "retry: 77000\n", &["server"]),
        (Some(&scope), Some(own().on_end(observer("own"))), "retry: 5000\n", &["server", "own"]),
        (None, Some(own().on_end(observer("own"))), "retry: 5000\n", &["own"]),
        (None, Some(own()), "retry: 5000\n", &[]),
    ] {
        let (chunk, ends) = open(scope, config).await;
        assert_eq!((&chunk[..], &ends[..]), (first.as_bytes(), observed));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_belongs_to_the_server_that_answers_with_it() {
    let [one, other] = [(); 2]
        .map(|()| Scope::new(Shutdown::new(), &Config::default().keep_alive(KeepAlive::off())));
    // The body is made where no server is known, as in a separate task.
    let made = || Body::new(stream::pending::<Event>());
    let of_one = tokio::spawn(read(made().scope(Some(&one))));
    let (late, body) = made().late_scope();
    assert_eq!(late.set(&one), None);
    let late_of_one = tokio::spawn(read(body));
    let of_other = tokio::spawn(read(made().scope(Some(&other))));
    let of_none = tokio::spawn(read(made()));
    let in_handler = other.clone().run(async { Scope::current() }).await;
    let in_handler = tokio::spawn(read(made().scope(in_handler.as_ref())));
    sleep(seconds(1)).await;
    assert_eq!(one.shutdown().open_streams(), 2);
    assert_eq!(other.shutdown().open_streams(), 2);

    one.shutdown().begin(drain()).await;
    sleep(seconds(1)).await;
    assert!(of_one.is_finished() && late_of_one.is_finished());
    assert!(!of_other.is_finished() && !of_none.is_finished() && !in_handler.is_finished());
    for stream in [of_other, of_none, in_handler] {
        stream.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_whose_server_is_known_late_is_refused_like_any_other() {
    let scope = Scope::new(Shutdown::new(), &Config::default());
    drop(scope.shutdown().begin(drain()));
    for (config, refused) in [
        (Config::default(), None),
        (Config::default().refuse_when_draining(), Some(Head::UNAVAILABLE)),
        (Config::default().ending(Ending::WhenFinished), Some(Head::UNAVAILABLE)),
    ] {
        let body = || Body::new(stream::pending::<Event>()).config(config.clone());
        assert_eq!(body().late_scope().0.set(&scope), refused);
        let (head, _) = body().scope(Some(&scope)).into_parts();
        assert_eq!(head, refused.unwrap_or(Head::STREAM));
    }
}
