//! Serves the conformance scenarios on one framework until SIGINT or SIGTERM.
//!
//! ```text
//! conformance-server axum|actix|actix-default|warp|rocket [PORT]
//! ```
//! Its first line of output is its URL.

use std::process::ExitCode;

use conformance::{ACTIX_DEFAULT, ALL, Lab, Stop};
use sse_core::Drain;

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    let port = std::env::args().nth(2).map_or(Ok(0), |port| port.parse());
    let (Ok(port), Some(framework)) =
        (port, ALL.into_iter().chain([&ACTIX_DEFAULT]).find(|other| other.name == name))
    else {
        eprintln!("usage: conformance-server axum|actix|actix-default|warp|rocket [PORT]");
        return ExitCode::FAILURE;
    };
    let started = Box::new(|address| println!("http://{address}"));
    match (framework.serve)(Lab::on_port(port, Drain::default()), started, Stop::Signal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}
