//! When to connect, to wait and to stop. It has no socket, and time is an argument.

mod action;
mod input;
mod policy;
mod state;

use std::time::{Duration, Instant};

pub(crate) use self::{action::Action, input::Input, policy::Policy, state::State};

/// The state of one client. Each input returns what to do next.
#[derive(Debug)]
pub(crate) struct Machine {
    policy: Policy,
    state: State,
    /// The lost connections and failed attempts since the last healthy connection.
    losses: u32,
    /// The server's last one.
    reconnection_time: Option<Duration>,
    /// Whether the request in flight may be sent again.
    repeatable: bool,
    /// Whether a connection was open before.
    opened: bool,
}

impl Machine {
    pub(crate) fn new(policy: Policy) -> Self {
        let (state, losses) = (State::Preparing, 0);
        Self { policy, state, losses, reconnection_time: None, repeatable: true, opened: false }
    }

    /// Returns when `Input::Time` is due, if nothing else happens.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Sending { deadline } | State::Open { deadline, .. } => deadline,
            State::Waiting { until } => Some(until),
            State::Preparing | State::Stopped => None,
        }
    }

    /// Takes an input. `random` is between 0 and 1, and spreads the reconnects of many clients.
    pub(crate) fn take(&mut self, input: Input, now: Instant, random: f64) -> Action {
        match (self.state, input) {
            (State::Preparing, Input::Send { safe }) => {
                self.repeatable = self.policy.reconnect.unwrap_or(safe);
                self.state = State::Sending { deadline: self.stall(now) };
                Action::Continue
            }
            (State::Sending { .. }, Input::Opened) => {
                self.state = State::Open { since: now, deadline: self.stall(now) };
                match std::mem::replace(&mut self.opened, true) {
                    true => Action::Resumed,
                    false => Action::Opened,
                }
            }
            (State::Sending { .. }, Input::Later(retry_after)) => {
                self.lose(retry_after, now, random)
            }
            // A request that was not sent can be sent again, whatever its method is, unless reconnects are off.
            (State::Sending { .. }, Input::Unsent) => {
                self.repeatable = self.policy.reconnect != Some(false);
                self.lose(None, now, random)
            }
            (State::Open { since, .. }, Input::Bytes) => {
                self.state = State::Open { since, deadline: self.stall(now) };
                Action::Continue
            }
            (State::Open { .. }, Input::Retry(time)) => {
                self.reconnection_time = Some(time);
                Action::Continue
            }
            (State::Open { .. }, Input::Ended) if !self.repeatable => self.stop(Action::Finish),
            (State::Sending { .. } | State::Open { .. }, Input::Failed | Input::Ended) => {
                self.lose(None, now, random)
            }
            // A timer may fire for a deadline that bytes have moved since.
            (_, Input::Time) if self.deadline().is_none_or(|deadline| now < deadline) => {
                Action::Continue
            }
            (State::Sending { .. } | State::Open { .. }, Input::Time) => {
                self.lose(None, now, random)
            }
            (State::Waiting { .. }, Input::Time) => {
                self.state = State::Preparing;
                Action::Connect
            }
            // HTML 9.2.1: "Clients will reconnect if the connection is closed; a client can be told to stop
            // reconnecting using the HTTP 204 No Content response code."
            (_, Input::NoContent) => self.stop(Action::Finish),
            (_, Input::Refused) => self.stop(Action::Fail),
            (_, _) => Action::Continue,
        }
    }

    fn lose(&mut self, retry_after: Option<Duration>, now: Instant, random: f64) -> Action {
        if !self.repeatable {
            return self.stop(Action::Fail);
        }
        if let State::Open { since, .. } = self.state
            && now.saturating_duration_since(since) >= self.policy.healthy
        {
            self.losses = 0;
        }
        self.losses = self.losses.saturating_add(1);
        let asked = retry_after.max(self.reconnection_time);
        let delay = self.policy.backoff.delay(self.losses, asked, random);
        self.state = State::Waiting { until: now + delay };
        Action::Wait(delay)
    }

    fn stop(&mut self, action: Action) -> Action {
        self.state = State::Stopped;
        action
    }

    /// The deadline of a connection that is alive now. `None` is too far away for a clock.
    fn stall(&self, now: Instant) -> Option<Instant> {
        now.checked_add(self.policy.stall_after)
    }
}

#[cfg(test)]
mod tests;
