use std::{
    collections::VecDeque,
    pin::pin,
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, stream};
use proptest::prelude::{ProptestConfig, Strategy, prop, prop_assert_eq, prop_oneof, proptest};
use tokio::time::timeout;

use super::*;
use crate::{Event, Frame, Refusal};

const MINUTE: Duration = Duration::from_secs(60);

type Pending = Admitted<stream::Pending<Event>>;

/// Opens a silent stream of a user.
fn open(limiter: &Limiter, user: &str) -> Result<Pending, AdmitError> {
    limiter.per("user", user).admit(stream::pending())
}

#[test]
fn a_stream_over_a_limit_is_refused_until_another_ends() {
    let limiter = Limiter::new(3).limit("user", 2);
    let eve = [open(&limiter, "eve").expect("free"), open(&limiter, "eve").expect("free")];
    assert_eq!(
        open(&limiter, "eve").expect_err("two at most"),
        AdmitError::OverLimit { kind: "user", limit: 2 }
    );
    let bob = open(&limiter, "bob").expect("another user");
    assert_eq!(open(&limiter, "joe").expect_err("three at most"), AdmitError::Full { limit: 3 });
    assert_eq!(limiter.open_streams(), 3);

    drop(eve);
    assert_eq!(limiter.open_streams(), 1);
    let again = [open(&limiter, "eve"), open(&limiter, "eve")];
    assert!(again.iter().all(Result::is_ok));
    drop((again, bob));
    assert_eq!(limiter.open_streams(), 0);
    assert!(limiter.slots.is_unused());
}

#[test]
fn each_error_becomes_a_response() {
    let limiter = || Limiter::new(1).limit("user", 0).limit("topic", 9);
    let many = |limiter: &Limiter| {
        let keys = (0..256).fold(limiter.per("topic", ""), |keys, topic| keys.per("topic", topic));
        keys.admit(stream::pending::<Event>())
    };
    let of = |kind| move |limiter: &Limiter| limiter.per(kind, "a").admit(stream::pending());
    check_error(of("user")(&limiter()), 429, Some("5"));
    check_error(of("address")(&limiter()), 500, None);
    check_error(many(&limiter()), 400, None);
    let full = limiter();
    let _admitted = full.admit(stream::pending::<Event>()).expect("free");
    check_error(of("topic")(&full), 503, Some("5"));
}

#[track_caller]
fn check_error(refused: Result<Pending, AdmitError>, status: u16, retry_after: Option<&str>) {
    let refusal = Refusal::from(refused.expect_err("refused"));
    let header = refusal.headers().find(|(name, _)| *name == "retry-after");
    let header = header.as_ref().map(|(_, value)| value.as_ref());
    assert_eq!((refusal.status(), header), (status, retry_after), "{}", refusal.message());
}

#[tokio::test]
async fn a_place_is_free_once_a_stream_has_ended() {
    let limiter = Limiter::new(1);
    let mut admitted = limiter.admit(stream::iter([Event::data("a")])).expect("free");
    assert_eq!(admitted.next().await, Some(Event::data("a")));
    assert_eq!(limiter.open_streams(), 1);
    assert_eq!(admitted.next().await, None);
    assert_eq!(limiter.open_streams(), 0);
    assert_eq!(admitted.next().await, None);
}

#[tokio::test]
async fn a_place_is_free_after_a_panic() {
    let limiter = Limiter::new(1);
    let panics = stream::once(async { panic!("on purpose") });
    let mut admitted = limiter.admit(panics.boxed()).expect("free");
    let task = tokio::spawn(async move { admitted.next().await.map(|event: Event| event) });
    assert!(task.await.expect_err("a panic").is_panic());
    assert_eq!(limiter.open_streams(), 0);
}

#[tokio::test]
async fn an_event_source_may_be_asked_to_return_later() {
    let limiter = Limiter::new(2)
        .limit("user", Limit::new(1).retry_later(MINUTE))
        .retry_when_full(2 * MINUTE);
    let first = open(&limiter, "eve").expect("free");
    let over = open(&limiter, "eve").expect("an empty stream");
    assert_eq!(over.collect::<Vec<_>>().await, [Event::new().retry(MINUTE)]);
    let second = open(&limiter, "bob").expect("free");
    let full = open(&limiter, "joe").expect("an empty stream");
    assert_eq!(full.collect::<Vec<_>>().await, [Event::new().retry(2 * MINUTE)]);
    assert_eq!(limiter.open_streams(), 2);
    drop((first, second));
}

#[tokio::test]
async fn a_refusal_comes_before_an_empty_stream() {
    let limiter =
        Limiter::new(9).limit("topic", Limit::new(0).retry_later(MINUTE)).limit("user", 0);
    for admission in
        [limiter.per("topic", "a").per("user", "eve"), limiter.per("user", "eve").per("topic", "a")]
    {
        let error = admission.admit(stream::pending::<Event>()).expect_err("refused");
        assert_eq!(error, AdmitError::OverLimit { kind: "user", limit: 0 });
    }
}

#[tokio::test]
async fn the_oldest_stream_of_a_user_may_be_ended() {
    let limiter = Limiter::new(9).limit("user", Limit::new(2).end_oldest(MINUTE)).limit("topic", 5);
    let enter = |user: &str| {
        let frames = stream::pending::<Frame>();
        limiter.per("user", user).per("topic", "a").admit(frames).expect("admitted")
    };
    let mut eve = VecDeque::from([enter("eve"), enter("eve")]);
    let bob = enter("bob");
    assert!(eve[0].next().now_or_never().is_none());
    for _ in 0..3 {
        let oldest = eve.pop_front().expect("two streams");
        // It is woken, and ends.
        let oldest = tokio::spawn(oldest.collect::<Vec<_>>());
        tokio::task::yield_now().await;
        eve.push_back(enter("eve"));
        let items = timeout(MINUTE, oldest).await.expect("an end").expect("no panic");
        assert_eq!(items, [Event::new().retry(MINUTE).encode()]);
    }
    assert!(eve.iter_mut().all(|stream| stream.next().now_or_never().is_none()));
    assert_eq!(limiter.open_streams(), 3);
    drop((eve, bob));
    assert!(limiter.slots.is_unused());
}

#[tokio::test]
async fn a_displaced_stream_ends_after_its_current_event_even_if_it_is_always_ready() {
    let limiter = Limiter::new(9).limit("user", Limit::new(1).end_oldest(MINUTE));
    let ready = stream::repeat_with(|| Ok::<_, String>(Event::data("a")));
    let mut old = limiter.per("user", "eve").admit(ready).expect("free");
    assert_eq!(old.next().await, Some(Ok(Event::data("a"))));
    let new = open(&limiter, "eve").expect("free");
    assert_eq!(old.next().await, Some(Ok(Event::new().retry(MINUTE))));
    assert_eq!(old.next().await, None);
    drop(new);
}

#[tokio::test]
async fn a_displaced_stream_counts_in_the_total_until_it_has_ended() {
    let limiter = Limiter::new(2).limit("user", Limit::new(1).end_oldest(MINUTE));
    let unread = open(&limiter, "eve").expect("free");
    let _second = open(&limiter, "eve").expect("free");
    assert_eq!(open(&limiter, "eve").expect_err("full"), AdmitError::Full { limit: 2 });
    drop(unread);
    assert!(open(&limiter, "eve").is_ok());
}

#[test]
fn simultaneous_streams_get_exactly_the_places_that_are_free() {
    const THREADS: usize = 8;
    const EACH: usize = 125;
    let limiter = Limiter::new(900).limit("user", 300).limit("topic", 50);
    let limiter = limiter.limit("tab", Limit::new(7).end_oldest(MINUTE));
    for (kind, expected) in [("user", 300), ("topic", 50)] {
        let (barrier, refused) = (Barrier::new(THREADS), AtomicUsize::new(0));
        let admitted: Vec<Pending> = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        let mut admitted = Vec::new();
                        for _ in 0..EACH {
                            match limiter.per(kind, "a").admit(stream::pending()) {
                                Ok(stream) => admitted.push(stream),
                                Err(_) => drop(refused.fetch_add(1, Ordering::Relaxed)),
                            }
                        }
                        admitted
                    })
                })
                .collect();
            let joined = threads.into_iter().map(|thread| thread.join().expect("no panic"));
            joined.flatten().collect()
        });
        assert_eq!((admitted.len(), refused.into_inner()), (expected, THREADS * EACH - expected));
        assert_eq!(limiter.open_streams(), expected);
    }
    // Streams that end each other, and are dropped, on all threads.
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let mut open = VecDeque::new();
                for _ in 0..EACH {
                    open.extend(
                        limiter.per("tab", "a").per("user", "a").admit(stream::pending::<Event>()),
                    );
                    if open.len() > 3 {
                        open.pop_front();
                    }
                }
            });
        }
    });
    assert!(limiter.slots.is_unused());
}

#[derive(Clone, Debug)]
enum Step {
    Open { user: u8, tab: u8 },
    Drop(prop::sample::Index),
    Read(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..3_u8, 0..3_u8).prop_map(|(user, tab)| Step::Open { user, tab }),
        1 => prop::arbitrary::any::<prop::sample::Index>().prop_map(Step::Drop),
        1 => prop::arbitrary::any::<prop::sample::Index>().prop_map(Step::Read),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// The model is a list of the open streams, oldest first.
    #[test]
    fn whatever_opens_and_ends_the_limits_hold_exactly(steps in prop::collection::vec(step(), 1..80)) {
        const TOTAL: usize = 7;
        let limiter = Limiter::new(TOTAL).limit("user", 3).limit("tab", Limit::new(2).end_oldest(MINUTE));
        let mut open: Vec<(u8, u8, bool, _)> = Vec::new();
        for step in steps {
            match step {
                Step::Open { user, tab } => {
                    let count = |user_or_tab: &dyn Fn(&(u8, u8, bool, _)) -> bool| {
                        open.iter().filter(|entry| !entry.2 && user_or_tab(entry)).count()
                    };
                    let full = open.len() >= TOTAL;
                    // A place is not freed for a stream that another limit refuses.
                    let over = count(&|entry| entry.0 == user) >= 3;
                    let crowded = count(&|entry| entry.1 == tab) >= 2;
                    let admitted = limiter.per("user", user).per("tab", tab).admit(stream::pending::<Event>());
                    prop_assert_eq!(admitted.is_ok(), !full && !over);
                    if let Ok(stream) = admitted {
                        if crowded {
                            let oldest = open.iter_mut().find(|entry| !entry.2 && entry.1 == tab);
                            oldest.expect("a stream").2 = true;
                        }
                        open.push((user, tab, false, Some(stream)));
                    }
                }
                Step::Drop(at) if !open.is_empty() => drop(open.remove(at.index(open.len()))),
                Step::Read(at) if !open.is_empty() => {
                    let at = at.index(open.len());
                    let ended = open[at].2;
                    let stream = open[at].3.as_mut().expect("an open stream");
                    let item = pin!(stream).next().now_or_never();
                    prop_assert_eq!(item, ended.then(|| Some(Event::new().retry(MINUTE))));
                    if ended {
                        open.remove(at);
                    }
                }
                Step::Drop(_) | Step::Read(_) => {}
            }
            prop_assert_eq!(limiter.open_streams(), open.len());
        }
        drop(open);
        prop_assert_eq!(limiter.slots.is_unused(), true);
    }
}
