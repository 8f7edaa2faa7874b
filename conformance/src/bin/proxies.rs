//! Measures what proxies do to an event stream, and prints a table.
//!
//! ```text
//! cargo build -p conformance --bins && cargo run -p conformance --bin proxies
//! cargo run -p conformance --bin proxies -- --short            # only with our configurations
//! cargo run -p conformance --bin proxies -- haproxy varnish
//! ```
//! Needs nginx, Caddy, HAProxy, Varnish, Apache, Chromium and OpenSSL (Debian packages). Fails if
//! anything that our configurations promise does not hold.

use std::{error::Error, process::ExitCode};

use clap::{Parser, builder::PossibleValuesParser};
use conformance::proxies::{ALL, Limits, Measured, Proxy, Setup, browse, directly, measure};

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
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args = Args::parse();
    let asked = |proxy: &&Proxy| {
        args.proxies.is_empty() || args.proxies.iter().any(|name| name == proxy.name)
    };
    let proxies: Vec<_> = ALL.into_iter().filter(asked).collect();
    for proxy in &proxies {
        proxy.installed()?;
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

    for proxy in proxies.iter().filter(|proxy| proxy.name == "nginx") {
        for setup in setups.iter().filter(|setup| **setup != Setup::Compressing) {
            let seen = browse(proxy, *setup).await?;
            println!("Chromium, nginx, {setup}: {seen}");
            if *setup == Setup::Ours && !seen.all_came_back() {
                broken.push("nginx: expected all EventSources to come back".to_owned());
            }
        }
    }
    for what in &broken {
        println!("{what}");
    }
    println!("{}", if broken.is_empty() { "passed" } else { "FAILED" });
    Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
