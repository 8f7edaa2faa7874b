//! Serves the conformance scenarios on one framework until SIGINT or SIGTERM.
//!
//! ```text
//! conformance-server axum|actix|actix-default|warp|rocket|hyper [PORT [DEADLINE]]
//! ```
//! Its first line of output is its URL. Without a port, or with 0, the system chooses one. The deadline is
//! that of its drain, in seconds.

use std::{process::ExitCode, time::Duration};

use conformance::{ACTIX_DEFAULT, ALL, Lab, Stop};
use sse_core::Drain;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let port = arguments.next().map_or(Some(0), |port| port.parse().ok());
    let deadline = arguments.next().map_or(Some(None), |seconds| seconds.parse().ok().map(Some));
    let framework = ALL.into_iter().chain([&ACTIX_DEFAULT]).find(|other| other.name == name);
    let (Some(framework), Some(port), Some(deadline)) = (framework, port, deadline) else {
        eprintln!(
            "usage: conformance-server axum|actix|actix-default|warp|rocket|hyper [PORT [DEADLINE]]"
        );
        return ExitCode::FAILURE;
    };
    let started = Box::new(|address| println!("http://{address}"));
    let drain = deadline.map_or_else(Drain::default, |seconds| {
        Drain::default().deadline(Duration::from_secs(seconds))
    });
    match (framework.serve)(Lab::on_port(port).with_drain(drain), started, Stop::Signal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}
