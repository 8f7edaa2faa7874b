//! Connections to a hub that are cut at random bytes.

use std::time::{Duration, Instant};

use axum::{Router, extract::State, routing::get};
use futures_util::{StreamExt, future::join_all};
use sse_axum::{Config, Event, LastEventId, Refusal, Sse};
use sse_client::{Client, Update};
use sse_hub::{Hub, Retention, Start, Subscription};
use sse_test::{Fault, FaultProxy};
use tokio::{net::TcpListener, time::sleep};

use crate::dead::clients;

const READERS: usize = 20;

async fn events(State(hub): State<Hub>, last: LastEventId) -> Result<Sse<Subscription>, Refusal> {
    let subscription = hub.subscribe_from("numbers", last)?.start(Start::Earliest);
    let at_once = Config::default().retry(Duration::from_millis(1));
    Ok(Sse::new(subscription).config(at_once))
}

/// Reads until the event `end`; returns the numbers in the order of their arrival.
async fn read(client: Client) -> Vec<u64> {
    let mut updates = client.backoff(Duration::from_millis(1)..=Duration::from_millis(2)).updates();
    let mut numbers = Vec::new();
    loop {
        match updates.next().await.unwrap().unwrap() {
            Update::Event(event) => match event.event.as_deref() {
                Some("end") => return numbers,
                Some("number") => numbers.push(event.parse_json().unwrap()),
                _ => {}
            },
            Update::Gap(gap) => panic!("{gap:?}"),
            _ => {}
        }
    }
}

async fn check(cuts: usize) {
    let started = Instant::now();
    let hub =
        Hub::builder().retention(Retention::default().events(1_000_000).bytes(128 << 20)).build();
    let background = tokio::spawn(hub.background());
    let app = Router::new().route("/", get(events)).with_state(hub.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = FaultProxy::before(listener.local_addr().unwrap()).await.unwrap();
    tokio::spawn(sse_axum::serve(listener, app).into_future());
    proxy.inject_with(|| Fault::Cut { after: fastrand::u64(..2_000) });
    let url = proxy.url("/");

    let readers = (0..READERS).map(|n| clients(&url).into_iter().nth(n % 2).unwrap().1);
    let readers: Vec<_> = readers.map(|client| tokio::spawn(read(client))).collect();
    let mut published = 0_u64;
    while proxy.faults() < cuts {
        let event = Event::json(&published).unwrap().event("number");
        hub.publish("numbers", event).await.unwrap();
        published += 1;
        sleep(Duration::from_millis(1)).await;
    }
    proxy.inject(Fault::None);
    hub.publish("numbers", Event::data("").event("end")).await.unwrap();

    let expected: Vec<_> = (0..published).collect();
    let (mut lost, mut doubled) = (0, 0);
    for numbers in join_all(readers).await {
        let numbers = numbers.unwrap();
        let mut seen = numbers.clone();
        seen.sort_unstable();
        seen.dedup();
        doubled += numbers.len() - seen.len();
        lost += expected.len() - seen.len();
        assert!(numbers.is_sorted(), "events out of order");
    }
    println!(
        "{cuts} cuts, {READERS} readers of {published} events each: {lost} lost, {doubled} doubled, in {:.0} s",
        started.elapsed().as_secs_f32()
    );
    assert_eq!((lost, doubled), (0, 0));
    background.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_a_hub_that_are_cut_lose_and_double_nothing() {
    check(300).await;
}

#[ignore = "takes a minute; ./test.sh runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn in_10_000_cuts_at_random_bytes_nothing_is_lost_or_doubled() {
    check(10_000).await;
}
