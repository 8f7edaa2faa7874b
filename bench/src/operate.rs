//! The cost of metrics and of the inspector: the same server with and without them, in short turns.

use std::{io, path::Path, thread, time::Duration};

use crate::{
    Contestant, Framework, Kind, Session,
    servers::{Options, Shape, Watched},
    system,
};

/// Measures each framework, and prints a table.
///
/// `plain` is this program built without the feature `operate`, whose servers then take a turn as well.
///
/// # Errors
/// An I/O error, or an error of a server.
pub fn print(exe: &Path, plain: Option<&Path>, turns: usize) -> io::Result<()> {
    let rivals = [
        (plain, Watched::Not, "without the feature"),
        (Some(exe), Watched::Not, "without a recorder"),
        (Some(exe), Watched::Metrics, "with metrics"),
        (Some(exe), Watched::Inspector, "with the inspector open"),
    ];
    if !system::pin(system::CLIENT) {
        eprintln!("the client shares its core with the servers");
    }
    println!("1,000 subscribers, events of 256 B; load average {}\n", system::load());
    println!(
        "| server | | CPU, µs an event | of the first | middle half | idle, CPU ms a second |"
    );
    println!("|---|---|---:|---:|---:|---:|");
    for framework in Framework::ALL {
        let contestant = Contestant { framework, kind: Kind::Ours };
        let mut measured = Vec::new();
        for (exe, watched, name) in rivals {
            let Some(exe) = exe else { continue };
            let options = Options { watched, ..Options::default() };
            let session = Session::with_subscribers(exe, contestant, options, SUBSCRIBERS)?;
            measured.push((name, session, Vec::new()));
        }
        for turn in 0..turns {
            if turn % 10 == 0 {
                eprintln!("{}: turn {} of {turns}", framework.name(), turn + 1);
            }
            // The machine's speed changes within seconds, so turns are short, and none is always first.
            let first = turn % measured.len();
            for at in (first..measured.len()).chain(0..first) {
                let (_, session, costs) = &mut measured[at];
                costs.push(busy(session)?);
            }
        }
        let first = measured.first().map_or(Vec::new(), |(_, _, costs)| costs.clone());
        for (name, mut session, costs) in measured {
            let ratios = costs.iter().zip(&first).map(|(cost, first)| cost / first).collect();
            let [low, middle, high] = quartiles(ratios);
            println!(
                "| {} | {name} | {:.3} | {middle:.3} | {low:.3} to {high:.3} | {:.2} |",
                framework.name(),
                quartiles(costs)[1],
                idle(&mut session)?,
            );
        }
    }
    Ok(())
}

/// Publishes some events, and returns the server's CPU time for each event that arrived, in µs.
fn busy(session: &mut Session) -> io::Result<f64> {
    let measured = session.measure(|session| {
        for round in 1..=ROUNDS {
            session.publish(1, Shape::line(256))?;
            session.client.until_events(round * SUBSCRIBERS as u64)?;
        }
        Ok(())
    })?;
    measured.expect_all(ROUNDS * SUBSCRIBERS as u64)?;
    Ok(measured.cpu_per_event())
}

/// Returns the server's CPU time in an idle second, in ms.
fn idle(session: &mut Session) -> io::Result<f64> {
    let measured = session.measure(|_| {
        thread::sleep(IDLE);
        Ok(())
    })?;
    Ok(measured.server.as_secs_f64() * 1e3 / IDLE.as_secs_f64())
}

fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[values.len() * quarter / 4])
}

const SUBSCRIBERS: usize = 1_000;
const ROUNDS: u64 = 20;
const IDLE: Duration = Duration::from_secs(3);
