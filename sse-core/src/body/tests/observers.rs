//! Tests of the data that observers receive about the end of a stream.

use std::sync::Arc;

use super::*;
use crate::StreamEnd;

#[tokio::test(start_paused = true)]
async fn the_end_and_its_reason_are_observed() {
    let (sender, ends) = mpsc::channel();
    let sender = Mutex::new(sender);
    let config = config().on_end(move |end| {
        sender.lock().expect("no panic").send(end.clone()).expect("a receiver");
    });
    let seen = |reason, age, bytes| {
        let end = ends.try_recv().expect("observed");
        assert_eq!(end, StreamEnd { reason, age: seconds(age), bytes });
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
