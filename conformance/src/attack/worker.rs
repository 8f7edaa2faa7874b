//! Work that is done by several connections at a bounded rate.

use std::{io, time::Duration};

use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

use super::tally::Tally;

/// What one connection of an attacker does repeatedly.
pub(super) trait Worker: Send + 'static {
    /// Does it once. After an error the next step begins with a new connection.
    fn step(&mut self) -> impl Future<Output = io::Result<()>> + Send;
}

/// Bounds the number of steps per second of all workers together. Each worker starts a step only after its last one.
pub(super) fn pace<W: Worker>(
    tasks: &mut JoinSet<()>,
    tally: &Tally,
    workers: usize,
    per_second: f64,
    new: impl Fn(usize) -> W,
) {
    let period = Duration::from_secs_f64(workers as f64 / per_second);
    for number in 0..workers {
        let (mut worker, tally) = (new(number), tally.clone());
        // Spreads the workers, so that they do not all act at once.
        let offset = period.mul_f64(number as f64 / workers as f64);
        tasks.spawn(async move {
            sleep(offset).await;
            let mut ticks = interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                tally.request();
                if let Err(error) = worker.step().await {
                    tally.answer(match error.kind() {
                        io::ErrorKind::Other => error.to_string(),
                        kind => format!("connection: {kind}"),
                    });
                }
            }
        });
    }
}
