//! The limits on what an attack may cost the other clients.

use std::time::Duration;

use super::{
    honest::Felt,
    kind::Attack,
    samples::Percentiles,
    site::MAX_BYTES,
    trial::{Outcome, STOP, Trial},
};
use crate::Framework;

/// The limits on what an attack may cost the other clients.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most by which a 99th percentile may grow, as a multiple of its value without the attack.
    pub times: u32,
    /// A 99th percentile below this counts as this. On two cores, which clients and server share, it varies by a few
    /// ms from one run to the next.
    pub noise: Duration,
}

impl Limits {
    /// Returns the broken limits as text; `without` is the same load without the attack.
    pub fn broken(&self, trial: &Trial, without: &Outcome, with: &Outcome) -> Vec<String> {
        let mut broken = self.slower(without, with);
        let Outcome { felt, growth, released, .. } = with;
        if felt.failures > 0 {
            broken.push(format!("{} other clients lost their connection", felt.failures));
        }
        if felt.delivery.count == 0 || felt.ready.count == 0 || felt.publish.count == 0 {
            broken.push("other clients were not served at all".to_owned());
        }
        let limit = memory(trial);
        let growth = growth.saturating_sub(without.growth);
        if growth > limit {
            broken.push(format!("memory grew by {}, the limit is {}", mib(growth), mib(limit)));
        }
        if released.is_none() {
            broken.push("streams were not released".to_owned());
        }
        broken
    }

    /// Whether a control can be compared with: one that other programs disturbed would excuse anything.
    pub fn is_steady(&self, control: &Outcome) -> bool {
        let Felt { delivery, ready, publish, .. } = control.felt;
        [delivery, ready, publish].iter().all(|felt| felt.p99 <= 3 * self.noise)
    }

    /// Returns what became too slow, perhaps because of another program on the machine.
    pub fn slower(&self, without: &Outcome, with: &Outcome) -> Vec<String> {
        let each = [
            ("delivery", without.felt.delivery, with.felt.delivery),
            ("/ready", without.felt.ready, with.felt.ready),
            ("publish", without.felt.publish, with.felt.publish),
        ];
        let ratio = |without: Percentiles, with: Percentiles| self.ratio(without, with);
        let felt = each
            .into_iter()
            .filter(|(_, without, with)| ratio(*without, *with) > f64::from(self.times))
            .map(|(what, without, with)| format!("{what} ×{:.1}", ratio(without, with)));
        let late = with.stopped.is_none_or(|took| took > STOP);
        let late = late.then(|| match with.stopped {
            Some(took) => format!("stopped after {took:.1?}, the limit is {STOP:.1?}"),
            None => "did not stop and was killed".to_owned(),
        });
        felt.chain(late).collect()
    }

    /// Returns how much the 99th percentile grew, as a multiple, above the noise.
    pub fn ratio(&self, without: Percentiles, with: Percentiles) -> f64 {
        with.p99.as_secs_f64() / without.p99.max(self.noise).as_secs_f64()
    }
}

/// Returns how much the server's memory may grow, beyond the cost of as many connections without the hub.
///
/// This is the sum of twice the hub's bytes, which unread events may take, the evicted events that each unread
/// stream may keep alive, and the overhead of an allocator.
pub fn memory(trial: &Trial) -> u64 {
    let each = trial.shares().into_iter().map(|(attack, connections)| {
        let unread = attack.unread(connections) * PER_UNREAD;
        unread + connections * per_connection(trial.framework, attack)
    });
    (2 * MAX_BYTES + each.sum::<usize>() + ALLOCATOR) as u64
}

/// What a framework keeps for each connection of an attack on it.
fn per_connection(framework: &Framework, attack: Attack) -> usize {
    match attack {
        // The control has as many connections.
        Attack::Resumes | Attack::Leaves | Attack::Topics | Attack::Slow => 0,
        // They allow a head of 16 MiB, so 1,280 frames of 16 KiB; the others 16 KiB, so seven frames.
        Attack::Continuation if ["actix", "rocket"].contains(&framework.name) => 21 * 1024 * 1024,
        _ => PER_CONNECTION,
    }
}

/// Formats a number of bytes.
pub fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / (1024.0 * 1024.0))
}

impl Default for Limits {
    fn default() -> Self {
        Self { times: 2, noise: Duration::from_millis(10) }
    }
}

/// The bytes of evicted events that one stream may keep alive.
const PER_UNREAD: usize = 128 * 1024;

/// The bytes that a framework may keep, buffers included, for a connection without a request.
const PER_CONNECTION: usize = 32 * 1024;

const ALLOCATOR: usize = 2 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AXUM, attack::Aim};

    const MIB: u64 = 1024 * 1024;

    fn ms(ms: u64) -> Percentiles {
        let time = Duration::from_millis(ms);
        Percentiles { p50: time, p99: time, count: 1 }
    }

    fn outcome(felt: u64) -> Outcome {
        Outcome {
            felt: Felt { delivery: ms(felt), ready: ms(felt), publish: ms(felt), failures: 0 },
            growth: MIB,
            requests: 1,
            answers: Vec::new(),
            held: 0,
            released: Some(Duration::ZERO),
            stopped: Some(Duration::from_secs(2)),
        }
    }

    #[test]
    fn each_limit_on_the_cost_of_an_attack_can_fail() {
        let attacks = vec![Attack::Topics];
        let trial = Trial { framework: &AXUM, attacks, aim: Aim::Hub, time: Duration::ZERO };
        let with = |change: fn(&mut Outcome)| {
            let mut outcome = outcome(15);
            change(&mut outcome);
            outcome
        };
        for (without, with, broken) in [
            (outcome(15), outcome(15), 0),
            // Within the noise.
            (outcome(1), outcome(20), 0),
            (outcome(1), outcome(21), 3),
            (outcome(15), outcome(31), 3),
            (outcome(15), with(|outcome| outcome.felt.ready = ms(31)), 1),
            (outcome(15), with(|outcome| outcome.felt.publish.count = 0), 1),
            (outcome(15), with(|outcome| outcome.felt.failures = 1), 1),
            (outcome(15), with(|outcome| outcome.growth = 5 * MIB), 0),
            (outcome(15), with(|outcome| outcome.growth = 5 * MIB + 1), 1),
            (outcome(15), with(|outcome| outcome.released = None), 1),
            (outcome(15), with(|outcome| outcome.stopped = None), 1),
            (outcome(15), with(|outcome| outcome.stopped = Some(2 * STOP)), 1),
        ] {
            let seen = Limits::default().broken(&trial, &without, &with);
            assert_eq!(seen.len(), broken, "{seen:?} of {with:?}");
        }
    }
}
