//! The cost of metrics and of the inspector: the same server with and without them, in turns.

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
        let mut times: [Vec<(f64, f64)>; 4] = Default::default();
        for turn in 0..turns {
            eprintln!("{}: turn {} of {turns}", framework.name(), turn + 1);
            for (times, (exe, watched, _)) in times.iter_mut().zip(rivals) {
                let Some(exe) = exe else { continue };
                times.push(measure(exe, framework, watched)?);
            }
        }
        let first = times.iter().find(|times| !times.is_empty()).cloned().unwrap_or_default();
        for (times, (_, _, name)) in times.iter().zip(rivals).filter(|(times, _)| !times.is_empty())
        {
            let (busy, idle): (Vec<_>, Vec<_>) = times.iter().copied().unzip();
            let ratios = busy.iter().zip(&first).map(|(busy, (first, _))| busy / first).collect();
            let [low, middle, high] = quartiles(ratios);
            println!(
                "| {} | {name} | {:.3} | {middle:.3} | {low:.3} to {high:.3} | {:.2} |",
                framework.name(),
                quartiles(busy)[1],
                quartiles(idle)[1],
            );
        }
    }
    Ok(())
}

/// Returns the CPU time for each event, in µs, and that of an idle second, in ms.
fn measure(exe: &Path, framework: Framework, watched: Watched) -> io::Result<(f64, f64)> {
    let contestant = Contestant { framework, kind: Kind::Ours };
    let options = Options { watched, ..Options::default() };
    let mut session = Session::with_subscribers(exe, contestant, options, SUBSCRIBERS)?;
    let busy = session.measure(|session| {
        for round in 1..=ROUNDS {
            session.publish(1, Shape::line(256))?;
            session.client.until_events(round * SUBSCRIBERS as u64)?;
        }
        Ok(())
    })?;
    busy.expect_all(ROUNDS * SUBSCRIBERS as u64)?;
    let idle = session.measure(|_| {
        thread::sleep(IDLE);
        Ok(())
    })?;
    Ok((busy.cpu_per_event(), idle.server.as_secs_f64() * 1e3 / IDLE.as_secs_f64()))
}

fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[values.len() * quarter / 4])
}

const SUBSCRIBERS: usize = 1_000;
const ROUNDS: u64 = 100;
const IDLE: Duration = Duration::from_secs(3);
