//! Serves the conformance scenarios on one framework until SIGINT or SIGTERM.
//!
//! ```text
//! conformance-server axum|actix|actix-default|warp|rocket [PORT]
//! ```
//! Its first line of output is its URL. Without a port, or with 0, the system chooses one.

use std::process::ExitCode;

use conformance::{ACTIX_DEFAULT, ALL, Lab, Stop};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let port = arguments.next().map_or(Some(0), |port| port.parse().ok());
    let framework = ALL.into_iter().chain([&ACTIX_DEFAULT]).find(|other| other.name == name);
    let (Some(framework), Some(port)) = (framework, port) else {
        eprintln!("usage: conformance-server axum|actix|actix-default|warp|rocket [PORT]");
        return ExitCode::FAILURE;
    };
    let started = Box::new(|address| println!("http://{address}"));
    match (framework.serve)(Lab::on_port(port), started, Stop::Signal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}
