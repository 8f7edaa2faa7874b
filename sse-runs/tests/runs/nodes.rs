//! Runs on several nodes that share a log.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt, future::join_all};
use sse_core::{Event, EventId};
use sse_hub::{Backend, Hub, MemoryBackend, Principal, PublishError};
use sse_runs::{OnDisconnect, Outcome, ReadFrom, RunError, RunSettings, Runs, WriteError};
use tokio::{
    select,
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use crate::{ada, all, begin, publish, read, ready, status};

const LEASE: Duration = Duration::from_secs(30);
const SECOND: Duration = Duration::from_secs(1);

/// A process that shares the log.
struct Node {
    runs: Runs,
    stopped: watch::Sender<bool>,
    background: JoinHandle<()>,
}

impl Node {
    async fn on(log: &MemoryBackend) -> Self {
        let runs = Runs::builder().lease(LEASE).open(Hub::builder(), log.clone()).await;
        let runs = runs.expect("opens");
        let mut work = Box::pin(runs.background());
        let (stopped, mut gate) = watch::channel(false);
        let background = tokio::spawn(async move {
            loop {
                let stopped = *gate.borrow_and_update();
                select! {
                    changed = gate.changed() => if changed.is_err() { return work.await },
                    () = &mut work, if !stopped => return,
                }
            }
        });
        Self { runs, stopped, background }
    }

    /// Stops its work, as SIGSTOP does, or continues it.
    fn stop(&self, stopped: bool) {
        self.stopped.send_replace(stopped);
    }

    fn kill(&self) {
        self.background.abort();
    }
}

async fn nodes<const N: usize>() -> (MemoryBackend, [Node; N]) {
    let log = MemoryBackend::new(10_000);
    let nodes = join_all((0..N).map(|_| Node::on(&log))).await;
    (log, nodes.try_into().unwrap_or_else(|_| panic!("as many")))
}

/// Waits until a run has ended on a node; returns how long that took.
async fn ends(node: &Node, id: &str) -> (Outcome, Duration) {
    let began = Instant::now();
    loop {
        let status = node.runs.status(&ada(), id).expect("known");
        if let Some((outcome, _)) = status.ended {
            return (outcome, began.elapsed());
        }
        assert!(began.elapsed() < 10 * LEASE, "it does not end");
        sleep(SECOND).await;
    }
}

/// Waits until a node knows of a run.
async fn known(node: &Node, id: &str) {
    while node.runs.status(&ada(), id).is_err() {
        sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn every_node_delivers_the_same_events_with_the_same_numbers_and_ids() {
    let (log, [one, two]) = nodes().await;
    let (mut writer, id) = begin(&one.runs).await;
    // At once, although the other node may not have read of the run.
    let mut live = read(&two.runs, &id, ReadFrom::Start).await.expect("reads");
    assert_eq!(publish(&mut writer, "a").await, 1);
    let batch = ["b", "c", "d"].map(Event::data).into();
    assert_eq!(writer.publish_batch(batch).await, Ok(4));
    assert_eq!(writer.publish_batch(vec![]).await, Ok(4));
    writer.finish().await.expect("finishes");
    let whole = ["1 a", "2 b", "3 c", "4 d", "5 finished"];
    sleep(SECOND).await;
    assert_eq!(ready(&mut live), whole);
    let three = Node::on(&log).await;
    let mut ids = Vec::new();
    for node in [&one, &two, &three] {
        assert_eq!(all(&node.runs, &id, ReadFrom::AfterNumber(2)).await, whole[2..]);
        let reading = read(&node.runs, &id, ReadFrom::Start).await.expect("reads");
        ids.push(reading.map(|it| it.expect("retained").event.id).collect::<Vec<_>>().await);
        let after = ReadFrom::After(ids[0][2].clone().expect("an ID").into());
        assert_eq!(all(&node.runs, &id, after).await, whole[3..]);
        let last = ReadFrom::After(ids[0][4].clone().expect("an ID").into());
        assert_eq!(status(&node.runs, &id, last).await, 204);
        let bob = Principal::new("bob").expect("short");
        for from in [ReadFrom::Start, ReadFrom::After(EventId::from_static("x").into())] {
            assert_eq!(node.runs.read(&bob, &id, from).await.err(), Some(RunError::Unknown));
        }
        assert_eq!(node.runs.cancel(&bob, &id).await, Err(RunError::Unknown));
        assert_eq!(node.runs.status(&bob, &id), Err(RunError::Unknown));
    }
    assert!(ids.iter().all(|other| *other == ids[0]));
}

#[tokio::test(start_paused = true)]
async fn of_100_requests_with_one_key_on_three_nodes_one_writes() {
    let (log, nodes) = nodes::<3>().await;
    for round in 0..5 {
        let begins = (0..100).map(|number| {
            let runs = nodes[number % 3].runs.clone();
            let settings = RunSettings::default().key(format!("round {round}"));
            tokio::spawn(async move { runs.begin(&ada(), settings).await })
        });
        let begun = join_all(begins).await;
        let begun: Vec<_> = begun.into_iter().map(|it| it.expect("no panic")).collect();
        let writers: Vec<_> = begun.iter().filter_map(|it| it.as_ref().ok()).collect();
        assert_eq!(writers.len(), 1);
        for error in begun.iter().filter_map(|it| it.as_ref().err()) {
            let RunError::Claimed { run, .. } = error else { panic!("{error}") };
            assert_eq!(*run, writers[0].id());
        }
        // A node that opens later agrees.
        let late = Node::on(&log).await;
        let settings = RunSettings::default().key(format!("round {round}"));
        let again = late.runs.begin(&ada(), settings).await.err();
        assert!(matches!(again, Some(RunError::Claimed { run, .. }) if run == writers[0].id()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancel_reaches_the_writer_on_another_node() {
    let (_log, [one, two]) = nodes().await;
    let (mut writer, id) = begin(&one.runs).await;
    publish(&mut writer, "a").await;
    known(&two, &id).await;
    two.runs.cancel(&ada(), &id).await.expect("cancels");
    assert_eq!(timeout(SECOND, writer.ended()).await, Ok(Outcome::Cancelled));
    let refused = writer.publish(Event::data("b")).await;
    assert_eq!(refused, Err(WriteError::Fenced(Outcome::Cancelled)));
    assert_eq!(all(&one.runs, &id, ReadFrom::Start).await, ["1 a", "2 cancelled"]);
}

#[tokio::test(start_paused = true)]
async fn the_runs_of_a_dead_node_end_within_two_leases() {
    let (log, [one, two, three]) = nodes().await;
    let mut begun = Vec::new();
    for _ in 0..20 {
        let (mut writer, id) = begin(&one.runs).await;
        publish(&mut writer, "a").await;
        begun.push((writer, id));
    }
    let (other, of_two) = begin(&two.runs).await;
    sleep(10 * LEASE).await;
    for (_, id) in &begun {
        assert_eq!(two.runs.status(&ada(), id).expect("known").ended, None, "it renews its lease");
    }
    one.kill();
    for (_, id) in &begun {
        let (outcome, after) = ends(&two, id).await;
        assert_eq!(outcome, Outcome::Abandoned);
        assert!(after <= 2 * LEASE, "{after:?}");
    }
    for (_, id) in &begun {
        assert_eq!(all(&three.runs, id, ReadFrom::Start).await, ["1 a", "2 abandoned"]);
    }
    assert_eq!(three.runs.status(&ada(), &of_two).expect("known").ended, None);
    drop(other);

    // With all nodes gone, the next one ends their runs.
    let (writer, id) = begin(&two.runs).await;
    [&two, &three].into_iter().for_each(Node::kill);
    let four = Node::on(&log).await;
    let (outcome, after) = ends(&four, &id).await;
    assert!(outcome == Outcome::Abandoned && after <= 2 * LEASE, "{outcome:?} {after:?}");
    drop(writer);
}

#[tokio::test(start_paused = true)]
async fn nothing_that_a_stopped_node_writes_afterwards_reaches_a_reader() {
    let (_log, [one, two]) = nodes().await;
    let (mut writer, id) = begin(&one.runs).await;
    publish(&mut writer, "a").await;
    known(&two, &id).await;
    let mut reading = read(&two.runs, &id, ReadFrom::Start).await.expect("reads");
    one.stop(true);
    sleep(3 * LEASE).await;
    one.stop(false);
    // Before the node has read anything.
    let refused = writer.publish(Event::data("b")).await;
    assert_eq!(refused, Err(WriteError::Fenced(Outcome::Abandoned)));
    assert_eq!(writer.ended().await, Outcome::Abandoned);
    assert_eq!(writer.finish().await, Err(WriteError::Fenced(Outcome::Abandoned)));
    assert_eq!(ready(&mut reading), ["1 a", "2 abandoned"]);
    assert!(reading.next().await.is_none());
    assert_eq!(all(&one.runs, &id, ReadFrom::Start).await, ["1 a", "2 abandoned"]);

    // It has abandoned nothing itself, although it had read no renewal for three leases. The order of its tasks is
    // random, so it is stopped often.
    let (writer, id) = begin(&two.runs).await;
    known(&one, &id).await;
    for _ in 0..20 {
        one.stop(true);
        sleep(3 * LEASE).await;
        one.stop(false);
        sleep(SECOND).await;
        assert_eq!(two.runs.status(&ada(), &id).expect("known").ended, None);
    }
    drop(writer);
}

#[tokio::test(start_paused = true)]
async fn an_idle_cluster_writes_nothing_and_a_busy_node_renews_thrice_in_a_lease() {
    let (log, [one, _two]) = nodes().await;
    let head = async || {
        let floor = log.open().await.expect("opens").floor;
        log.read(floor, 100_000).await.expect("reads").entries.len()
    };
    sleep(100 * LEASE).await;
    assert_eq!(head().await, 0);
    let begun = [begin(&one.runs).await, begin(&one.runs).await, begin(&one.runs).await];
    let before = head().await;
    sleep(10 * LEASE).await;
    let renewals = head().await - before;
    assert!((29..=31).contains(&renewals), "{renewals}");
    drop(begun);
    sleep(SECOND).await;
    let before = head().await;
    sleep(10 * LEASE).await;
    assert_eq!(head().await, before);
}

#[tokio::test(start_paused = true)]
async fn the_record_of_a_run_outlives_its_events() {
    let log = MemoryBackend::new(4);
    let one = Node::on(&log).await;
    let (mut open, open_id) = begin(&one.runs).await;
    let (mut writer, id) = begin(&one.runs).await;
    publish(&mut open, "x").await;
    for _ in 0..3 {
        publish(&mut writer, "a").await;
    }
    writer.finish().await.expect("finishes");
    let last = {
        let reading = read(&one.runs, &id, ReadFrom::Start).await.expect("reads");
        let events: Vec<_> = reading.collect().await;
        events.last().cloned().expect("the end").expect("retained").event.id.expect("an ID")
    };
    for _ in 0..9 {
        one.runs.hub().publish("other", Event::data("x")).await.expect("published");
    }
    let two = Node::on(&log).await;
    for node in [&one, &two] {
        let status = node.runs.status(&ada(), &id).expect("remembered");
        let outcome = status.ended.map(|(outcome, _)| outcome);
        assert_eq!((status.last, outcome), (3, Some(Outcome::Finished)));
        let bob = Principal::new("bob").expect("short");
        assert_eq!(node.runs.status(&bob, &id), Err(RunError::Unknown));
        assert_eq!(node.runs.status(&ada(), &open_id).expect("known").ended, None);
    }
    // On the node that opened after the events were trimmed.
    let gone = read(&two.runs, &id, ReadFrom::Start).await.err();
    assert!(matches!(gone, Some(RunError::Gone { oldest: 4, .. })), "{gone:?}");
    assert_eq!(status(&two.runs, &id, ReadFrom::AfterNumber(4)).await, 204);
    assert_eq!(status(&two.runs, &id, ReadFrom::After(last.into())).await, 204);
    let mut tail = read(&two.runs, &open_id, ReadFrom::Tail).await.expect("it is open");
    assert_eq!(publish(&mut open, "y").await, 2);
    sleep(SECOND).await;
    assert_eq!(ready(&mut tail), ["2 y"]);
}

#[tokio::test(start_paused = true)]
async fn readers_on_all_nodes_count_for_the_policy() {
    let (_log, [one, two, three]) = nodes().await;
    let patience = OnDisconnect::StopAfter(5 * SECOND);
    let begin = async || {
        let settings = RunSettings::default().on_disconnect(patience);
        let writer = one.runs.begin(&ada(), settings).await.expect("begins");
        let id = writer.id().to_string();
        for node in [&two, &three] {
            known(node, &id).await;
        }
        (writer, id)
    };
    let (writer, id) = begin().await;
    let here = read(&one.runs, &id, ReadFrom::Start).await.expect("reads");
    let there = read(&two.runs, &id, ReadFrom::Start).await.expect("reads");
    sleep(SECOND).await;
    drop(here);
    sleep(10 * LEASE).await;
    assert!(writer.ended().now_or_never().is_none(), "a reader is left on another node");
    drop(there);
    sleep(4 * SECOND).await;
    assert!(writer.ended().now_or_never().is_none(), "it has time to reconnect");
    let returned = read(&three.runs, &id, ReadFrom::Start).await.expect("reads");
    sleep(20 * SECOND).await;
    assert!(writer.ended().now_or_never().is_none(), "it has reconnected to another node");
    drop(returned);
    assert_eq!(timeout(6 * SECOND, writer.ended()).await, Ok(Outcome::Cancelled));

    // The readers of a node that is gone are gone too.
    let (writer, id) = begin().await;
    let there = read(&two.runs, &id, ReadFrom::Start).await.expect("reads");
    sleep(SECOND).await;
    two.kill();
    assert_eq!(timeout(2 * LEASE, writer.ended()).await, Ok(Outcome::Cancelled));
    drop(there);
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_is_dropped_fails_its_run_on_every_node() {
    let (_log, [one, two]) = nodes().await;
    let (mut writer, id) = begin(&one.runs).await;
    publish(&mut writer, "a").await;
    known(&two, &id).await;
    let reading = read(&two.runs, &id, ReadFrom::Start).await.expect("reads");
    drop(writer);
    // The background ends after the end is in the log.
    drop(one.runs);
    timeout(SECOND, one.background).await.expect("ends").expect("no panic");
    let events: Vec<_> = reading.map(|it| crate::text(&it.expect("retained"))).collect().await;
    assert_eq!(events, ["1 a", "2 failed"]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_log_abandons_its_runs() {
    let (log, [one, two]) = nodes().await;
    let (mut writer, id) = begin(&one.runs).await;
    publish(&mut writer, "a").await;
    log.lose_everything();
    let refused = writer.publish(Event::data("b")).await;
    assert_eq!(refused, Err(WriteError::Fenced(Outcome::Abandoned)));
    assert_eq!(writer.ended().await, Outcome::Abandoned);
    sleep(SECOND).await;
    for node in [&one, &two] {
        assert_eq!(status(&node.runs, &id, ReadFrom::Start).await, 404);
    }
    let (writer, _) = begin(&one.runs).await;
    writer.finish().await.expect("finishes in the new log");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_missed_entries_learns_which_runs_have_begun_and_ended() {
    let log = MemoryBackend::new(3);
    let (one, two) = (Node::on(&log).await, Node::on(&log).await);
    let (before, ends) = begin(&one.runs).await;
    known(&two, &ends).await;
    two.stop(true);
    let (writer, begins) = begin(&one.runs).await;
    before.finish().await.expect("finishes");
    for _ in 0..9 {
        one.runs.hub().publish("other", Event::data("x")).await.expect("published");
    }
    two.stop(false);
    sleep(SECOND).await;
    let ended = two.runs.status(&ada(), &ends).expect("known").ended;
    assert_eq!(ended.map(|it| it.0), Some(Outcome::Finished));
    assert_eq!(two.runs.status(&ada(), &begins).expect("known").ended, None);
    drop(writer);
}

#[tokio::test(start_paused = true)]
async fn a_begin_that_was_dropped_leaves_no_open_run() {
    let (_log, [one, two]) = nodes().await;
    let owner = ada();
    // The order of a node's tasks is random, so this happens often.
    for round in 0..20 {
        let keyed = || RunSettings::default().key(round.to_string());
        let mut dropped = Box::pin(one.runs.begin(&owner, keyed()));
        assert!(dropped.as_mut().now_or_never().is_none());
        drop(dropped);
        sleep(SECOND).await;
        let claimed = two.runs.begin(&owner, keyed()).await.err();
        let Some(RunError::Claimed { run, .. }) = claimed else { panic!("{claimed:?}") };
        let ended = two.runs.status(&owner, &run.to_string()).expect("known").ended;
        let reason = "the writer was dropped".to_owned();
        assert_eq!(ended.map(|it| it.0), Some(Outcome::Failed { reason }));
    }
}

#[tokio::test(start_paused = true)]
async fn a_publish_that_was_dropped_leaves_the_run_to_fail() {
    let (_log, [one]) = nodes().await;
    let (mut writer, id) = begin(&one.runs).await;
    publish(&mut writer, "a").await;
    assert_eq!(writer.publish(Event::data("b")).now_or_never(), None);
    assert_eq!(writer.publish(Event::data("c")).await, Err(WriteError::Interrupted));
    assert_eq!(writer.finish().await, Err(WriteError::Interrupted));
    sleep(SECOND).await;
    assert_eq!(all(&one.runs, &id, ReadFrom::Start).await, ["1 a", "2 b", "3 failed"]);

    // An event that was certainly not published leaves the writer as it was.
    let (mut writer, id) = begin(&one.runs).await;
    let invalid = writer.publish(Event::new()).await;
    assert_eq!(invalid, Err(WriteError::Publish(PublishError::NoData)));
    assert_eq!(publish(&mut writer, "a").await, 1);
    writer.fail("no more").await.expect("fails");
    assert_eq!(all(&one.runs, &id, ReadFrom::Start).await, ["1 a", "2 failed"]);
}

#[tokio::test(start_paused = true)]
async fn a_whole_answer_is_written_to_the_log_in_order() {
    let (_log, [one, two]) = nodes().await;
    let (writer, id) = begin(&one.runs).await;
    let events = (1..=500).map(|number| Ok::<_, String>(Event::data(number.to_string())));
    let written = writer.write(futures_util::stream::iter(events)).await;
    assert_eq!(written, Ok(Outcome::Finished));
    let mut expected: Vec<_> = (1..=500).map(|number| format!("{number} {number}")).collect();
    expected.push("501 finished".into());
    assert_eq!(all(&two.runs, &id, ReadFrom::Start).await, expected);
}
