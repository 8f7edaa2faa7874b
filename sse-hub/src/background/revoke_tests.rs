//! Revocations on a backend, with several nodes.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use futures_util::{FutureExt, StreamExt};
use sse_core::Event;

use super::tests::{fill, node, read};
use crate::{
    Background, BackgroundError, Hub, MemoryBackend, Principal, PublishError, Subscription,
};

fn ada() -> Principal {
    Principal::new("ada").expect("short")
}

fn of(hub: &Hub, principal: &Principal) -> Subscription {
    let mut subscription = hub.subscribe("a").expect("subscribes").principal(principal);
    assert_eq!(read(&mut subscription).0, [""; 0]);
    subscription
}

/// Revokes a principal, with the background of its hub.
fn revoke(hub: &Hub, background: &mut Background) -> Result<(), PublishError> {
    let (ada, context) = (ada(), &mut Context::from_waker(Waker::noop()));
    let mut revoke = pin!(hub.revoke(&ada));
    match revoke.as_mut().poll(context) {
        Poll::Ready(refused) => refused,
        Poll::Pending => {
            fill(background);
            revoke.now_or_never().expect("its entry has arrived")
        }
    }
}

#[track_caller]
fn is_open(subscription: &mut Subscription) {
    assert_eq!(subscription.next().now_or_never(), None);
}

#[track_caller]
fn has_ended(subscription: &mut Subscription) {
    assert_eq!(subscription.next().now_or_never(), Some(None));
}

#[tokio::test]
async fn a_revocation_ends_the_subscriptions_of_every_node() {
    let backend = MemoryBackend::new(1_000);
    let (one, mut fill_one) = node(&backend).await;
    let (two, mut fill_two) = node(&backend).await;
    let (mut at_one, mut at_two) = (of(&one, &ada()), of(&two, &ada()));
    let bob = Principal::new("bob").expect("short");
    let mut other = of(&two, &bob);
    revoke(&one, &mut fill_one).expect("revokes");
    has_ended(&mut at_one);

    // A node that has not read the revocation yet admits a client, and ends it when it has.
    let mut lags = of(&two, &ada());
    is_open(&mut at_two);
    one.publish("a", Event::data("secret")).await.expect("published");
    fill(&mut fill_two);
    has_ended(&mut lags);
    has_ended(&mut at_two);
    assert_eq!(read(&mut other).0, ["secret"]);
    let mut again = of(&two, &ada());
    fill(&mut fill_two);
    is_open(&mut again);
    assert_eq!(one.revoke_now(&ada()), Err(PublishError::NeedsAwait));
    assert_eq!(one.stats().published, 1, "a revocation is not an event");
}

#[tokio::test]
async fn a_revocation_of_an_earlier_time_ends_nothing() {
    let backend = MemoryBackend::new(1_000);
    let (one, mut fill_one) = node(&backend).await;
    revoke(&one, &mut fill_one).expect("revokes");
    let (new, mut fill_new) = node(&backend).await;
    let mut subscription = of(&new, &ada());
    fill(&mut fill_new);
    is_open(&mut subscription);
}

#[tokio::test]
async fn a_node_that_may_have_missed_a_revocation_ends_whatever_has_a_principal() {
    let backend = MemoryBackend::new(2);
    let (hub, mut background) = node(&backend).await;
    let publish = async || hub.publish("b", Event::data("x")).await.expect("published");
    fill(&mut background);
    for fault in ["entries are lost", "the log is lost", "the background is dropped"] {
        let mut subscription = of(&hub, &ada());
        let mut nobody = hub.subscribe("a").expect("subscribes");
        read(&mut nobody);
        publish().await;
        publish().await;
        fill(&mut background);
        is_open(&mut subscription);
        match fault {
            "entries are lost" => {
                for _ in 0..3 {
                    publish().await;
                }
            }
            "the log is lost" => backend.lose_everything(),
            _ => break,
        }
        fill(&mut background);
        has_ended(&mut subscription);
        read(&mut nobody);
        is_open(&mut nobody);
        is_open(&mut of(&hub, &ada()));
    }
    let mut subscription = of(&hub, &ada());
    drop(background);
    has_ended(&mut subscription);
    let none = hub.revoke(&ada()).now_or_never().expect("at once");
    assert_eq!(none, Err(PublishError::Background(BackgroundError::Stopped)));
}
