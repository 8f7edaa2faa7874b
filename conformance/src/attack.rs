//! One client that does its worst, and its effect on the other clients.
//!
//! The server runs in its own process. Beside the attacker, 50 subscribers, a publisher and a client of
//! `GET /ready` measure their delays. The cost of an attack on the hub is compared with that of as many
//! connections, requests and bytes on routes that do not use the hub. An attack on sockets is compared with the
//! undisturbed server. The program `attack` runs it and prints a table.

mod attacker;
mod continuation;
mod frames;
mod half_open;
mod heads;
mod honest;
mod kind;
mod leaves;
mod limits;
mod node;
mod resets;
mod resumes;
mod samples;
pub(crate) mod site;
mod slow;
mod tally;
mod topics;
mod trial;
mod unread;
mod windows;
mod wire;
mod worker;

pub use self::{
    attacker::Aim,
    honest::Felt,
    kind::Attack,
    limits::{Limits, memory, mib},
    samples::Percentiles,
    site::serve,
    trial::{Outcome, Trial},
};
