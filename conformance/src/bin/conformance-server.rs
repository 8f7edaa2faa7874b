//! Serves the conformance scenarios on one framework until SIGINT or SIGTERM.
//!
//! ```text
//! conformance-server axum|actix|actix-default|warp|rocket
//! ```
//! Its first line of output is its URL.

use std::process::ExitCode;

use conformance::{ACTIX_DEFAULT, ALL, Lab, Stop};

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    let Some(framework) = ALL.into_iter().chain([&ACTIX_DEFAULT]).find(|other| other.name == name)
    else {
        eprintln!("usage: conformance-server axum|actix|actix-default|warp|rocket");
        return ExitCode::FAILURE;
    };
    let started = Box::new(|address| println!("http://{address}"));
    match (framework.serve)(Lab::new(), started, Stop::Signal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}
