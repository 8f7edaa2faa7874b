//! Generated TypeScript clients know the events of an enum.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use conformance::packages;
use sse_core::{Event, describe_events};
use utoipa::{OpenApi, ToSchema, openapi::HttpMethod};

/// A person in the chat.
#[derive(serde::Serialize, ToSchema)]
struct Person {
    name: String,
    age: Option<u8>,
}

#[derive(serde::Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Chat {
    /// Somebody joined.
    Joined(Person),
    Said(String),
    Moved {
        x: f64,
        y: f64,
    },
    Closed,
}

#[utoipa::path(get, path = "/chat", responses((status = 200, description = "The chat")))]
#[expect(dead_code, reason = "only its description is used")]
async fn chat() {}

#[derive(OpenApi)]
#[openapi(paths(chat))]
struct Api;

/// The folder with the generators, `tsc`, and what they work on.
struct Workshop {
    node: PathBuf,
    folder: PathBuf,
}

impl Workshop {
    /// Installs the packages.
    fn new() -> Self {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("contract");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("contract");
        fs::create_dir_all(&folder).expect("a folder");
        let node = packages::node(&folder.join("node")).expect("a recent Node.js");
        for file in ["package.json", "generate.mjs", "events.ts", "tsconfig.json"] {
            fs::copy(sources.join(file), folder.join(file)).expect(file);
        }
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"]);
        let output = npm.current_dir(&folder).output().expect("npm");
        assert!(output.status.success(), "npm: {}", String::from_utf8_lossy(&output.stderr));
        Self { node, folder }
    }

    /// Runs a script with its arguments, and returns whether it succeeds, and what it prints.
    fn run(&self, words: &str) -> (bool, String) {
        let mut node = Command::new(&self.node);
        node.current_dir(&self.folder).args(words.split(' ')).env("REDOCLY_TELEMETRY", "off");
        let output = node.output().expect("a Node.js");
        let printed = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&printed).into_owned())
    }

    /// Generates both clients of a document.
    fn generate(&self, document: &str) {
        fs::write(self.folder.join("openapi.json"), document).expect("written");
        for words in [
            "generate.mjs openapi.json types.ts",
            "node_modules/@redocly/cli/bin/cli.js generate-client openapi.json -o client.ts",
        ] {
            let (succeeds, printed) = self.run(words);
            assert!(succeeds, "{words}: {printed}");
        }
    }

    /// Returns what `tsc` prints about a program that uses both clients.
    fn type_check(&self, program: &str) -> String {
        fs::write(self.folder.join("events.ts"), program).expect("written");
        self.run("node_modules/typescript/bin/tsc --project .").1
    }
}

#[test]
#[ignore = "npm installs packages; ./test.sh runs it"]
fn generated_types_of_an_enum_are_a_union_that_tsc_checks() {
    let mut document = Api::openapi();
    describe_events::<Chat>(&mut document, HttpMethod::Get, "/chat");
    let workshop = Workshop::new();
    workshop.generate(&document.to_pretty_json().expect("JSON"));
    let program = fs::read_to_string(workshop.folder.join("events.ts")).expect("a program");
    assert_eq!(workshop.type_check(&program), "");

    let missing = "does not satisfy the expected type 'never'";
    for (right, wrong, expected) in [
        ("event.data.name", "event.data.nick", "Property 'nick' does not exist"),
        ("event.data.x", "event.data.name", "Property 'name' does not exist"),
        (r#"case "said":"#, r#"case "say":"#, r#"Type '"say"' is not comparable"#),
        (r#"case "closed":"#, r#"case "moved":"#, missing),
        ("    case \"moved\":\n    case", "    case", missing), // of Redocly's client
    ] {
        let broken = program.replacen(right, wrong, 1);
        assert_ne!(broken, program, "{right}");
        let printed = workshop.type_check(&broken);
        assert!(printed.contains(expected), "{wrong}: {printed}");
    }
}

#[test]
fn the_names_in_the_document_are_the_event_types_that_are_sent() {
    let schema = serde_json::to_value(Event::item_schema::<Chat>()).expect("JSON");
    let person = Person { name: "Ada".into(), age: None };
    let sent = [
        Chat::Joined(person),
        Chat::Said("hello".into()),
        Chat::Moved { x: 0.5, y: 1.0 },
        Chat::Closed,
    ];
    for (at, chat) in sent.iter().enumerate() {
        let event = Event::typed(chat).expect("typed").event.expect("a type");
        assert_eq!(schema["oneOf"][at]["properties"]["event"]["enum"][0], &*event);
    }
}
