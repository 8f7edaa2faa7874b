//! What observers learn about the end of a stream.

use std::{sync::Arc, thread};

use super::*;
use crate::End;

#[tokio::test(start_paused = true)]
async fn the_end_and_its_reason_are_observed() {
    let (sender, ends) = mpsc::channel();
    let sender = Mutex::new(sender);
    let config = config().on_end(move |end| {
        sender.lock().expect("no panic").send(end.clone()).expect("a receiver");
    });
    let seen = |reason, age, bytes| {
        let end = ends.try_recv().expect("observed");
        assert_eq!(end, End { reason, age: seconds(age), bytes });
        assert!(ends.try_recv().is_err(), "once");
    };
    read(Body::new(timed(&[(2, "a")])).with(config.clone())).await;
    seen(EndReason::Finished, 2, 21);

    read(
        Body::new(stream::iter([Err::<Event, _>("x")])).with(config.clone().on_error(OnError::End)),
    )
    .await;
    seen(EndReason::Error, 0, 12);

    read(Body::new(stream::pending::<Event>()).with(config.clone().max_age(seconds(4)))).await;
    seen(EndReason::MaxAge, 4, 12);

    let mut body = uncut(Body::new(stream::pending::<Event>()).with(config.clone()));
    body.next().await.expect("the first chunk");
    sleep(seconds(3)).await;
    drop(body);
    seen(EndReason::Dropped, 3, 12);

    drop(Body::new(stream::pending::<Event>()).with(config.clone()));
    assert!(ends.try_recv().is_err(), "never polled");

    drop(config.shutdown.begin(drain()));
    read(Body::new(stream::pending::<Event>()).with(config)).await;
    seen(EndReason::Shutdown, 0, 12);
}

/// A configuration whose observer sends each reason, and those reasons.
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
    let body = tokio::spawn(read(Body::new(panics.boxed()).with(config.clone())));
    assert!(body.await.expect_err("a panic").is_panic());
    assert_eq!(reasons.try_iter().collect::<Vec<_>>(), [EndReason::Panicked]);

    // A panic elsewhere that drops a stream is not the stream's.
    let other = tokio::spawn(async move {
        let mut body = uncut(Body::new(stream::pending::<Event>()).with(config));
        body.next().await;
        panic!("on purpose");
    });
    assert!(other.await.expect_err("a panic").is_panic());
    assert_eq!(reasons.try_iter().collect::<Vec<_>>(), [EndReason::Dropped]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_left_at_the_drains_deadline_is_reported_as_abandoned() {
    let (config, reasons) = observed(config());
    let open = async || {
        let mut body = uncut(Body::new(stream::pending::<Event>()).with(config.clone()));
        body.next().await;
        body
    };
    let (left, stuck) = (open().await, open().await);
    let drained = config.shutdown.begin(drain());
    drop(left);
    assert_eq!(reasons.try_iter().collect::<Vec<_>>(), [EndReason::Dropped]);
    assert_eq!(drained.await.abandoned, 1);
    drop(stuck);
    assert_eq!(reasons.try_iter().collect::<Vec<_>>(), [EndReason::Abandoned]);
}

#[test]
fn a_dropped_runtime_is_not_reported_as_a_client() {
    let (config, reasons) = observed(config());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(async {
        tokio::spawn(read(Body::new(stream::pending::<Event>()).with(config)));
        tokio::task::yield_now().await;
    });
    assert_eq!(reasons.try_recv(), Err(mpsc::TryRecvError::Empty));
    drop(runtime);
    assert_eq!(reasons.try_iter().collect::<Vec<_>>(), [EndReason::Dropped]);
}

/// The only test that installs a configuration. Other tests in this process see it, so it must not change
/// what they check.
#[tokio::test]
async fn an_observer_of_a_response_is_called_beside_the_installed_ones() {
    let (names, seen) = mpsc::channel();
    let names = Arc::new(Mutex::new(names));
    // Other tests run in other threads, and an installed observer sees the ends of their streams too.
    let here = thread::current().id();
    let observer = |name: &'static str| {
        let names = Arc::clone(&names);
        move |_: &End| {
            if thread::current().id() == here {
                names.lock().expect("no panic").send(name).expect("a receiver");
            }
        }
    };
    let open = async |config: Option<Config>| {
        let body = Body::new(stream::pending::<Event>());
        let mut body = uncut(match config {
            Some(config) => body.with(config),
            None => body,
        });
        body.next().await;
        drop(body);
        seen.try_iter().collect::<Vec<_>>()
    };

    Config::default().retry(seconds(77)).on_end(observer("installed")).install();
    let mut body = uncut(Body::new(stream::pending::<Event>()));
    assert_eq!(body.next().await.expect("the first chunk"), "retry: 77000\n");
    drop(body);
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), ["installed"]);

    let route = observer("route");
    assert_eq!(open(None).await, ["installed"]);
    assert_eq!(open(Some(config())).await, ["installed"]);
    assert_eq!(open(Some(config().on_end(route.clone()))).await, ["installed", "route"]);
    assert_eq!(open(Some(Config::installed())).await, ["installed"]);
    assert_eq!(open(Some(Config::installed().on_end(route))).await, ["installed", "route"]);
    Config::default().install();
    assert_eq!(open(Some(config())).await, [""; 0]);
}
