//! Runs on several nodes that share a server.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, future::join_all};
use sse_core::Event;
use sse_hub::{Hub, Principal};
use sse_runs::{Outcome, ReadFrom, RunError, RunSettings, Runs, WriteError, Writer};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use crate::{loss::another_ms, node::backend, server::Server};

const LEASE: Duration = Duration::from_secs(2);

fn ada() -> Principal {
    Principal::new("ada").expect("short")
}

async fn node(server: &Server) -> (Runs, JoinHandle<()>) {
    let backend = backend(server).build().expect("valid settings");
    let runs = Runs::builder().lease(LEASE).open(Hub::builder(), backend).await.expect("opens");
    let background = tokio::spawn(runs.background());
    (runs, background)
}

async fn begin(runs: &Runs) -> (Writer, String) {
    let writer = runs.begin(&ada(), RunSettings::default()).await.expect("begins");
    let id = writer.id().to_string();
    (writer, id)
}

/// Returns the numbers and data of all events of a run, once it has ended.
async fn all(runs: &Runs, id: &str) -> Vec<String> {
    let reading = async {
        let reading = loop {
            match runs.read(&ada(), id, ReadFrom::Start).await {
                // The node has not read of the run.
                Err(RunError::Unknown) => sleep(Duration::from_millis(5)).await,
                reading => break reading.expect("reads"),
            }
        };
        reading.try_collect::<Vec<_>>().await.expect("nothing is evicted")
    };
    let events = timeout(Duration::from_secs(20), reading).await.expect("ends");
    let text = |event: &sse_runs::RunEvent| match &event.outcome {
        Some(outcome) => format!("{} {}", event.number, outcome.as_str()),
        None => format!("{} {}", event.number, event.event.data.as_deref().unwrap_or_default()),
    };
    events.iter().map(text).collect()
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_run_has_one_writer_and_the_same_events_on_every_node() {
    let server = Server::start().await;
    let nodes = join_all((0..3).map(|_| node(&server))).await;
    for round in 0..10 {
        let begins = (0..30).map(|number| {
            let runs = nodes[number % 3].0.clone();
            let settings = RunSettings::default().key(format!("round {round}"));
            tokio::spawn(async move { runs.begin(&ada(), settings).await })
        });
        let begun: Vec<_> =
            join_all(begins).await.into_iter().map(|it| it.expect("no panic")).collect();
        let (writers, refused): (Vec<_>, Vec<_>) = begun.into_iter().partition(Result::is_ok);
        let [Ok(writer)] = <[_; 1]>::try_from(writers).expect("one writes") else {
            panic!("it is")
        };
        let id = writer.id();
        for error in refused.into_iter().filter_map(Result::err) {
            assert!(matches!(error, RunError::Claimed { run, .. } if run == id), "{error}");
        }
        let id = id.to_string();
        let readers: Vec<_> = nodes.iter().map(|(runs, _)| all(runs, &id)).collect();
        let events = (1..=200).map(|number| Ok::<_, String>(Event::data(number.to_string())));
        let written = tokio::spawn(writer.write(futures_util::stream::iter(events)));
        let mut expected: Vec<_> = (1..=200).map(|number| format!("{number} {number}")).collect();
        expected.push("201 finished".into());
        for events in join_all(readers).await {
            assert_eq!(events, expected);
        }
        assert_eq!(written.await.expect("no panic"), Ok(Outcome::Finished));
    }
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_cancel_that_races_batches_leaves_no_hole_on_any_node() {
    let server = Server::start().await;
    let (one, two) = (node(&server).await.0, node(&server).await.0);
    for round in 0..20 {
        let (mut writer, id) = begin(&one).await;
        let writing = tokio::spawn(async move {
            let mut last = 0;
            loop {
                let batch = (1..=7).map(|at| Event::data((last + at).to_string())).collect();
                match writer.publish_batch(batch).await {
                    Ok(number) => last = number,
                    Err(error) => return (last, error),
                }
            }
        });
        while two.status(&ada(), &id).map_or(0, |status| status.last) <= round {
            another_ms().await;
        }
        two.cancel(&ada(), &id).await.expect("cancels");
        let (last, error) = writing.await.expect("no panic");
        assert_eq!(error, WriteError::Fenced(Outcome::Cancelled));
        let mut expected: Vec<_> = (1..=last).map(|number| format!("{number} {number}")).collect();
        expected.push(format!("{} cancelled", last + 1));
        assert_eq!(all(&one, &id).await, expected);
        assert_eq!(all(&two, &id).await, expected);
    }
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn the_runs_of_a_dead_node_end_within_two_leases_and_it_is_fenced() {
    let server = Server::start().await;
    let ((one, background), (two, _)) = (node(&server).await, node(&server).await);
    let mut begun = Vec::new();
    for _ in 0..50 {
        let (mut writer, id) = begin(&one).await;
        writer.publish(Event::data("a")).await.expect("published");
        begun.push((writer, id));
    }
    sleep(2 * LEASE).await;
    assert!(begun.iter().all(|(_, id)| two.status(&ada(), id).expect("known").ended.is_none()));
    background.abort();
    let died = Instant::now();
    for (_, id) in &begun {
        assert_eq!(all(&two, id).await, ["1 a", "2 abandoned"]);
    }
    let after = died.elapsed();
    assert!(after <= 2 * LEASE, "{after:?}");
    // Its hub follows the log no longer, so it reports that instead of the end.
    for (writer, _) in &mut begun {
        assert!(writer.publish(Event::data("b")).await.is_err());
    }
    another_ms().await;
    for (_, id) in &begun {
        assert_eq!(all(&two, id).await, ["1 a", "2 abandoned"]);
    }
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn the_record_of_a_run_outlives_its_entries_and_is_forgotten_after_its_end() {
    let server = Server::start().await;
    let (one, _) = node(&server).await;
    let (mut open, open_id) = begin(&one).await;
    open.publish(Event::data("a")).await.expect("published");
    let (mut writer, id) = begin(&one).await;
    writer.publish_batch(["a", "b"].map(Event::data).into()).await.expect("published");
    writer.finish().await.expect("finishes");
    for _ in 0..5 {
        one.hub().publish("b", Event::data("x")).await.expect("published");
    }
    server.ask(&format!("XTRIM {} MAXLEN 1", server.log().await)).await;
    let (two, _) = node(&server).await;
    let status = two.status(&ada(), &id).expect("remembered");
    let outcome = status.ended.map(|(outcome, _)| outcome);
    assert_eq!((status.last, outcome), (2, Some(Outcome::Finished)));
    let bob = Principal::new("bob").expect("short");
    assert_eq!(two.status(&bob, &id), Err(RunError::Unknown));
    let gone = two.read(&ada(), &id, ReadFrom::Start).await.err();
    assert!(matches!(gone, Some(RunError::Gone { oldest: 3, .. })), "{gone:?}");
    let nothing = two.read(&ada(), &id, ReadFrom::AfterNumber(3)).await.err();
    assert_eq!(nothing, Some(RunError::NothingLeft));
    let mut tail = two.read(&ada(), &open_id, ReadFrom::Tail).await.expect("it is open");
    open.publish(Event::data("b")).await.expect("published");
    let next = timeout(Duration::from_secs(5), tail.next()).await.expect("comes");
    assert_eq!(next.expect("an item").expect("retained").number, 2);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn notes_of_ended_topics_are_forgotten_with_their_ends() {
    let server = Server::start().await;
    let backend = backend(&server).remember_ends(Duration::from_millis(200));
    let hub = Hub::builder().open(backend.build().expect("valid settings")).await.expect("opens");
    tokio::spawn(hub.background());
    for number in 0..20 {
        let topic = format!("topic {number}");
        hub.note(&topic, "a note".into()).await.expect("appended");
        hub.end(&topic, Event::data("done")).await.expect("ends");
    }
    assert_eq!(hub.notes().await.expect("reads").len(), 20);
    sleep(Duration::from_millis(250)).await;
    hub.note("last", "a note".into()).await.expect("appended");
    hub.end("last", Event::data("done")).await.expect("ends");
    let notes = hub.notes().await.expect("reads");
    assert_eq!(notes.iter().map(|noted| noted.topic.as_str()).collect::<Vec<_>>(), ["last"]);
    // Messages keep what is remembered; without them it expires.
    for _ in 0..5 {
        hub.signal("hello".into()).await.expect("appended");
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(hub.notes().await.expect("reads").len(), 1);
    sleep(Duration::from_millis(400)).await;
    assert_eq!(hub.notes().await.expect("reads").len(), 0);
}
