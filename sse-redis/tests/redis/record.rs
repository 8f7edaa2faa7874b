//! Two nodes, publishing all the time, and what two clients may see of it.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use sse_hub::PublishError;
use tokio::{task::JoinHandle, time::sleep};

use crate::{
    node::{Client, Node, Seen},
    server::Server,
};

/// Two nodes, publishing all the time, and a client at each.
pub(crate) struct Traffic {
    pub(crate) nodes: Arc<[Node; 2]>,
    clients: [JoinHandle<Vec<Seen>>; 2],
    publishers: Vec<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    record: Arc<Record>,
}

/// What became of each publish.
#[derive(Default)]
pub(crate) struct Record {
    /// By ID.
    acknowledged: Mutex<HashMap<String, String>>,
    /// Those that may be stored, and the errors.
    uncertain: Mutex<Vec<(String, String)>>,
    /// Those that are not, and the errors.
    refused: Mutex<Vec<(String, String)>>,
    succeeded: AtomicUsize,
}

/// What the clients were told, and how publishes failed.
pub(crate) struct Outcome {
    pub(crate) gaps: [Vec<String>; 2],
    pub(crate) uncertain: Vec<(String, String)>,
    pub(crate) refused: Vec<(String, String)>,
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let some = |failed: &[(String, String)]| (failed.len(), failed.first().cloned());
        write!(f, "gaps {:?}, uncertain {:?}", self.gaps, some(&self.uncertain))?;
        write!(f, ", refused {:?}", some(&self.refused))
    }
}

impl Traffic {
    pub(crate) async fn on(server: &Server) -> Self {
        Self::of([Node::on(server).await, Node::on(server).await])
    }

    pub(crate) fn of(nodes: [Node; 2]) -> Self {
        let clients = [&nodes[0], &nodes[1]].map(|node| tokio::spawn(read(node.client())));
        let (nodes, stop, record) = (Arc::new(nodes), Arc::default(), Arc::default());
        let publisher = |which: usize| {
            let (nodes, stop, record) =
                (Arc::clone(&nodes), Arc::clone(&stop), Arc::clone(&record));
            tokio::spawn(publish(nodes, which, stop, record))
        };
        let publishers = vec![publisher(0), publisher(1)];
        Self { nodes, clients, publishers, stop, record }
    }

    /// Waits until so many more are acknowledged.
    pub(crate) async fn go_on(&self, count: usize) {
        let target = self.record.succeeded.load(SeqCst) + count;
        let start = Instant::now();
        while self.record.succeeded.load(SeqCst) < target {
            assert!(start.elapsed() < Duration::from_secs(30), "publishing does not recover");
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until so many more are refused, or may be stored.
    pub(crate) async fn fail(&self, count: usize) {
        let failed = || {
            self.record.refused.lock().expect("no panic").len()
                + self.record.uncertain.lock().expect("no panic").len()
        };
        let (target, start) = (failed() + count, Instant::now());
        while failed() < target {
            assert!(start.elapsed() < Duration::from_secs(30), "publishing does not fail");
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// Stops publishing, lets both clients have all, and holds what they saw against the log.
    pub(crate) async fn check(mut self, server: &Server) -> Outcome {
        self.go_on(20).await;
        self.stop.store(true, SeqCst);
        for publisher in self.publishers.drain(..) {
            publisher.await.expect("no panic");
        }
        let mut last = None;
        while last.is_none() {
            last = self.nodes[0].try_publish("end").await.ok();
            sleep(Duration::from_millis(20)).await;
        }
        let log = log_of_record(server).await;
        let mut gaps = [Vec::new(), Vec::new()];
        for (client, gaps) in self.clients.iter_mut().zip(&mut gaps) {
            *gaps = self.record.check(client.await.expect("it reads"), &log);
        }
        Outcome {
            gaps,
            uncertain: self.record.uncertain.lock().expect("no panic").clone(),
            refused: self.record.refused.lock().expect("no panic").clone(),
        }
    }
}

async fn read(mut client: Client) -> Vec<Seen> {
    let mut seen = Vec::new();
    loop {
        seen.push(client.next().await);
        if matches!(seen.last(), Some(Seen::Event { data, .. }) if data == "end") {
            return seen;
        }
    }
}

async fn publish(nodes: Arc<[Node; 2]>, which: usize, stop: Arc<AtomicBool>, record: Arc<Record>) {
    for number in 0.. {
        if stop.load(SeqCst) {
            break;
        }
        let data = format!("{which}-{number}");
        match nodes[which].try_publish(&data).await {
            Ok(id) => {
                let id = id.as_str().to_owned();
                assert_eq!(
                    record.acknowledged.lock().expect("no panic").insert(id, data),
                    None,
                    "an ID twice"
                );
                record.succeeded.fetch_add(1, SeqCst);
            }
            Err(PublishError::Backend(error)) => {
                let to = if error.may_be_stored { &record.uncertain } else { &record.refused };
                to.lock().expect("no panic").push((data, error.to_string()));
            }
            Err(error) => panic!("{error}"),
        }
        sleep(Duration::from_millis(2)).await;
    }
}

/// By position.
pub(crate) type Events = BTreeMap<(u64, u64), String>;

/// Everything that the log has now, and its epoch.
pub(crate) async fn log_of_record(server: &Server) -> (String, Events) {
    let log = server.log().await;
    let entries: Vec<(String, Vec<String>)> = redis::cmd("XRANGE")
        .arg(&log)
        .arg("-")
        .arg("+")
        .query_async(&mut server.connection().await)
        .await
        .expect("entries");
    let event = |(id, fields): (String, Vec<String>)| {
        let body = fields.get(3)?.strip_prefix("data: ")?.trim_end().to_owned();
        Some((position(&id), body))
    };
    let epoch = log.rsplit(':').next().expect("an epoch").to_owned();
    (epoch, entries.into_iter().filter_map(event).collect())
}

fn position(id: &str) -> (u64, u64) {
    match id.split_once('-') {
        Some((ms, sequence)) => {
            (ms.parse().expect("a number"), sequence.parse().expect("a number"))
        }
        None => (0, id.parse().expect("a number")),
    }
}

fn parse(id: &str) -> (String, (u64, u64)) {
    let (epoch, at) = id.split_once('.').expect("a hub's ID");
    (epoch.to_owned(), position(at))
}

impl Record {
    /// Holds what a client sees up to the end against what was acknowledged and what the log has:
    /// in each life, every event after its cursor comes next, but for those that a gap covers.
    fn check(&self, seen: Vec<Seen>, (epoch, log): &(String, Events)) -> Vec<String> {
        let mut truth = HashMap::from([(epoch.clone(), log.clone())]);
        for (id, data) in &*self.acknowledged.lock().expect("no panic") {
            let (epoch, at) = parse(id);
            truth.entry(epoch).or_default().insert(at, data.clone());
        }
        let mut gaps = Vec::new();
        let mut times = HashMap::new();
        let mut cursor: Option<(String, (u64, u64))> = None;
        for seen in seen {
            match seen {
                Seen::Event { id, data } => {
                    let (epoch, at) = parse(&id);
                    if let Some((known, after)) = &cursor {
                        assert_eq!(*known, epoch, "another life without a gap");
                        assert!(at > *after, "{id} after {after:?}: IDs rise");
                    }
                    let after = cursor.map_or((0, 0), |(_, after)| after);
                    let missed = missed(truth.get(&epoch), after, at);
                    assert_eq!(missed, None, "a hole before {id}, with gaps {gaps:?}");
                    let acknowledged = truth.get(&epoch).and_then(|truth| truth.get(&at));
                    assert!(acknowledged.is_none_or(|known| *known == data), "{id} is {data}");
                    *times.entry(data).or_insert(0) += 1;
                    cursor = Some((epoch, at));
                }
                Seen::Gap { reason, id } => {
                    gaps.push(reason);
                    let (epoch, at) = parse(&id);
                    let same = cursor.as_ref().is_some_and(|(known, _)| *known == epoch);
                    assert!(
                        same == (gaps.last().is_some_and(|reason| reason == "trimmed")),
                        "{gaps:?}"
                    );
                    cursor = Some((epoch, at));
                }
            }
        }
        let refused = self.refused.lock().expect("no panic");
        for (data, error) in &*refused {
            assert!(!times.contains_key(data), "{data} came, though it was refused: {error}");
        }
        for (data, times) in times {
            let again = gaps.iter().any(|reason| reason == "foreign");
            assert!(times == 1 || again, "{data} came {times} times");
        }
        gaps
    }
}

fn missed(truth: Option<&Events>, after: (u64, u64), at: (u64, u64)) -> Option<String> {
    truth?.iter().find(|(known, _)| **known > after && **known < at).map(|(_, data)| data.clone())
}
