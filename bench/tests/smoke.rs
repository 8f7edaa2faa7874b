//! Checks that every server delivers each event once, and sends a flood. No times are asserted.

use std::{path::Path, time::Duration};

use bench::{
    Contestant, Framework, Session,
    servers::{Command, Options, Shape},
};

const CONNECTIONS: u64 = 5;

fn exe() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_bench"))
}

#[test]
fn every_event_arrives_once_from_each_server() {
    for contestant in Contestant::all() {
        let start =
            Session::with_subscribers(exe(), contestant, Options::default(), CONNECTIONS as usize);
        let mut session = start.unwrap_or_else(|error| panic!("{contestant}: {error}"));
        let measured = session.measure(|session| {
            session.publish(64, Shape::line(256))?;
            session.client.until_events(64 * CONNECTIONS)?;
            session.tell(Command::Rate(1_000, 20, Shape { size: 8_192, line: 128 }))?;
            session.client.until_events(84 * CONNECTIONS)?;
            // A duplicate would arrive now.
            session.client.until_quiet(Duration::from_millis(50))
        });
        let counts = measured.unwrap_or_else(|error| panic!("{contestant}: {error}")).counts;
        assert_eq!(counts.events, 84 * CONNECTIONS, "{contestant}: events");
        assert_eq!((counts.lost, counts.duplicates), (0, 0), "{contestant}: lost, duplicates");
        assert_eq!(counts.gaps, 0, "{contestant}: gaps");
    }
}

#[test]
fn a_resume_delivers_each_event_of_its_topics_once_on_each_framework() {
    for contestant in Contestant::all() {
        if contestant.framework == Framework::Epoll {
            continue;
        }
        let resume = || {
            let mut session = Session::start(exe(), contestant, Options::default())?;
            // Four topics of three events.
            session.fill(4, 12, Shape::line(64))?;
            let measured = session.measure(|session| {
                session.tell(Command::Feed(1_000, 8, Shape::line(64)))?;
                let paths = ["/resume/0/4", "/resume/3/2"].map(str::to_owned).into_iter();
                session.client.open_over(Duration::from_millis(10), 6, paths)?;
                session.client.until("both clients to catch up", |counts| counts.caught_up == 2)?;
                session.client.until_events(20 + 10)?;
                session.client.until_quiet(Duration::from_millis(50))
            })?;
            measured.expect_all(20 + 10)?;
            session.answer("fed")
        };
        let fed = resume().unwrap_or_else(|error| panic!("{contestant}: {error}"));
        assert_eq!(fed.len(), 4, "{contestant}: {fed:?}");
    }
}

#[test]
fn each_server_floods() {
    for contestant in Contestant::all() {
        let flood = || {
            let mut session = Session::start(exe(), contestant, Options::default())?;
            session.client.open(1, "/flood/256")?;
            session.client.until_events(10_000)?;
            Ok::<_, std::io::Error>(session.client.counts.clone())
        };
        let counts = flood().unwrap_or_else(|error| panic!("{contestant}: {error}"));
        assert!(counts.bytes > 10_000 * 256, "{contestant}: {counts:?}");
    }
}
