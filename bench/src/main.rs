//! Runs the servers, loads them, and writes the report: see the README beside.
//!
//! ```text
//! bench report [--short] [--only NAME]
//! bench serve axum|actix|warp|rocket ours|own|raw
//! bench serve epoll raw
//! ```

use std::process::ExitCode;

use bench::servers::{Options, serve};

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let result = match args.next().as_deref() {
        Some("serve") => {
            let name =
                format!("{} {}", args.next().unwrap_or_default(), args.next().unwrap_or_default());
            name.parse().and_then(|contestant| serve(contestant, Options::from_args(args)))
        }
        _ => Err("usage: bench report [--short] [--only NAME]".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
