//! One client that does its worst, and what the others feel of it.
//!
//! The server runs in a process of its own. Beside the attacker, 50 subscribers, a publisher and a
//! client of `GET /ready` measure their delays. What an attack on the hub costs is compared with as many
//! connections, requests and bytes on routes that do not use the hub; an attack on sockets, with the
//! server in peace. The program `attack` runs it and prints a table.

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
