//! What an attack may cost the others.

use std::time::Duration;

use super::{
    honest::Felt,
    kind::Attack,
    samples::Percentiles,
    site::MAX_BYTES,
    trial::{Outcome, STOP, Trial},
};
use crate::Framework;

/// What an attack may cost the others.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many times a 99th percentile may be what it is without the attack.
    pub times: u32,
    /// A 99th percentile below this counts as this: on a machine of two cores, which clients and server
    /// share, it is a few ms from one run to the next.
    pub noise: Duration,
}

impl Limits {
    /// What is broken, in words; `without` is the same load without the attack.
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
            broken.push(format!("{} of memory, {} are the limit", mib(growth), mib(limit)));
        }
        if released.is_none() {
            broken.push("streams were not released".to_owned());
        }
        broken
    }

    /// Whether a control is fit to compare with: one that other programs disturbed excuses anything.
    pub fn is_steady(&self, control: &Outcome) -> bool {
        let Felt { delivery, ready, publish, .. } = control.felt;
        [delivery, ready, publish].iter().all(|felt| felt.p99 <= 3 * self.noise)
    }

    /// What became too slow, which another program on the machine may be the reason of.
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
            Some(took) => format!("stopped after {took:.1?}, {STOP:.1?} are the limit"),
            None => "did not stop and was killed".to_owned(),
        });
        felt.chain(late).collect()
    }

    /// How many times the 99th percentile is what it was, above the noise.
    pub fn ratio(&self, without: Percentiles, with: Percentiles) -> f64 {
        with.p99.as_secs_f64() / without.p99.max(self.noise).as_secs_f64()
    }
}

/// How much the server's memory may grow, beyond what as many connections cost without the hub.
///
/// Twice the hub's bytes, as events that nobody has read yet may take that; for each stream that is not
/// read, the evicted events that it may hold on to; and what an allocator needs.
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

/// Bytes as people read them.
pub fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / (1024.0 * 1024.0))
}

impl Default for Limits {
    fn default() -> Self {
        Self { times: 2, noise: Duration::from_millis(10) }
    }
}

/// Evicted events that one stream may hold on to.
const PER_UNREAD: usize = 128 * 1024;

/// What a framework may keep for a connection whose request has not come, its buffers among it.
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
    fn what_an_attack_costs_the_others_is_limited() {
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
