//! Writes and reads many runs, while the nodes and Redis fail.

use std::{
    collections::{BTreeSet, HashMap},
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use fastrand::Rng;
use futures_util::future::join_all;
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};

use super::{
    Report,
    cluster::Cluster,
    reader::{Received, read},
};
use crate::client::{Http1, Request};

/// What a trial does.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The number of runs.
    pub runs: usize,
    /// The number of runs at the same time.
    pub at_once: usize,
    /// The number of tokens of a run.
    pub tokens: u32,
    /// The longest pause before a batch of tokens, in ms.
    pub pause: u64,
    /// The number of nodes that are killed.
    pub kills: usize,
    /// The lease of a node.
    pub lease: Duration,
}

/// A run that has ended for its cut readers.
struct Ended {
    id: String,
    readers: Vec<Received>,
    refused: usize,
    fault: Option<String>,
}

/// Lets three nodes write and serve runs, kills and stops nodes, and restarts Redis.
///
/// # Errors
/// If a process cannot be started.
pub async fn trial(plan: Plan, rng: &mut Rng) -> io::Result<Report> {
    let began = Instant::now();
    let cluster = Arc::new(Cluster::start(plan.lease).await?);
    let (places, done) = (Arc::new(Semaphore::new(plan.at_once)), Arc::new(AtomicUsize::new(0)));
    let runs: Vec<_> = (0..plan.runs)
        .map(|number| {
            let (nodes, places, done) = (cluster.nodes.clone(), places.clone(), done.clone());
            let rng = rng.fork();
            tokio::spawn(async move {
                let _place = places.acquire().await;
                let ended = one(&nodes, number, plan, rng).await;
                done.fetch_add(1, Relaxed);
                ended
            })
        })
        .collect();
    let faults = faults(&cluster, plan, &done).await?;
    let runs: Vec<_> =
        join_all(runs).await.into_iter().map(|run| run.map_err(io::Error::other)).collect();
    let runs = runs.into_iter().collect::<io::Result<Vec<_>>>()?;
    // Any node delivers the whole run, also one that was started again.
    let mut whole = HashMap::new();
    for some in runs.chunks(50) {
        let read = some.iter().map(|run| read(&cluster.nodes, &run.id, false, rng.fork()));
        let read = join_all(read).await;
        whole.extend(some.iter().map(|run| run.id.clone()).zip(read));
    }
    let mut ends = HashMap::new();
    for Ended { id, .. } in &runs {
        let get = Request::get(format!("/runs/{id}/ended"));
        let (_, ms) = ask(cluster.nodes[0], &get).await?;
        let at = ms.parse().map(|ms| UNIX_EPOCH + Duration::from_millis(ms));
        ends.extend(at.map(|at| (id.clone(), at)));
    }
    let mut report = audit(&runs, &whole, &cluster.published()?, &faults, &ends);
    check_times(&mut report, plan);
    report.took = began.elapsed();
    Ok(report)
}

/// The processes that were killed or stopped, and when.
type Faults = HashMap<String, SystemTime>;

/// Causes the faults, spread over the trial.
async fn faults(cluster: &Cluster, plan: Plan, done: &AtomicUsize) -> io::Result<Faults> {
    let mut faults = HashMap::new();
    let steps = plan.kills + 2;
    for step in 0..steps {
        while done.load(Relaxed) < plan.runs * (step + 1) / (steps + 2) {
            sleep(Duration::from_millis(20)).await;
        }
        if step == plan.kills / 2 {
            cluster.restart_redis().await?;
            continue;
        }
        let node = busiest(&cluster.nodes, plan, done).await;
        let (id, at) = match step == plan.kills + 1 {
            true => cluster.stop(node, 3 * plan.lease).await?,
            false => cluster.kill(node, plan.lease / 2).await?,
        };
        faults.insert(id.to_string(), at);
    }
    Ok(faults)
}

/// Waits until a node writes a fifth of the runs, or all runs have ended; returns the one that writes most.
async fn busiest(nodes: &[SocketAddr], plan: Plan, done: &AtomicUsize) -> usize {
    let get = Request::get("/writing");
    loop {
        let answers = join_all(nodes.iter().map(|node| ask(*node, &get))).await;
        let writing = answers.into_iter().map(|answer| answer.ok()?.1.parse::<usize>().ok());
        let most = writing.enumerate().filter_map(|(node, runs)| Some((runs?, node))).max();
        let (runs, node) = most.unwrap_or_default();
        if runs >= plan.at_once / 5 || done.load(Relaxed) == plan.runs {
            return node;
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Begins one run with a key on all nodes at once, and lets two readers read it.
async fn one(nodes: &[SocketAddr], number: usize, plan: Plan, mut rng: Rng) -> Ended {
    let Plan { tokens, pause, .. } = plan;
    let begin = Request::post(format!("/runs?key={number}&tokens={tokens}&pause={pause}"));
    let mut ended = Ended { id: String::new(), readers: Vec::new(), refused: 0, fault: None };
    let mut begun = 0;
    let mut ids = BTreeSet::new();
    while ids.is_empty() {
        for answer in join_all(nodes.iter().map(|node| ask(*node, &begin))).await {
            match answer {
                Ok((201, id)) => {
                    begun += 1;
                    ids.insert(id);
                }
                Ok((409, id)) => {
                    ended.refused += 1;
                    ids.insert(id);
                }
                // The node is gone, or cannot reach Redis; perhaps it has begun the run.
                _ => sleep(Duration::from_millis(50)).await,
            }
        }
    }
    if begun > 1 || ids.len() > 1 {
        ended.fault = Some(format!("{begun} writers of {ids:?}"));
    }
    ended.id = ids.pop_first().unwrap_or_default();
    let readers = (0..2).map(|_| read(nodes, &ended.id, true, rng.fork()));
    ended.readers = join_all(readers).await;
    ended
}

/// Sends a request; returns the status and the text of the answer.
async fn ask(node: SocketAddr, request: &Request) -> io::Result<(u16, String)> {
    let answer = async {
        let answer = Http1::open(node).await?.ask(request, "1.1").await?;
        let (head, mut body) = answer.ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut text = Vec::new();
        while let Some(part) = body.next().await? {
            text.extend(part.bytes);
        }
        Ok((head.status, String::from_utf8_lossy(&text).into_owned()))
    };
    timeout(Duration::from_secs(5), answer).await?
}

/// Compares what the readers received with each other, with the whole runs, and with what the writers know.
fn audit(
    runs: &[Ended],
    whole: &HashMap<String, Received>,
    published: &HashMap<String, u64>,
    faults: &Faults,
    ends: &HashMap<String, SystemTime>,
) -> Report {
    let mut report = Report { published: published.values().sum(), ..Report::default() };
    for Ended { id, readers, refused, fault } in runs {
        let whole = &whole[id];
        let mut wrong: Vec<_> = fault.iter().cloned().collect();
        for received in readers.iter().chain([whole]) {
            wrong.extend(received.faults.iter().cloned());
            if received.events != whole.events {
                wrong.push("readers differ".to_owned());
            }
        }
        let outcome = whole.outcome().unwrap_or("none");
        // The end has a number too.
        let tokens = whole.events.len().saturating_sub(1) as u64;
        let known = published.get(id).copied().unwrap_or(0);
        if known > tokens {
            wrong.push(format!("{known} published, {tokens} read, {outcome}"));
        }
        let writers = whole.writers();
        if writers.len() > 1 {
            wrong.push(format!("the writers {writers:?}"));
        }
        if outcome == "abandoned" {
            let fault = writers.first().and_then(|writer| faults.get(*writer));
            match fault.zip(ends.get(id)) {
                Some((at, end)) => {
                    report.abandoned_after.push(end.duration_since(*at).unwrap_or_default());
                }
                // It has no token that names its process.
                None if writers.is_empty() => {}
                None => wrong.push("abandoned, although its node was there".to_owned()),
            }
        }
        report.refused += refused;
        report.events += readers.iter().map(|received| received.events.len()).sum::<usize>();
        report.connects += readers.iter().map(|received| received.connects).sum::<usize>();
        *report.outcomes.entry(outcome.to_owned()).or_default() += 1;
        report.faults.extend(wrong.into_iter().map(|what| format!("run {id}: {what}")));
    }
    report
}

fn check_times(report: &mut Report, plan: Plan) {
    for after in report.abandoned_after.iter().filter(|after| **after > 2 * plan.lease) {
        report.faults.push(format!("abandoned only after {after:.1?}"));
    }
    if report.abandoned_after.len() < plan.runs / 10 {
        report.faults.push("too few runs have lost their node to test anything".to_owned());
    }
}
