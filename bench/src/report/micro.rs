//! The results of the micro benchmarks, from criterion's directory.

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use serde::{Deserialize, de::DeserializeOwned};

/// Runs the micro benchmarks, except in the short form, and returns their results as tables.
pub(super) fn tables(short: bool) -> io::Result<String> {
    if !short {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(["bench", "-p", "bench", "--bench", "encode", "--bench", "decode"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()?;
        if !status.success() {
            return Err(io::Error::other("`cargo bench -p bench` failed"));
        }
    }
    // Criterion writes to `target/criterion`, and this program is in `target/release`.
    let exe = env::current_exe()?;
    let Some(target) = exe.ancestors().nth(2) else { return Ok(String::new()) };
    let mut groups: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
    let mut found = Vec::new();
    find(&target.join("criterion"), &mut found);
    found.sort();
    for new in found {
        let (Some(benchmark), Some(estimates)) = (
            read::<Benchmark>(&new.join("benchmark.json")),
            read::<Estimates>(&new.join("estimates.json")),
        ) else {
            continue;
        };
        let name = benchmark.function_id.or(benchmark.value_str).unwrap_or_default();
        let group = groups.entry(benchmark.group_id).or_default();
        group.push((name, estimates.median.point_estimate));
    }
    if groups.is_empty() {
        return Ok("\n## Encoding and decoding\n\nNot measured yet: run `cargo bench -p bench`.\n"
            .to_owned());
    }
    let mut text =
        "\n## Encoding and decoding\n\nCriterion's medians, by `cargo bench -p bench`.\n\n\
                    | benchmark | library | time |\n|---|---|---:|\n"
            .to_owned();
    for (group, mut rows) in groups {
        rows.sort_by(|a, b| a.1.total_cmp(&b.1));
        for (name, nanos) in rows {
            text += &format!("| {group} | {name} | {} |\n", time(nanos));
        }
    }
    Ok(text)
}

/// Finds the directories named `new`, which have the latest results.
fn find(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
        match path.file_name().is_some_and(|name| name == "new") {
            true => found.push(path),
            false => find(&path, found),
        }
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn time(nanos: f64) -> String {
    match nanos {
        ..1e3 => format!("{nanos:.1} ns"),
        ..1e6 => format!("{:.1} µs", nanos / 1e3),
        _ => format!("{:.2} ms", nanos / 1e6),
    }
}

#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}
