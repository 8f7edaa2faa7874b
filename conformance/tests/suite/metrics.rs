//! The list of metrics and the dashboard name what the code describes.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    with_local_recorder,
};

/// Takes the descriptions of metrics: the type and the unit of each.
#[derive(Clone, Default)]
struct Described(Arc<Mutex<BTreeMap<String, (String, String)>>>);

impl Described {
    fn add(&self, name: &KeyName, kind: &str, unit: Option<Unit>, text: &str) {
        let unit = unit.unwrap_or_else(|| panic!("{} has no unit", name.as_str()));
        assert!(!text.is_empty(), "{} has no text", name.as_str());
        let described = (kind.to_owned(), unit.as_str().to_owned());
        let before = self.0.lock().expect("no panic").insert(name.as_str().to_owned(), described);
        assert_eq!(before, None, "{} is described twice", name.as_str());
    }
}

impl Recorder for Described {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, text: SharedString) {
        self.add(&name, "counter", unit, &text);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, text: SharedString) {
        self.add(&name, "gauge", unit, &text);
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, text: SharedString) {
        self.add(&name, "histogram", unit, &text);
    }

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

fn described() -> BTreeMap<String, (String, String)> {
    let described = Described::default();
    with_local_recorder(&described, || {
        sse_core::describe_metrics();
        sse_hub::describe_metrics();
        sse_redis::describe_metrics();
        sse_redb::describe_metrics();
    });
    let described = described.0.lock().expect("no panic").clone();
    assert!(described.len() > 20, "{described:?}");
    described
}

#[test]
fn the_list_of_metrics_has_what_the_code_describes() {
    let rows =
        include_str!("../../../docs/metrics.md").lines().filter(|line| line.starts_with("| `"));
    let rows = rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        (cells[1].to_owned(), (cells[2].to_owned(), cells[3].to_owned()))
    });
    assert_eq!(rows.collect::<BTreeMap<_, _>>(), described());
}

#[test]
fn the_guide_to_operations_names_only_metrics_that_the_code_describes() {
    let described = described();
    let text = include_str!("../../../docs/operate.md");
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let names = words.filter(|word| word.starts_with("sse_") && *word != "sse_hub");
    let names: BTreeSet<_> =
        names.map(|word| word.strip_suffix("_count").unwrap_or(word)).collect();
    assert!(names.len() > 10);
    let unknown: Vec<_> = names.iter().filter(|name| !described.contains_key(**name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn the_dashboard_shows_what_the_code_describes() {
    let dashboard = include_str!("../../../docs/grafana.json");
    let parsed: serde_json::Value = serde_json::from_str(dashboard).expect("JSON");
    let panels = parsed["panels"].as_array().expect("panels");
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().expect("targets"));
    let mut shown = BTreeSet::new();
    for target in targets {
        let query = target["expr"].as_str().expect("a query");
        let words = query.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        for word in words.filter(|word| word.starts_with("sse_")) {
            let histogram = word.strip_suffix("_bucket").or(word.strip_suffix("_count"));
            shown.insert(histogram.unwrap_or(word).to_owned());
        }
    }
    let described: BTreeSet<_> = described().into_keys().collect();
    assert_eq!(shown, described);
}
