//! Tickets on a backend, with several nodes.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use futures_util::{FutureExt, StreamExt, future::join_all};
use sse_core::Event;

use super::tests::{fill, node};
use crate::{
    Backend, Background, Hub, MemoryBackend, Principal, Ticket, TicketError,
    backend::{Control, LogEvent, control_topic},
};

const LIFETIME: Duration = Duration::from_secs(5);

fn ada() -> Principal {
    Principal::new("ada").expect("short")
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Runs a future with the background of its hub.
fn run<T>(background: &mut Background, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    for _ in 0..3 {
        if let Poll::Ready(result) = poll(future.as_mut()) {
            return result;
        }
        fill(background);
    }
    panic!("its entry has not arrived");
}

fn issue(hub: &Hub, background: &mut Background) -> Ticket {
    run(background, hub.issue_ticket(&ada(), LIFETIME)).expect("room")
}

fn redeem(
    hub: &Hub,
    background: &mut Background,
    ticket: &Ticket,
) -> Result<Principal, TicketError> {
    run(background, hub.redeem_ticket(ticket.as_str()))
}

async fn entries(backend: &MemoryBackend) -> usize {
    let opened = backend.open().await.expect("opens");
    backend.read(opened.floor, 10_000).await.expect("reads").entries.len()
}

#[tokio::test]
async fn any_node_accepts_a_ticket_and_only_once() {
    let backend = MemoryBackend::new(1_000);
    let (one, mut fill_one) = node(&backend).await;
    let (two, mut fill_two) = node(&backend).await;
    fill(&mut fill_two);
    for used_at_one in [true, false] {
        let ticket = issue(&one, &mut fill_one);
        // The other node has not read it yet.
        let (first, second) = match used_at_one {
            true => (redeem(&one, &mut fill_one, &ticket), redeem(&two, &mut fill_two, &ticket)),
            false => (redeem(&two, &mut fill_two, &ticket), redeem(&one, &mut fill_one, &ticket)),
        };
        assert_eq!((first, second), (Ok(ada()), Err(TicketError::Refused)));
    }
    assert_eq!(one.stats().published, 0, "no event was published");
}

#[tokio::test]
async fn one_ticket_raced_by_100_requests_on_two_nodes_opens_one_stream() {
    let backend = MemoryBackend::new(1_000);
    let (one, background_one) = node(&backend).await;
    let (two, background_two) = node(&backend).await;
    let tasks = [tokio::spawn(background_one), tokio::spawn(background_two)];
    for round in 0..20 {
        let before = entries(&backend).await;
        let ticket = one.issue_ticket(&ada(), LIFETIME).await.expect("room");
        let request = |number| {
            let hub = if (number + round) % 3 == 0 { two.clone() } else { one.clone() };
            let ticket = ticket.clone();
            tokio::spawn(async move { hub.redeem_ticket(ticket.as_str()).await })
        };
        let requests = join_all((0..100).map(request)).await;
        let results: Vec<_> = requests.into_iter().map(|it| it.expect("no panic")).collect();
        let opened = results.iter().filter(|result| **result == Ok(ada())).count();
        assert_eq!(opened, 1, "{results:?}");
        assert!(
            results.iter().all(|it| it.as_ref().map_or_else(TicketError::status, |_| 401) == 401)
        );
        assert!(entries(&backend).await - before <= 3, "each node appends one use at most");
    }
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn the_first_use_in_the_log_counts_even_if_both_nodes_wait() {
    let backend = MemoryBackend::new(1_000);
    let (one, mut fill_one) = node(&backend).await;
    let (two, mut fill_two) = node(&backend).await;
    fill(&mut fill_two);
    let ticket = issue(&one, &mut fill_one);
    fill(&mut fill_two);
    let mut second = pin!(one.redeem_ticket(ticket.as_str()));
    let mut first = pin!(two.redeem_ticket(ticket.as_str()));
    assert!(poll(first.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
    fill(&mut fill_one);
    fill(&mut fill_two);
    assert_eq!(poll(second.as_mut()), Poll::Ready(Err(TicketError::Refused)));
    assert_eq!(poll(first.as_mut()), Poll::Ready(Ok(ada())));
}

#[tokio::test]
async fn a_ticket_expires_by_the_clock_of_the_node_that_redeems_it() {
    let backend = MemoryBackend::new(1_000);
    let (one, mut fill_one) = node(&backend).await;
    let (two, mut fill_two) = node(&backend).await;
    fill(&mut fill_two);
    let tickets = [issue(&one, &mut fill_one), issue(&one, &mut fill_one)];
    fill(&mut fill_two);
    two.tick(Instant::now() + 2 * LIFETIME);
    assert_eq!(redeem(&two, &mut fill_two, &tickets[0]), Err(TicketError::Refused));
    assert_eq!(redeem(&one, &mut fill_one, &tickets[0]), Ok(ada()), "here it is not as late");
    assert_eq!(redeem(&two, &mut fill_two, &tickets[1]), Err(TicketError::Refused));
}

#[tokio::test]
async fn tickets_of_an_unknown_age_are_refused() {
    let backend = MemoryBackend::new(3);
    let (one, mut fill_one) = node(&backend).await;
    let (lags, mut fill_lags) = node(&backend).await;
    fill(&mut fill_lags);
    let publish = async || one.publish("a", Event::data("x")).await.expect("published");
    for fault in ["it was issued before the node opened", "entries are lost", "the log is lost"] {
        let ticket = issue(&one, &mut fill_one);
        if fault == "it was issued before the node opened" {
            let (new, mut fill_new) = node(&backend).await;
            assert_eq!(redeem(&new, &mut fill_new, &ticket), Err(TicketError::Refused));
            continue;
        }
        fill(&mut fill_lags);
        match fault {
            "the log is lost" => backend.lose_everything(),
            _ => {
                for _ in 0..4 {
                    publish().await;
                }
            }
        }
        fill(&mut fill_lags);
        assert_eq!(redeem(&lags, &mut fill_lags, &ticket), Err(TicketError::Refused), "{fault}");
        fill(&mut fill_one);
        let ticket = issue(&one, &mut fill_one);
        assert_eq!(redeem(&lags, &mut fill_lags, &ticket), Ok(ada()), "a new one is valid");
    }
}

#[tokio::test]
async fn a_revocation_voids_tickets_on_every_node() {
    let backend = MemoryBackend::new(1_000);
    let (one, mut fill_one) = node(&backend).await;
    let (two, mut fill_two) = node(&backend).await;
    fill(&mut fill_two);
    let tickets = [issue(&one, &mut fill_one), issue(&one, &mut fill_one)];
    // One is being redeemed when the revocation arrives, before its use.
    fill(&mut fill_two);
    run(&mut fill_one, one.revoke(&ada())).expect("revokes");
    let mut waits = pin!(two.redeem_ticket(tickets[0].as_str()));
    assert!(poll(waits.as_mut()).is_pending());
    fill(&mut fill_two);
    assert_eq!(poll(waits.as_mut()), Poll::Ready(Err(TicketError::Refused)));
    assert_eq!(redeem(&two, &mut fill_two, &tickets[1]), Err(TicketError::Refused));
    assert_eq!(redeem(&one, &mut fill_one, &tickets[1]), Err(TicketError::Refused));
}

#[tokio::test]
async fn a_ticket_whose_use_is_not_known_counts_as_used() {
    let backend = MemoryBackend::new(1_000);
    let (hub, mut background) = node(&backend).await;
    fill(&mut background);
    let [dropped, failed] = [issue(&hub, &mut background), issue(&hub, &mut background)];
    {
        let mut redeem = pin!(hub.redeem_ticket(dropped.as_str()));
        assert!(poll(redeem.as_mut()).is_pending());
    }
    assert_eq!(redeem(&hub, &mut background, &dropped), Err(TicketError::Refused));

    let mut waits = pin!(hub.redeem_ticket(failed.as_str()));
    assert!(poll(waits.as_mut()).is_pending());
    backend.lose_everything();
    fill(&mut background);
    let Poll::Ready(Err(error)) = poll(waits.as_mut()) else { panic!("the log is lost") };
    assert!(matches!(error, TicketError::Log(_)) && error.status() == 503, "{error:?}");
    drop(background);
    let none = hub.issue_ticket(&ada(), LIFETIME).now_or_never().expect("at once");
    assert_eq!(none.err().map(|error| error.status()), Some(503));
}

#[tokio::test]
async fn a_ticket_that_was_invented_costs_no_entry_and_few_wait() {
    let backend = MemoryBackend::new(1_000);
    let (hub, mut background) = node(&backend).await;
    let ticket = issue(&hub, &mut background);
    let before = entries(&backend).await;
    let (id, secret) = ticket.as_str().rsplit_once('.').expect("two parts");
    let (epoch, _) = id.split_once('.').expect("two parts");
    let invented = format!("{epoch}.1.{}", "0".repeat(secret.len()));
    let refused = hub.redeem_ticket(&invented).now_or_never().expect("at once");
    assert_eq!(refused, Err(TicketError::Refused));

    let future = format!("{epoch}.5.{secret}");
    let mut waiting: Vec<_> = (0..128).map(|_| Box::pin(hub.redeem_ticket(&future))).collect();
    assert!(waiting.iter_mut().all(|it| poll(it.as_mut()).is_pending()));
    let more = hub.redeem_ticket(&future).now_or_never().expect("at once");
    assert_eq!(
        (more.as_ref().err(), TicketError::Behind.status()),
        (Some(&TicketError::Behind), 503)
    );
    assert_eq!(entries(&backend).await, before);
    assert_eq!(redeem(&hub, &mut background, &ticket), Ok(ada()), "it does not wait");
    // Once the position is passed, they are refused.
    for _ in 0..5 {
        hub.publish("a", Event::data("x")).await.expect("published");
    }
    fill(&mut background);
    for it in &mut waiting {
        assert_eq!(poll(it.as_mut()), Poll::Ready(Err(TicketError::Refused)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_ticket_whose_entry_never_arrives_is_not_waited_for() {
    let backend = MemoryBackend::new(1_000);
    let (hub, mut background) = node(&backend).await;
    let ticket = issue(&hub, &mut background);
    let (id, secret) = ticket.as_str().rsplit_once('.').expect("two parts");
    let (epoch, _) = id.split_once('.').expect("two parts");
    let began = tokio::time::Instant::now();
    let redeemed = hub.redeem_ticket(&format!("{epoch}.1000000.{secret}")).await;
    assert_eq!((redeemed, began.elapsed().as_secs()), (Err(TicketError::Behind), 5));
    assert_eq!(redeem(&hub, &mut background, &ticket), Ok(ada()), "the place is free again");
}

#[tokio::test]
async fn tickets_over_the_limit_are_refused_wherever_they_come_from() {
    let backend = MemoryBackend::new(1_000);
    let (hub, mut background) = node(&backend).await;
    fill(&mut background);
    let mut issuing: Vec<_> =
        (0..20).map(|_| Box::pin(async { hub.issue_ticket(&ada(), LIFETIME).await })).collect();
    assert!(issuing.iter_mut().all(|it| poll(it.as_mut()).is_pending()));
    fill(&mut background);
    let issued: Vec<_> = issuing.into_iter().map(|it| it.now_or_never().expect("ready")).collect();
    assert_eq!(issued.iter().filter(|it| it.is_ok()).count(), 16);
    assert!(issued.iter().flat_map(|it| it.as_ref().err()).all(|error| error.status() == 429));
    let more = hub.issue_ticket(&ada(), LIFETIME).now_or_never().expect("at once");
    assert_eq!(more.err().map(|error| error.status()), Some(429));

    // The same holds for one that another node has issued.
    let (hash, lifetime, principal) = ([7; 32], LIFETIME, ada());
    let control = Control::Ticket { hash, lifetime, principal };
    backend.append(&control_topic(), control.encode()).await.expect("appends");
    fill(&mut background);
    assert!(!hub.0.shared.look(|state| state.has_ticket(&hash)));
}

#[tokio::test]
async fn an_entry_that_a_tail_yields_again_changes_nothing() {
    let backend = MemoryBackend::new(1_000);
    let (hub, mut background) = node(&backend).await;
    let ticket = issue(&hub, &mut background);
    assert_eq!(redeem(&hub, &mut background, &ticket), Ok(ada()));
    run(&mut background, hub.revoke(&ada())).expect("revokes");
    let mut subscription = hub.subscribe("a").expect("subscribes").principal(&ada());
    let opened = backend.open().await.expect("opens");
    for entry in backend.read(opened.floor, 10).await.expect("reads").entries {
        let feed = background.feed.as_mut().expect("it was polled");
        let mut arrival = feed.arrival(Ok(LogEvent::Entry(entry)));
        hub.0.change(|state, waiters| arrival.apply(state, Instant::now(), waiters));
    }
    assert_eq!(redeem(&hub, &mut background, &ticket), Err(TicketError::Refused));
    assert!(subscription.next().now_or_never().flatten().is_some(), "it began afterwards");
    assert_eq!(subscription.next().now_or_never(), None);
}
