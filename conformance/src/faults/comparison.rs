//! Compares the metrics of each node with what its clients and publishers saw.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use tokio::time::{Instant, sleep};

use super::{
    metrics::Metrics,
    tally::{GapId, Seen, Tally},
};

/// A node whose metrics are compared.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The name that it sends first on each stream.
    pub(super) name: String,
    /// Where its exporter listens.
    pub(super) exporter: SocketAddr,
    /// The number of its publishes that were acknowledged.
    pub(super) acknowledged: u64,
}

/// The nodes whose metrics were compared, in numbers.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// The number of nodes whose metrics equal the ledger.
    pub equal: usize,
    /// What is wrong with the others.
    pub wrong: Vec<String>,
    /// The missed events that these nodes had counted, which can be compared once the ledger is complete.
    counted: Vec<Counted>,
}

/// The missed events that a node had counted by a moment.
#[derive(Clone, Debug)]
struct Counted {
    node: String,
    missed: u64,
    /// The gap events that its clients had received by then.
    gaps: Vec<GapId>,
    /// Whether its clients received all gap events.
    exact: bool,
    /// The most missed events that are not in the ledger.
    unknown: u64,
}

/// The number of publishes that may or may not be stored.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unanswered {
    pub(super) all: u64,
    /// Those to the topic whose client does not read.
    pub(super) flood: u64,
}

/// The moment of a comparison, which decides what is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Streams are open, and events are published.
    UnderLoad,
    /// All streams have ended, and all events were delivered.
    AtTheEnd,
}

impl Comparison {
    /// Compares the metrics of nodes. A client learns of something only after the node has counted it, so the two are
    /// compared until they are equal.
    pub(super) async fn of(
        nodes: impl Fn() -> Vec<Node>,
        tally: &Tally,
        unanswered: impl Fn() -> Unanswered,
        moment: Moment,
    ) -> Self {
        let mut comparison = Self::default();
        for index in 0..nodes().len() {
            let until = Instant::now() + PATIENCE;
            loop {
                let metrics = Metrics::scrape(nodes()[index].exporter).await;
                let node = &nodes()[index];
                // A client that was cut before the first event does not know its node.
                let (seen, unnamed, unanswered) =
                    (tally.of(&node.name), tally.unnamed(), unanswered());
                let differences = match &metrics {
                    Ok(metrics) => {
                        differences(node, metrics, &seen, [unnamed, unanswered.all], moment)
                    }
                    Err(error) => vec![error.to_string()],
                };
                if let (Ok(metrics), []) = (&metrics, &differences[..]) {
                    let Seen { gaps, cut, .. } = seen;
                    comparison.equal += 1;
                    comparison.counted.push(Counted {
                        node: node.name.clone(),
                        missed: metrics.count("sse_hub_missed_events_total"),
                        exact: cut == 0 && metrics.count("sse_hub_gaps_total") == gaps.len() as u64,
                        unknown: unanswered.flood * gaps.len() as u64,
                        gaps,
                    });
                    break;
                }
                if Instant::now() > until {
                    comparison.wrong.push(format!("{}: {}", node.name, differences.join(", ")));
                    break;
                }
                sleep(Duration::from_millis(20)).await;
            }
        }
        comparison
    }

    /// Compares the counted missed events with those that the ledger finds for each gap event.
    pub(super) fn compare_missed(&mut self, found: &BTreeMap<GapId, u64>) {
        for Counted { node, missed, gaps, exact, unknown } in &self.counted {
            let least = gaps.iter().filter_map(|gap| found.get(gap)).sum::<u64>();
            let most = if *exact { least + unknown } else { u64::MAX };
            if !(least..=most).contains(missed) {
                self.equal -= 1;
                self.wrong
                    .push(format!("{node}: sse_hub_missed_events_total is {missed}, not {least}"));
            }
        }
    }

    /// The number of missed events that the nodes had counted.
    pub fn missed(&self) -> u64 {
        self.counted.iter().map(|counted| counted.missed).sum()
    }

    /// Adds the nodes of another comparison.
    pub(super) fn add(&mut self, other: Self) {
        self.equal += other.equal;
        self.wrong.extend(other.wrong);
        self.counted.extend(other.counted);
    }
}

fn differences(
    node: &Node,
    metrics: &Metrics,
    seen: &Seen,
    [unnamed, unanswered]: [u64; 2],
    moment: Moment,
) -> Vec<String> {
    let Seen { opened, closed, cut, events, .. } = *seen;
    let gaps = seen.gaps.len() as u64;
    let whole = cut == 0 && moment == Moment::AtTheEnd;
    let at_most = |exact: bool, seen: u64, more: u64| if exact { seen + more } else { u64::MAX };
    // The node publishes numbers itself.
    let acknowledged = node.acknowledged + metrics.count("numbers_published_total");
    let rows = [
        ("sse_streams_opened_total", opened, opened + unnamed),
        ("sse_streams_closed_total", closed, closed + unnamed),
        // A publish without an answer may have been counted.
        ("sse_hub_published_events_total", acknowledged, acknowledged + unanswered),
        // A client that was cut may have missed the last ones, and one that reads has not counted them.
        ("sse_hub_gaps_total", gaps, at_most(cut == 0, gaps, unnamed)),
        ("sse_events_sent_total", events, at_most(whole, events, unnamed)),
    ];
    let differs = |(name, least, most): &(&str, u64, u64)| {
        let count = metrics.count(name);
        (!(*least..=*most).contains(&count)).then(|| format!("{name} is {count}, not {least}"))
    };
    let counters = rows.iter().filter_map(differs);
    // Every stream has ended, so its place is free.
    let levels = ["sse_streams_active", "places_taken"].map(|name| (name, metrics.level(name)));
    let left = levels.into_iter().filter(|(_, level)| moment == Moment::AtTheEnd && *level != 0.0);
    counters.chain(left.map(|(name, level)| format!("{name} is {level}, not 0"))).collect()
}

/// Longer than a node takes to notice that a client has left.
const PATIENCE: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares what clients saw of a node with its metrics: streams opened and closed, events published, gap events,
    /// and events sent.
    #[track_caller]
    fn check(moment: Moment, cut: bool, metrics: [u64; 5], expected: &[&str]) {
        let tally = Tally::default();
        for (events, complete) in [(3, true), (2, !cut)] {
            let mut reading = tally.read();
            reading.event(Some("node"), "axum 7");
            for _ in 1..events {
                reading.event(None, "a");
            }
            reading.event(Some("gap"), "{}");
            reading.complete = complete;
        }
        let exporter = ([127, 0, 0, 1], 0).into();
        let node = Node { name: "axum 7".to_owned(), exporter, acknowledged: 8 };
        let [opened, closed, published, gaps, sent] = metrics;
        let text = format!(
            "# HELP sse_streams_opened_total a text\n\
             sse_streams_opened_total{{route=\"/a\"}} 1\n\
             sse_streams_opened_total{{route=\"/b c\"}} {}\n\
             sse_streams_closed_total {closed}\nsse_hub_published_events_total {published}\n\
             numbers_published_total 1\nsse_hub_gaps_total {gaps}\nsse_events_sent_total {sent}\n",
            opened - 1,
        );
        let metrics = Metrics::parse(&text).expect("numbers");
        assert_eq!(differences(&node, &metrics, &tally.of("axum 7"), [0, 0], moment), expected);
    }

    #[test]
    fn a_node_whose_metrics_differ_from_what_its_clients_saw_is_found() {
        use Moment::{AtTheEnd, UnderLoad};
        for moment in [UnderLoad, AtTheEnd] {
            check(moment, false, [2, 2, 9, 2, 5], &[]);
            check(moment, true, [2, 2, 9, 3, 6], &[]);
            check(moment, false, [3, 2, 9, 2, 5], &["sse_streams_opened_total is 3, not 2"]);
            check(moment, false, [2, 1, 9, 2, 5], &["sse_streams_closed_total is 1, not 2"]);
            check(moment, false, [2, 2, 8, 2, 5], &["sse_hub_published_events_total is 8, not 9"]);
            check(moment, false, [2, 2, 9, 3, 5], &["sse_hub_gaps_total is 3, not 2"]);
            check(moment, true, [2, 2, 9, 1, 5], &["sse_hub_gaps_total is 1, not 2"]);
            check(moment, true, [2, 2, 9, 2, 4], &["sse_events_sent_total is 4, not 5"]);
        }
        check(UnderLoad, false, [2, 2, 9, 2, 6], &[]);
        check(AtTheEnd, false, [2, 2, 9, 2, 6], &["sse_events_sent_total is 6, not 5"]);
    }

    #[test]
    fn missed_events_that_differ_from_the_ledger_are_found() {
        let tally = Tally::default();
        let mut reading = tally.read();
        reading.event(Some("node"), "axum 7");
        let reconnected = reading.event(Some("gap"), "{}");
        let open = reading.event(Some("gap"), r#"{"reason":"trimmed"}"#);
        let lost = reading.event(Some("gap"), r#"{"reason":"foreign"}"#);
        let [Some((first, false)), Some((second, true)), Some((_, false))] =
            [reconnected, open, lost]
        else {
            panic!("{reconnected:?} {open:?} {lost:?}")
        };
        let found = BTreeMap::from([(second, 7)]);
        for (missed, exact, equal) in
            [(7, true, 1), (8, true, 1), (9, true, 0), (6, true, 0), (9, false, 1), (6, false, 0)]
        {
            let counted = Counted {
                node: "axum 7".to_owned(),
                missed,
                gaps: vec![first, second],
                exact,
                unknown: 1,
            };
            let mut comparison =
                Comparison { equal: 1, counted: vec![counted], ..Comparison::default() };
            comparison.compare_missed(&found);
            assert_eq!((comparison.equal, comparison.wrong.len()), (equal, 1 - equal), "{missed}");
        }
    }

    #[test]
    fn a_place_that_is_not_free_at_the_end_is_found() {
        let node =
            Node { name: String::new(), exporter: ([127, 0, 0, 1], 0).into(), acknowledged: 0 };
        let left = |text: &str, moment| {
            differences(
                &node,
                &Metrics::parse(text).expect("numbers"),
                &Seen::default(),
                [0, 0],
                moment,
            )
        };
        for (text, expected) in [
            ("sse_streams_active 0\nplaces_taken 0\n", vec![]),
            ("sse_streams_active 0\nplaces_taken 1\n", vec!["places_taken is 1, not 0"]),
            ("sse_streams_active -1\nplaces_taken 0\n", vec!["sse_streams_active is -1, not 0"]),
        ] {
            assert_eq!(left(text, Moment::AtTheEnd), expected, "{text}");
            assert_eq!(left(text, Moment::UnderLoad), [""; 0]);
        }
    }
}
