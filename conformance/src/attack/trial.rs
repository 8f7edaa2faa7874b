//! One attack on one server, and its effect on the other clients.

use std::{io, time::Duration};

use tokio::time::{Instant, interval, sleep};

use super::{
    attacker::{Aim, Attacker, Plan},
    honest::{Felt, Honest},
    kind::Attack,
    leaves,
    node::{Counts, Node},
    site::{BEAT, DEADLINE},
    tally::Tally,
};
use crate::Framework;

/// One attack on one server.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The framework.
    pub framework: &'static Framework,
    /// The attacks that run at the same time; none for the undisturbed server.
    pub attacks: Vec<Attack>,
    /// The target.
    pub aim: Aim,
    /// How long it lasts.
    pub time: Duration,
}

/// The outcome of a trial.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the other clients measured.
    pub felt: Felt,
    /// The most by which the server's resident memory grew, in bytes.
    pub growth: u64,
    /// The number of the attacker's requests.
    pub requests: u64,
    /// The answers to them.
    pub answers: Vec<String>,
    /// How many streams the attacker held open at the end.
    pub held: usize,
    /// How long after the attack the server had released its streams; `None` if it did not in time.
    pub released: Option<Duration>,
    /// How long the server took to stop during an attack; `None` if it was killed, as a control always is.
    pub stopped: Option<Duration>,
}

impl Trial {
    /// Starts a server and its other clients, attacks, and stops the server during another attack. A
    /// control ends with the first.
    ///
    /// # Errors
    /// The system's.
    pub async fn run(&self) -> io::Result<Outcome> {
        let node = Node::start(self.framework.name).await?;
        let honest = Honest::start(node.address).await?;
        let plan = |tally: &Tally| Plan {
            address: node.address,
            aim: self.aim,
            connections: 0,
            tally: tally.clone(),
        };
        let crowd = self.attacks.contains(&Attack::Leaves);
        let crowd = crowd.then(|| Attacker::crowd(plan(&Tally::default()), leaves::watch));
        let before = settle(&node, if crowd.is_some() { leaves::WATCHERS } else { 0 }).await?;

        let resident = node.resident()?;
        let tally = Tally::default();
        let attacker = Attacker::start(self.shares(), plan(&tally));
        honest.felt();
        let most = most_resident(&node, self.time).await?;
        let felt = honest.felt();
        let (requests, answers) = (tally.requests(), tally.answers());
        let held = node.counts().await?.streams.saturating_sub(before.streams);
        drop(attacker);
        let released = released(&node, before).await?;

        let mut stopped = None;
        if self.aim == Aim::Hub {
            let again = Attacker::start(self.shares(), plan(&Tally::default()));
            sleep(BEFORE_STOP).await;
            stopped = node.stop().await?;
            drop(again);
        }
        drop((crowd, honest));
        let growth = most.saturating_sub(resident);
        Ok(Outcome { felt, growth, requests, answers, held, released, stopped })
    }

    /// How many connections each attack has: those on the hub share theirs.
    pub fn shares(&self) -> Vec<(Attack, usize)> {
        let on_the_hub = |attack: &Attack| Attack::ON_THE_HUB.contains(attack);
        let sharing = self.attacks.iter().filter(|attack| on_the_hub(attack)).count();
        let share = |attack: Attack| match on_the_hub(&attack) {
            true => attack.connections() / sharing,
            false => attack.connections(),
        };
        self.attacks.iter().map(|attack| (*attack, share(*attack))).collect()
    }
}

/// Waits until all others are connected and warm.
async fn settle(node: &Node, watchers: usize) -> io::Result<Counts> {
    let until = Instant::now() + PATIENCE;
    loop {
        sleep(WARM).await;
        let counts = node.counts().await?;
        if counts.streams >= watchers + super::honest::SUBSCRIBERS {
            return Ok(counts);
        }
        if Instant::now() > until {
            return Err(io::Error::other(format!("only {} streams opened", counts.streams)));
        }
    }
}

async fn most_resident(node: &Node, time: Duration) -> io::Result<u64> {
    let until = Instant::now() + time;
    let mut ticks = interval(Duration::from_millis(50));
    let mut most = 0;
    while Instant::now() < until {
        ticks.tick().await;
        most = most.max(node.resident()?);
    }
    Ok(most)
}

/// Waits until the counts are as before.
async fn released(node: &Node, before: Counts) -> io::Result<Option<Duration>> {
    let began = Instant::now();
    loop {
        let now = node.counts().await?;
        if now.subscribers <= before.subscribers && now.streams <= before.streams {
            return Ok(Some(began.elapsed()));
        }
        if began.elapsed() > RELEASE {
            return Ok(None);
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// The longest that a server may take to stop: a runtime with 10,000 connections takes some time to end.
pub(super) const STOP: Duration = DEADLINE.saturating_add(Duration::from_secs(1));

/// Two keep-alives, and some time to send them.
const RELEASE: Duration = BEAT.saturating_mul(2).saturating_add(Duration::from_secs(2));

const WARM: Duration = Duration::from_millis(500);

const BEFORE_STOP: Duration = Duration::from_millis(300);

const PATIENCE: Duration = Duration::from_secs(10);
