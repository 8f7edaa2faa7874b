//! Damaged files.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use bytes::Bytes;
use fastrand::Rng;
use sse_hub::{Backend, Epoch, Retention};
use sse_redb::{Durability, Journal, OpenError};

use crate::{Place, all, append, reboot::of_another_boot};

/// A journal's file, and what opening it has to return.
struct Written {
    file: Vec<u8>,
    epoch: Epoch,
    /// The epoch stays what it was.
    stays: bool,
    bodies: Vec<Bytes>,
    floor: u64,
}

/// How the journal's process ended.
#[derive(Clone, Copy, Debug)]
enum Last {
    Close,
    Kill,
    /// A crash of the machine after which everything happens to be on disk.
    Crash,
}

/// Writes a log of some hundred events, the first of which are evicted.
async fn written(seed: u64, last: Last) -> Written {
    let place = Place::new();
    let mut random = Rng::with_seed(seed);
    let builder = || {
        Journal::builder()
            .durability(Durability::Process)
            .retention(Retention::default().events(150))
    };
    let mut journal = builder().open(&place.path).await.unwrap();
    for number in 0..250 {
        let len = if number % 20 == 0 { random.usize(..30_000) } else { random.usize(..600) };
        append(&journal, vec![number as u8; len]).await.unwrap();
        if number == 200 {
            journal.close().await;
            journal = builder().open(&place.path).await.unwrap();
        }
    }
    let entries = all(&journal).await;
    let epoch = Backend::open(&journal).await.unwrap().epoch;
    let floor = journal.stats().floor.lower();
    let killed = fs::read(&place.path).unwrap();
    journal.close().await;
    let file = match last {
        Last::Close => fs::read(&place.path).unwrap(),
        Last::Kill => killed,
        Last::Crash => of_another_boot(&killed),
    };
    let stays = !matches!(last, Last::Crash);
    let bodies = entries.into_iter().map(|entry| entry.body).collect();
    Written { file, epoch, stays, bodies, floor }
}

/// Returns the pages that are not all zeros; the others are mostly free.
fn used(file: &[u8]) -> Vec<usize> {
    (0..file.len() / PAGE)
        .filter(|page| file[page * PAGE..][..PAGE].iter().any(|byte| *byte != 0))
        .collect()
}

const PAGE: usize = 4096;

/// Changes a file in one way; returns it and the name of the change.
fn mutate(original: &[u8], case: u64, random: &mut Rng) -> (Vec<u8>, String) {
    let mut file = original.to_vec();
    let pages = used(original);
    let page = pages[random.usize(..pages.len())] * PAGE;
    let at = page + random.usize(..PAGE);
    let name = match case % 12 {
        // The two headers are small and matter most.
        0 => {
            let at = [0, 900, PAGE][random.usize(..3)] + random.usize(..600);
            file[at] ^= 1 << random.u8(..8);
            format!("a bit of a header flipped, at {at}")
        }
        1 | 2 => {
            file[at] ^= 1 << random.u8(..8);
            format!("a bit flipped, at {at}")
        }
        3 => {
            for _ in 0..random.usize(2..40) {
                let page = pages[random.usize(..pages.len())] * PAGE;
                file[page + random.usize(..PAGE)] = random.u8(..);
            }
            "some bytes changed".to_owned()
        }
        4 => {
            let end = (at + random.usize(1..3 * PAGE)).min(file.len());
            file[at..end].fill(0);
            format!("zeros from {at} to {end}")
        }
        5 => {
            file[page..][..PAGE].fill(0);
            format!("a page of zeros, at {page}")
        }
        6 => {
            file.truncate(random.usize(..file.len()));
            format!("truncated to {}", file.len())
        }
        7 => {
            file.truncate(random.usize(..file.len() / PAGE) * PAGE);
            format!("truncated to {} pages", file.len() / PAGE)
        }
        8 => {
            let more = [1, PAGE, 16 * PAGE, file.len(), 3 * file.len()][random.usize(..5)];
            let byte = [0, 0xff][random.usize(..2)];
            file.resize(file.len() + more, byte);
            format!("extended by {more} times {byte}")
        }
        9 => {
            let other = pages[random.usize(..pages.len())] * PAGE;
            let copy = file[page..][..PAGE].to_vec();
            file.copy_within(other..other + PAGE, page);
            file[other..][..PAGE].copy_from_slice(&copy);
            format!("pages {} and {} swapped", page / PAGE, other / PAGE)
        }
        10 => {
            let other = pages[random.usize(..pages.len())] * PAGE;
            file.copy_within(other..other + PAGE, page);
            format!("page {} put over {}", other / PAGE, page / PAGE)
        }
        _ => {
            let end = (at + random.usize(1..3 * PAGE)).min(file.len());
            file[at..end].iter_mut().for_each(|byte| *byte = random.u8(..));
            format!("garbage from {at} to {end}")
        }
    };
    (file, name)
}

/// Opens a changed file, which gives exactly what was acknowledged or an error, in time.
async fn check(path: &Path, file: &[u8], written: &Written, name: &str) -> Option<OpenError> {
    fs::write(path, file).unwrap();
    let opened = tokio::time::timeout(Duration::from_secs(5), Journal::open(path)).await;
    let journal = match opened.unwrap_or_else(|_| panic!("{name}: no end")) {
        Ok(journal) => journal,
        Err(error) => {
            assert!(fs::read(path).unwrap() == file, "{name}: {error}, and the file was changed");
            let text = error.to_string();
            assert!(text.contains("move") && text.contains("events.redb"), "{name}: {text}");
            return Some(error);
        }
    };
    let entries = all(&journal).await;
    assert_eq!(entries.len(), written.bodies.len(), "{name}");
    assert!(entries.iter().zip(&written.bodies).all(|(entry, body)| entry.body == *body), "{name}");
    let epoch = Backend::open(&journal).await.unwrap().epoch;
    assert_eq!(epoch == written.epoch, written.stays, "{name}");
    // It continues, and uses no position twice.
    for more in 1..=20 {
        let expected = written.floor + written.bodies.len() as u64 + more;
        assert_eq!(append(&journal, vec![1; 2_000]).await, Ok(expected), "{name}");
    }
    journal.close().await;
    let journal = Journal::open(path).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(all(&journal).await.len(), entries.len() + 20, "{name}");
    assert_eq!(Backend::open(&journal).await.unwrap().epoch, epoch, "{name}");
    journal.close().await;
    None
}

#[tokio::test]
async fn a_changed_file_gives_what_was_acknowledged_or_an_error() {
    let place = Place::new();
    let seed = fastrand::u64(..);
    let mut random = Rng::with_seed(seed);
    let (mut opened, mut errors, mut gave_up) = (0, 0, 0);
    let mut slowest = Duration::ZERO;
    for last in [Last::Close, Last::Kill, Last::Crash] {
        let source = written(seed, last).await;
        assert!(check(&place.path, &source.file, &source, "unchanged").await.is_none());
        for case in 0..120 {
            let (file, change) = mutate(&source.file, case, &mut random);
            let start = Instant::now();
            let name = format!("seed {seed}, {last:?}, {change}");
            match check(&place.path, &file, &source, &name).await {
                None => opened += 1,
                Some(error) => {
                    errors += 1;
                    slowest = slowest.max(start.elapsed());
                    if error.to_string().contains("redb gave up") {
                        gave_up += 1;
                        println!("{change}: {error}");
                    }
                }
            }
        }
    }
    println!(
        "{opened} opened, {errors} errors ({gave_up} by a panic), the slowest after {slowest:?}"
    );
    assert!(opened > 20 && errors > 100, "{opened} opened, {errors} errors: nothing was tested");
}

/// redb alone would accept each of these files, and return an older state.
#[tokio::test]
async fn a_file_that_was_rolled_back_is_detected() {
    let place = Place::new();
    let journal =
        Journal::builder().durability(Durability::Process).open(&place.path).await.unwrap();
    append(&journal, "data: 1\n\n").await.unwrap();
    // Everything but our header is one event old.
    let older = fs::read(&place.path).unwrap();
    append(&journal, "data: 2\n\n").await.unwrap();
    journal.close().await;
    let newer = fs::read(&place.path).unwrap();
    let mixed = [&newer[..PAGE], &older[PAGE..]].concat();
    fs::write(&place.path, &mixed).unwrap();
    let error = Journal::open(&place.path).await.unwrap_err().to_string();
    assert!(error.contains("its newest event is 1, but 2 was acknowledged"), "{error}");

    // redb's newest commit slot is damaged, so redb falls back to the one before.
    let god_byte = newer[PAGE + 9];
    let newest_slot = PAGE + if god_byte & 1 == 0 { 64 } else { 192 };
    let mut damaged = newer.clone();
    damaged[newest_slot + 20] ^= 1;
    fs::write(&place.path, &damaged).unwrap();
    let error = Journal::open(&place.path).await.unwrap_err().to_string();
    assert!(error.contains("was acknowledged"), "{error}");
    assert!(fs::read(&place.path).unwrap() == damaged, "the file was changed");

    // Conversely, a killed process leaves a header that is older than the rest.
    fs::write(&place.path, [&older[..PAGE], &newer[PAGE..]].concat()).unwrap();
    let journal = Journal::open(&place.path).await.unwrap();
    assert_eq!(all(&journal).await.len(), 2);
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused() {
    let place = Place::new();
    let written = written(1, Last::Close).await;
    let mut file = written.file.clone();
    file[8] = 2;
    let checksum = crc32fast::hash(&file[..12]);
    file[12..16].copy_from_slice(&checksum.to_le_bytes());
    fs::write(&place.path, &file).unwrap();
    let error = Journal::open(&place.path).await.unwrap_err();
    assert!(matches!(error, OpenError::Newer { version: 2, .. }), "{error:?}");
    assert!(error.to_string().contains("newer sse-redb"), "{error}");
    assert!(fs::read(&place.path).unwrap() == file, "the file was changed");
}
