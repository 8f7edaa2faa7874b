//! One client, in its own thread.

use std::{io, net::SocketAddr, thread};

use tokio::{sync::oneshot, task::JoinSet};

use super::{kind::Attack, tally::Tally};

/// The target of an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// The routes that use the hub.
    Hub,
    /// As many connections, requests and bytes to routes that do not.
    Plain,
}

/// What an attack needs to know.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) address: SocketAddr,
    pub(super) aim: Aim,
    /// How many connections it may have.
    pub(super) connections: usize,
    pub(super) tally: Tally,
}

/// One client, in its own thread. All its connections close when this is stopped or dropped.
#[derive(Debug)]
pub(super) struct Attacker {
    thread: Option<thread::JoinHandle<io::Result<()>>>,
    stop: Option<oneshot::Sender<()>>,
}

impl Attacker {
    /// Starts the attacks, each with its number of connections.
    pub(super) fn start(attacks: Vec<(Attack, usize)>, plan: Plan) -> Self {
        Self::crowd(plan, move |plan, tasks| {
            for (attack, connections) in attacks {
                attack.start(&Plan { connections, ..plan.clone() }, tasks);
            }
        })
    }

    /// Starts anything else that has a thread of its own.
    pub(super) fn crowd(
        plan: Plan,
        start: impl FnOnce(&Plan, &mut JoinSet<()>) + Send + 'static,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut tasks = JoinSet::new();
                start(&plan, &mut tasks);
                drop(stopped.await);
            });
            Ok(())
        });
        Self { thread: Some(thread), stop: Some(stop) }
    }
}

impl Drop for Attacker {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // A thread that has ended does not need the message.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
