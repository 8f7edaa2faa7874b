//! Files that a journal refuses, and the reasons that it gives.

use std::{fs, time::Duration};

use sse_redb::{Journal, OpenError};

use crate::{Place, all, append, child, given};

#[tokio::test]
async fn a_file_that_is_open_is_not_opened_again() {
    let place = Place::new();
    let first = Journal::open(&place.path).await.unwrap();
    append(&first, "data: x\n\n").await.unwrap();
    let second = Journal::open(&place.path).await.unwrap_err();
    assert!(matches!(second, OpenError::InUse { .. }), "{second:?}");
    assert!(second.to_string().contains("another journal has it open"), "{second}");
    // Another process cannot open it either.
    let output = child("opening::opener", &place.path).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("another journal has it open"), "{said}");
    append(&first, "data: x\n\n").await.unwrap();

    // Dropping the last handle releases the file.
    drop(first);
    for _ in 0..500 {
        match Journal::open(&place.path).await {
            Ok(journal) => return assert_eq!(all(&journal).await.len(), 2),
            Err(OpenError::InUse { .. }) => tokio::time::sleep(Duration::from_millis(10)).await,
            Err(other) => panic!("{other}"),
        }
    }
    panic!("the file is still open");
}

/// Opens a journal and prints the result.
#[tokio::test]
#[ignore = "a program for the other tests"]
async fn opener() {
    let Some(path) = given() else { return };
    match Journal::open(path).await {
        Ok(_) => println!("opened"),
        Err(error) => println!("{error}"),
    }
}

#[tokio::test]
async fn a_file_that_is_not_a_journal_is_refused_and_not_changed() {
    let place = Place::new();
    let other = redb::Database::create(&place.path).unwrap();
    let transaction = other.begin_write().unwrap();
    transaction.open_table(redb::TableDefinition::<u64, u64>::new("x")).unwrap();
    transaction.commit().unwrap();
    drop(other);
    let redb = fs::read(&place.path).unwrap();
    for (bytes, expected) in [
        (redb, "it is not a journal"),
        (b"hello".to_vec(), "it is not a journal"),
        (vec![0; 100_000], "it is not a journal"),
        (b"sse-redb".to_vec(), "it ends within its header"),
        (Vec::new(), "it is empty"),
    ] {
        fs::write(&place.path, &bytes).unwrap();
        let error = Journal::open(&place.path).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("move") && text.contains("events.redb"), "{text}");
        assert!(fs::read(&place.path).unwrap() == bytes, "{expected}: the file was changed");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_path_at_which_no_file_can_be_created_is_an_error() {
    let place = Place::new();
    let folder = place.path.parent().unwrap();
    fs::write(folder.join("file"), "").unwrap();
    for (path, expected) in [
        (folder.to_owned(), "it is not a file"),
        (folder.join("none/events.redb"), "No such file or directory"),
        (folder.join("file/events.redb"), "Not a directory"),
        ("/dev/null".into(), "it is not a file"),
    ] {
        let error = Journal::open(&path).await.unwrap_err();
        assert!(matches!(error, OpenError::Io { .. }), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_missing_permission_is_reported() {
    use std::os::unix::process::CommandExt;

    let place = Place::new();
    Journal::open(&place.path).await.unwrap().close().await;
    let mut permissions = fs::metadata(&place.path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&place.path, permissions).unwrap();
    let mut opener = child("opening::opener", &place.path);
    if rustix::process::geteuid().is_root() {
        // Root may do anything, so this runs as `nobody`, who needs access to the program and the file's folder.
        let (program, folder) =
            (place.path.with_file_name("program"), place.path.parent().unwrap());
        fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        let everyone = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(folder, everyone).unwrap();
        let mut as_nobody = std::process::Command::new(&program);
        as_nobody.args(opener.get_args()).env("JOURNAL", &place.path).uid(65_534).gid(65_534);
        opener = as_nobody;
    }
    let said = opener.output().unwrap();
    let said = String::from_utf8_lossy(&said.stdout);
    assert!(said.contains("Permission denied") && said.contains("events.redb"), "{said}");
}

#[tokio::test]
async fn a_crash_during_creation_does_not_prevent_the_next_opening() {
    let place = Place::new();
    fs::write(place.path.with_file_name("events.redb.new"), vec![7; 10_000]).unwrap();
    let journal = Journal::open(&place.path).await.unwrap();
    assert_eq!(append(&journal, "data: x\n\n").await, Ok(1));
    assert!(!place.path.with_file_name("events.redb.new").exists());
}
