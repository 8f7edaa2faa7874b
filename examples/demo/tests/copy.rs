//! A new user's path: copy a program into an empty crate, paste its dependencies, build.
#![allow(clippy::unwrap_used)] // a test's helpers may, as its functions may

use std::{
    collections::BTreeSet,
    fs,
    io::{Write, stderr},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use toml::{Table, Value};

/// A quickstart for each framework, the chat and a guide.
const COPIED: [(&str, &str); 6] = [
    ("axum", "resume"),
    ("axum", "relay"),
    ("actix", "cors"),
    ("actix", "chat"),
    ("warp", "ping"),
    ("rocket", "clock"),
];

#[test]
fn every_program_lists_exactly_what_it_uses() {
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    let manifest: Table = manifest.parse().unwrap();
    let known = manifest["workspace"]["dependencies"].as_table().unwrap();
    for path in programs() {
        let program = Program::read(&path);
        let name = path.strip_prefix(repository()).unwrap().display();
        let listed = program.dependencies(&name.to_string());
        for (dependency, value) in &listed {
            check_dependency(&format!("{name}: {dependency}"), value, known.get(dependency));
        }
        let lines: Vec<_> = program.block.lines().skip(1).collect();
        assert!(lines.is_sorted(), "{name}: dependencies out of order: {lines:#?}");

        let listed: BTreeSet<_> = listed.keys().map(|name| name.replace('-', "_")).collect();
        let used = program.used_crates(&listed);
        assert_eq!(listed, used, "{name}: lists the crates on the left, uses those on the right");

        for page in program.pages() {
            let folder = page.rsplit_once('/').map_or(page, |(folder, _)| folder);
            let named = [page, &format!("{folder}/")]
                .iter()
                .any(|path| program.comment.contains(&format!("`examples/pages/{path}`")));
            assert!(named, "{name}: its first comment does not say that it needs pages/{page}");
        }
        if program.text.contains("/browser/event-stream.js\"") {
            let named = program.comment.contains("`browser/event-stream.js`");
            assert!(named, "{name}: its first comment does not say that it needs event-stream.js");
        }
        if let Some(guide) = &program.guide {
            let file = format!("`examples/guides/src/{guide}.rs`");
            let named = program.comment.contains(&file);
            assert!(named, "{name}: its first comment does not say that it needs {file}");
        }
    }
}

/// Takes minutes the first time, since it builds the frameworks with all their features.
#[ignore = "builds for minutes; ./test.sh runs it"]
#[test]
fn a_copied_program_builds() {
    for (framework, name) in COPIED {
        let path = repository().join(format!("examples/{framework}/src/bin/{name}.rs"));
        let program = Program::read(&path);
        let files = tempfile::tempdir().unwrap();
        let source = files.path().join("src");
        fs::create_dir(&source).unwrap();

        // As the comment says, but with the repository and the pages in other places.
        let manifest =
            format!("[package]\nname = \"copied\"\nedition = \"2024\"\n\n{}", program.block);
        let manifest = manifest.replace("../sse/", &format!("{}/", repository().display()));
        fs::write(files.path().join("Cargo.toml"), manifest).unwrap();
        let mut main = program.text.replace(PAGES, "");
        if let (Some(guide), Some(text)) = (&program.guide, &program.guide_text) {
            main = main.replace("guides::", "");
            main = main.replacen("\nuse ", &format!("\nmod {guide};\n\nuse "), 1);
            fs::write(source.join(format!("{guide}.rs")), text.replace(GUIDE_PAGES, "")).unwrap();
        }
        fs::write(source.join("main.rs"), main).unwrap();
        for page in program.pages() {
            let copy = source.join(page);
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(repository().join("examples/pages").join(page), copy).unwrap();
        }

        let started = Instant::now();
        let output = Command::new(env!("CARGO"))
            .args(["build", "--quiet"])
            .current_dir(&files)
            .env(
                "CARGO_TARGET_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("copied"),
            )
            .env("CARGO_PROFILE_DEV_DEBUG", "0") // half the time, a third of the disk
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{framework}-{name}, copied, does not build: {errors}");
        let figure =
            format!("copied {framework}-{name} {:.0} s\n", started.elapsed().as_secs_f32());
        // The test harness hides the output of `eprintln!` when a test passes.
        stderr().write_all(figure.as_bytes()).unwrap();
    }
}

/// A program, and what its first comment says.
struct Program {
    text: String,
    /// The name of the guide that it uses, which is that of a file in `examples/guides/src`.
    guide: Option<String>,
    /// The text of that file.
    guide_text: Option<String>,
    /// The first comment, without its slashes.
    comment: String,
    /// The block of TOML in it.
    block: String,
}

impl Program {
    #[track_caller]
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
        let comment: String =
            lines.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect();
        let explained = comment.contains("add to your Cargo.toml (`../sse` is this repository):");
        assert!(explained, "{}: its first comment does not say how to copy it", path.display());
        let block = comment.split_once("```toml\n").and_then(|(_, rest)| rest.split_once("```"));
        let block = block.unwrap_or_else(|| panic!("{}: no block of TOML", path.display())).0;
        let guide = text.split("use guides::").nth(1).and_then(|rest| rest.split("::").next());
        let guide = guide.map(str::to_owned);
        let guide_text = guide.as_ref().map(|guide| {
            let file = repository().join(format!("examples/guides/src/{guide}.rs"));
            fs::read_to_string(file).unwrap()
        });
        Self { block: block.to_owned(), comment, text, guide, guide_text }
    }

    #[track_caller]
    fn dependencies(&self, name: &str) -> Table {
        let mut table: Table =
            self.block.parse().unwrap_or_else(|error| panic!("{name}: {error} in\n{}", self.block));
        let Some(Value::Table(dependencies)) = table.remove("dependencies") else {
            panic!("{name}: no [dependencies] in\n{}", self.block);
        };
        assert!(table.is_empty(), "{name}: more than [dependencies] in\n{}", self.block);
        dependencies
    }

    /// The crates that it and its guide import, and those of `listed` that they name by a path.
    fn used_crates(&self, listed: &BTreeSet<String>) -> BTreeSet<String> {
        let text = self.text.clone() + self.guide_text.as_deref().unwrap_or_default();
        let imported = text.lines().filter_map(|line| line.strip_prefix("use "));
        let imported = imported.filter_map(|line| line.split([':', ' ', ';']).next());
        let ours = ["std", "crate", "self", "super", "guides"];
        let imported = imported.filter(|name| !ours.contains(name));
        let named = listed.iter().map(String::as_str).filter(|name| {
            text.match_indices(&format!("{name}::")).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
            })
        });
        imported.chain(named).map(str::to_owned).collect()
    }

    /// The names in `examples/pages` of the files that it and its guide include.
    fn pages(&self) -> Vec<&str> {
        let included = self.text.split(PAGES).skip(1);
        let guide = self.guide_text.as_deref().unwrap_or_default();
        let included = included.chain(guide.split(GUIDE_PAGES).skip(1));
        included.map(|rest| rest.split('"').next().unwrap()).collect()
    }
}

/// The path of the pages from a program in this repository.
const PAGES: &str = "../../../pages/";

/// The path of the pages from a guide.
const GUIDE_PAGES: &str = "../../pages/";

/// Fails unless this is a crate of ours by its path, or one that we use ourselves, of that version.
#[track_caller]
fn check_dependency(subject: &str, value: &Value, known: Option<&Value>) {
    if let Some(path) = value.get("path") {
        let path = path.as_str().unwrap_or_else(|| panic!("{subject}: the path is not text"));
        let folder = path.strip_prefix("../sse/");
        let folder = folder.unwrap_or_else(|| panic!("{subject}: {path} is not below ../sse"));
        assert!(
            repository().join(folder).join("Cargo.toml").exists(),
            "{subject}: no crate {path}"
        );
        return;
    }
    let version = |value: &Value| value.get("version").unwrap_or(value).as_str().map(str::to_owned);
    let listed = version(value).unwrap_or_else(|| panic!("{subject}: no version"));
    let ours = known.and_then(version).unwrap_or_else(|| panic!("{subject}: not used here"));
    let same =
        ours.strip_prefix(&listed).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    assert!(same, "{subject}: lists version {listed}, but it is built here with {ours}");
}

/// The files of all programs.
fn programs() -> Vec<PathBuf> {
    let folders = ["axum", "actix", "warp", "rocket"]
        .map(|framework| repository().join("examples").join(framework).join("src/bin"));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 4 * 7, "only {} programs found", files.len());
    files
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}
