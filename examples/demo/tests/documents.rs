//! The documents name only files, headings and tests that exist.
#![allow(clippy::unwrap_used)] // a test's helpers may, as its functions may

use std::{
    fs,
    path::{Path, PathBuf},
};

#[test]
fn every_link_of_a_document_leads_to_a_file_and_a_heading() {
    let mut broken = Vec::new();
    for document in files().iter().filter(|path| has_extension(path, "md")) {
        let text = without_code(&fs::read_to_string(document).unwrap());
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        for (link, _) in links.filter(|(link, _)| !link.contains("://") && !is_item(link)) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => document.clone(),
                path => document.parent().unwrap().join(path),
            };
            if !target.exists()
                || !heading.is_empty() && !headings(&target).contains(&format!("#{heading}#"))
            {
                broken.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere: {broken:#?}");
}

#[test]
fn every_file_and_test_that_the_invariants_and_the_map_name_exists() {
    let files = files();
    let sources = files.iter().filter(|path| has_extension(path, "rs"));
    let sources: String = sources.map(|path| fs::read_to_string(path).unwrap()).collect();
    let mut unknown = Vec::new();
    for document in ["docs/guarantees.md", "ARCHITECTURE.md"] {
        let text = fs::read_to_string(repository().join(document)).unwrap();
        for name in without_code(&text).split('`').skip(1).step_by(2) {
            let exists = if name.ends_with(".rs") {
                files.iter().any(|path| path.ends_with(name))
            } else if is_test(name) {
                sources.contains(&format!("fn {name}("))
            } else {
                continue;
            };
            if !exists {
                unknown.push(format!("{document}: {name}"));
            }
        }
    }
    assert!(unknown.is_empty(), "names of nothing: {unknown:#?}");
}

/// Rustdoc checks links to items of Rust.
fn is_item(link: &str) -> bool {
    let is_type =
        || link.starts_with(char::is_uppercase) && link.chars().all(char::is_alphanumeric);
    link.contains("::") || is_type()
}

/// The name of a test is a sentence, so it has several words.
fn is_test(name: &str) -> bool {
    name.matches('_').count() >= 3
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Returns the headings' names in links, each between two `#`.
fn headings(document: &Path) -> String {
    let text = without_code(&fs::read_to_string(document).unwrap());
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let name = |line: &str| -> String {
        let text = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        text.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
    };
    headings.map(|line| format!("#{}#", name(line))).collect()
}

/// Removes the blocks of code.
fn without_code(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// Returns all files of the repository, except what is built or other people's.
fn files() -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![repository().to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_file() {
                files.push(path);
            } else if !["target", "vendor", "node_modules"].contains(&&*name)
                && !name.starts_with('.')
            {
                folders.push(path);
            }
        }
    }
    files
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}
