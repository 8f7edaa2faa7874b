//! The clients.

use serde_json::Value;

use super::{Runner, Texts};

/// A third-party client.
#[derive(Debug)]
pub struct Client {
    /// As on the command line and in the table.
    pub name: &'static str,
    /// The name in its registry; none for Chromium and for the hand-written readers.
    pub package: Option<&'static str>,
    /// The runner for it.
    pub runner: Runner,
    /// Its name for the script that runs it.
    pub script_name: &'static str,
    /// Whether it reconnects automatically, as an EventSource does.
    pub reconnects: bool,
    /// How texts reach it.
    pub texts: Texts,
    /// Whether it is in the short form.
    pub short: bool,
}

/// All clients, in the order of the table.
pub static CLIENTS: &[Client] = &[
    source("chromium", Runner::Chromium, None, "chromium").short(),
    source("eventsource", Runner::Node, Some("eventsource"), "eventsource").short(),
    source(
        "fetch-event-source",
        Runner::Chromium,
        Some("@microsoft/fetch-event-source"),
        "fetch-event-source",
    )
    .short(),
    source("htmx", Runner::Chromium, Some("htmx-ext-sse"), "htmx"),
    source("datastar", Runner::Chromium, Some("@starfederation/datastar"), "datastar").json(),
    source("datastar-0", Runner::Chromium, Some("datastar-0"), "datastar-0").json(),
    source("reqwest-eventsource", Runner::Rust, Some("reqwest-eventsource"), "reqwest-eventsource"),
    source("eventsource-client", Runner::Rust, Some("eventsource-client"), "eventsource-client"),
    reader("eventsource-parser", Runner::Node, Some("eventsource-parser"), "eventsource-parser"),
    reader("httpx-sse", Runner::Python, Some("httpx-sse"), "httpx-sse").short(),
    reader("aiosseclient", Runner::Python, Some("aiosseclient"), "aiosseclient"),
    reader("sseclient-py", Runner::Python, Some("sseclient-py"), "sseclient-py"),
    model("openai-js", Runner::Node, Some("openai"), "openai").short(),
    model("openai-python", Runner::Python, Some("openai"), "openai").short(),
    model("litellm", Runner::Python, Some("litellm"), "litellm"),
    model("anthropic-js", Runner::Node, Some("@anthropic-ai/sdk"), "anthropic"),
    model("anthropic-python", Runner::Python, Some("anthropic"), "anthropic"),
    model("ai", Runner::Node, Some("ai"), "ai"),
    model("reader-of-lines", Runner::Node, None, "reader-of-lines"),
    model("reader-of-blocks", Runner::Node, None, "reader-of-blocks"),
    model("reader-of-blocks-bare", Runner::Node, None, "reader-of-blocks-bare"),
];

/// A client that reconnects.
const fn source(
    name: &'static str,
    runner: Runner,
    package: Option<&'static str>,
    script_name: &'static str,
) -> Client {
    Client { reconnects: true, ..reader(name, runner, package, script_name) }
}

/// A client that reads one answer.
const fn reader(
    name: &'static str,
    runner: Runner,
    package: Option<&'static str>,
    script_name: &'static str,
) -> Client {
    Client {
        name,
        package,
        runner,
        script_name,
        reconnects: false,
        texts: Texts::Data,
        short: false,
    }
}

/// A client that reads the answer of a model.
const fn model(
    name: &'static str,
    runner: Runner,
    package: Option<&'static str>,
    script_name: &'static str,
) -> Client {
    Client { texts: Texts::Model, ..reader(name, runner, package, script_name) }
}

impl Client {
    const fn short(self) -> Self {
        Self { short: true, ..self }
    }

    const fn json(self) -> Self {
        Self { texts: Texts::Json, ..self }
    }

    /// Its version, as it is pinned; empty if it has no package.
    pub fn version(&self) -> String {
        let Some(package) = self.package else { return String::new() };
        let version = match self.runner {
            Runner::Node | Runner::Chromium => {
                let manifest: Option<Value> = serde_json::from_str(PACKAGE_JSON).ok();
                let version = manifest.map(|manifest| manifest["dependencies"][package].clone());
                let version = version.as_ref().and_then(Value::as_str).unwrap_or_default();
                // `npm:name@version` is another version under another name.
                version.rsplit('@').next().unwrap_or_default().to_owned()
            }
            Runner::Python => line_of(REQUIREMENTS, &format!("{package}==")),
            Runner::Rust => line_of(CARGO_TOML, &format!("{package} = ")),
        };
        version.trim_matches(['"', '=']).to_owned()
    }
}

fn line_of(manifest: &str, prefix: &str) -> String {
    manifest.lines().find_map(|line| line.strip_prefix(prefix)).unwrap_or_default().to_owned()
}

const PACKAGE_JSON: &str = include_str!("../../clients/package.json");
const REQUIREMENTS: &str = include_str!("../../clients/requirements.txt");
const CARGO_TOML: &str = include_str!("../../clients/rust/Cargo.toml");
