//! The cost of metrics and of the inspector: the same server with and without them, in short turns.

use std::{
    io,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use crate::{
    Contestant, Framework, Kind, Session, deliver,
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
    deliveries(exe, plain)?;
    println!("\n1,000 subscribers, events of 256 B; load average {}\n", system::load());
    println!(
        "| server | | CPU, µs an event | of the first | 95 % interval | idle, CPU ms a second |"
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
            if turn % 20 == 0 {
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
            let [low, middle, high] = median(ratios);
            println!(
                "| {} | {name} | {:.3} | {middle:.3} | {low:.3} to {high:.3} | {:.2} |",
                framework.name(),
                median(costs)[1],
                idle(&mut session)?,
            );
        }
    }
    Ok(())
}

/// Measures a delivery within a process, with and without metrics, and prints a table.
fn deliveries(exe: &Path, plain: Option<&Path>) -> io::Result<()> {
    let rivals = [
        (plain, None, "without the feature"),
        (Some(exe), None, "without a recorder"),
        (Some(exe), Some("--metrics"), "with metrics"),
    ];
    let mut fastest = [[f64::MAX; deliver::STREAMS.len()]; 3];
    for turn in 0..DELIVERY_TURNS {
        eprintln!("deliveries: turn {} of {DELIVERY_TURNS}", turn + 1);
        for ((exe, metrics, _), fastest) in rivals.iter().zip(&mut fastest) {
            let Some(exe) = exe else { continue };
            let mut command = Command::new(exe);
            command.arg("deliver").args(metrics.iter()).stderr(Stdio::inherit());
            let output = command.output()?;
            let text = String::from_utf8_lossy(&output.stdout);
            let mut times = text.lines().map(str::parse);
            for fastest in fastest {
                let time = times.next().and_then(Result::ok);
                let time: f64 =
                    time.ok_or_else(|| io::Error::other("`deliver` printed no time"))?;
                *fastest = fastest.min(time);
            }
        }
    }
    println!("| a delivery within a process | 1,000 streams | 20,000 streams |\n|---|---:|---:|");
    for ((exe, _, name), [small, large]) in rivals.into_iter().zip(fastest) {
        if exe.is_some() {
            println!("| {name} | {small:.0} ns | {large:.0} ns |");
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

/// Returns the median with its 95 % interval, which assumes nothing of how the values are distributed.
fn median(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    // The number of values below the true median has the standard deviation √n / 2, of which 95 % are within 1.96.
    let away = (0.98 * (values.len() as f64).sqrt()).ceil() as usize;
    let [low, high] = [middle.saturating_sub(away), (middle + away).min(values.len() - 1)];
    [low, middle, high].map(|at| values[at])
}

const SUBSCRIBERS: usize = 1_000;
const DELIVERY_TURNS: usize = 5;
const ROUNDS: u64 = 20;
const IDLE: Duration = Duration::from_secs(3);
