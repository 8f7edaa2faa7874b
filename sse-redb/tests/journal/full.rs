//! A full disk.

use std::{path::Path, process::Command};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sse_hub::BackendError;
use sse_redb::{Durability, Journal};

use crate::{Place, all, append, child, given};

/// Publishes until the disk is full and beyond, then makes room.
async fn publish_until_full(path: &Path, durability: Durability, room: impl FnOnce()) {
    let journal = Journal::builder().durability(durability).open(path).await.unwrap();
    let mut stored = Vec::new();
    let mut errors: Vec<BackendError> = Vec::new();
    let mut unsure = 0;
    for number in 0..2_000 {
        let body = vec![number as u8; 20_000];
        match append(&journal, body.clone()).await {
            Ok(position) => {
                assert_eq!(position, stored.len() as u64 + 1, "after {errors:?}");
                stored.push(body);
            }
            Err(error) => {
                unsure += usize::from(error.may_be_stored);
                errors.push(error);
            }
        }
        if errors.len() == 5 {
            break;
        }
    }
    println!("{durability:?}: {} stored, then {errors:?}", stored.len());
    assert_eq!(errors.len(), 5, "the disk is not full after {} events", stored.len());
    // Each error says for certain that the event is not stored.
    assert_eq!(unsure, 0, "{errors:?}");
    room();
    // The journal retries the file after a pause, and refuses events until then.
    let appended = async {
        loop {
            match append(&journal, "data: there is room\n\n").await {
                Ok(position) => return position,
                Err(error) => assert!(!error.may_be_stored, "{error}"),
            }
        }
    };
    let after = tokio::time::timeout(std::time::Duration::from_secs(20), appended).await;
    assert_eq!(after, Ok(stored.len() as u64 + 1));
    journal.close().await;

    let journal = Journal::open(path).await.unwrap();
    let entries = all(&journal).await;
    assert_eq!(entries.len(), stored.len() + 1);
    assert!(entries.iter().zip(&stored).all(|(entry, body)| entry.body == body[..]));
}

/// The shell limits the length of files, and ignores the signal, so that a longer write fails.
#[test]
fn a_full_disk_fails_publishes_until_there_is_room() {
    let place = Place::new();
    let program = child("full::limited", &place.path);
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -S -f 10000; exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args(program.get_args())
        .env("JOURNAL", &place.path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("there was room"));
}

#[tokio::test]
#[ignore = "a program for the test above"]
async fn limited() {
    let Some(path) = given() else { return };
    for durability in [Durability::Process, Durability::Disk] {
        let before = getrlimit(Resource::Fsize);
        publish_until_full(&path.with_extension(format!("{durability:?}")), durability, || {
            let current = before.maximum;
            setrlimit(Resource::Fsize, Rlimit { current, ..before }).unwrap();
        })
        .await;
        setrlimit(Resource::Fsize, before).unwrap();
    }
    println!("there was room");
}

/// A small file system, which only root may mount.
struct Small(tempfile::TempDir);

impl Small {
    fn mounted() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(folder.path());
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then(|| Self(folder))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn a_full_file_system_fails_publishes_until_there_is_room() {
    for durability in [Durability::Process, Durability::Disk] {
        let Some(small) = Small::mounted() else {
            return println!("skipped: only root may mount a small file system");
        };
        let ballast = small.0.path().join("ballast");
        std::fs::write(&ballast, vec![1; 500_000]).unwrap();
        let path = small.0.path().join("events.redb");
        publish_until_full(&path, durability, || std::fs::remove_file(&ballast).unwrap()).await;
    }
}
