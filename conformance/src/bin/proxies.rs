//! Measures what proxies do to an event stream, and prints a table.
//!
//! ```text
//! cargo build -p conformance --bins && cargo run -p conformance --bin proxies
//! cargo run -p conformance --bin proxies -- --short            # only with our configurations
//! cargo run -p conformance --bin proxies -- haproxy varnish
//! ```
//! Needs nginx, Caddy, HAProxy, Varnish, Apache, Chromium and OpenSSL (Debian packages). Fails if
//! anything that our configurations promise does not hold.

use std::{io, process::ExitCode};

use clap::{Parser, builder::PossibleValuesParser};
use conformance::proxies::{
    ALL, Down, Limits, Measured, Proxy, Setup, browse, directly, installed, measure,
};

/// Measures what proxies do to an event stream, and prints a table.
#[derive(Parser)]
struct Args {
    /// Only with our configurations, by fewer events.
    #[arg(long)]
    short: bool,
    /// Which proxies; all by default.
    #[arg(value_name = "PROXY", value_parser = PossibleValuesParser::new(ALL.map(|proxy| proxy.name)))]
    proxies: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let broken = match run(Args::parse()).await {
        Ok(broken) => broken,
        Err(error) => vec![error.to_string()],
    };
    for what in &broken {
        eprintln!("{what}");
    }
    println!("{}", if broken.is_empty() { "passed" } else { "FAILED" });
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Returns the limits that our configurations do not keep.
async fn run(args: Args) -> io::Result<Vec<String>> {
    let asked = |proxy: &&Proxy| {
        args.proxies.is_empty() || args.proxies.iter().any(|name| name == proxy.name)
    };
    let proxies: Vec<_> = ALL.into_iter().filter(asked).collect();
    for proxy in &proxies {
        proxy.installed()?;
    }
    let nginx = proxies.iter().find(|proxy| proxy.name == "nginx");
    if nginx.is_some() {
        installed("chromium", "chromium")?;
        installed("openssl", "openssl")?;
    }
    let (events, setups) = match args.short {
        true => (20, &[Setup::Ours][..]),
        false => (50, &[Setup::Minimal, Setup::Compressing, Setup::Ours][..]),
    };

    println!("| proxy | configuration | {}", Measured::HEAD);
    println!("| none | | {}", directly(events).await);
    let mut broken = Vec::new();
    for proxy in &proxies {
        for setup in setups {
            let measured = measure(proxy, *setup, events).await?;
            println!("| {} | {setup} | {measured}", proxy.name);
            if *setup == Setup::Ours {
                broken.extend(Limits::default().broken(proxy, &measured));
            }
        }
    }
    println!();

    if let Some(proxy) = nginx {
        let setups = setups.iter().filter(|setup| **setup != Setup::Compressing);
        for (setup, down) in
            setups.flat_map(|setup| [(setup, Down::Refuses), (setup, Down::Queues)])
        {
            let seen = browse(proxy, *setup, down).await?;
            println!("Chromium, nginx, {setup}: {seen}");
            let promised = *setup == Setup::Ours || down == Down::Queues;
            if promised && !seen.lost_nothing() {
                broken.push(format!("nginx, {setup}, {down}: expected all EventSources to resume"));
            }
        }
    }
    println!();
    Ok(broken)
}
