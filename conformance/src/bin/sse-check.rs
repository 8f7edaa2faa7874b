//! Checks any server of event streams, in any language.
//!
//! ```text
//! cargo run -p conformance --bin sse-check -- http://127.0.0.1:8080/events
//! cargo run -p conformance --bin sse-check -- --format junit --publish http://127.0.0.1:8080/publish URL
//! ```
//! `docs/sse-check.md` explains the options and the findings. The exit status is 0 without errors, 1 with errors, and
//! 2 if the checks could not run.

use std::{process::ExitCode, time::Duration};

use clap::{Parser, ValueEnum};
use conformance::check::{Options, RULES, Trigger, check};

/// Checks any server of event streams, in any language.
#[derive(Parser)]
#[command(name = "sse-check")]
struct Args {
    /// The URL of the stream; only http:
    #[arg(required_unless_present = "rules")]
    url: Option<String>,
    /// A URL to POST to, or a command, that publishes its content as an event on the stream
    #[arg(long, value_name = "URL|COMMAND")]
    publish: Option<Trigger>,
    /// A process to send SIGTERM to, a URL to POST to, or a command, that stops the server
    #[arg(long, value_name = "PID|URL|COMMAND")]
    drain: Option<Trigger>,
    /// The seconds that the server has to stop
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    drain_time: Duration,
    /// The origin of a page that may read the stream
    #[arg(long)]
    origin: Option<String>,
    /// The ID after which the server has nothing more to send
    #[arg(long, value_name = "ID")]
    finished_id: Option<String>,
    /// The longest silence that is allowed, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    keep_alive: Option<Duration>,
    /// The seconds in which a response and some events have to arrive
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    timeout: Duration,
    /// The number of events that the first connection waits for
    #[arg(long, value_name = "NUMBER", default_value_t = 6)]
    events: usize,
    /// A header of each request, as `name: value`
    #[arg(long = "header", value_name = "HEADER", value_parser = header)]
    headers: Vec<(String, String)>,
    /// The format of the report
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Print all rules as a table
    #[arg(long)]
    rules: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    if args.rules {
        for rule in RULES {
            println!("{}", rule.row());
        }
        return ExitCode::SUCCESS;
    }
    match run(args).await {
        Ok(has_errors) => ExitCode::from(u8::from(has_errors)),
        Err(reason) => {
            eprintln!("sse-check: {reason}");
            ExitCode::from(2)
        }
    }
}

async fn run(args: Args) -> Result<bool, String> {
    let options = Options {
        headers: args.headers,
        publish: args.publish,
        drain: args.drain,
        drain_time: args.drain_time,
        origin: args.origin,
        finished_id: args.finished_id,
        keep_alive: args.keep_alive,
        timeout: args.timeout,
        events: args.events,
        ..Options::new(args.url.unwrap_or_default())
    };
    let report = check(options).await?;
    let text = match args.format {
        Format::Text => report.text(),
        Format::Json => report.json().map_err(|error| error.to_string())? + "\n",
        Format::Junit => report.junit().map_err(|error| error.to_string())?,
    };
    print!("{text}");
    Ok(report.has_errors())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| format!("{text} is not a number of seconds"))?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if !time.is_zero() && time < Duration::from_secs(3_600) => Ok(time),
        _ => Err(format!("{text} is not a number of seconds above 0 and below 3600")),
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("a header is `name: value`")?;
    let name: http::HeaderName =
        name.trim().parse().map_err(|_| format!("{name:?} is no header"))?;
    let value: http::HeaderValue =
        value.trim().parse().map_err(|_| format!("{name}: its value is not valid"))?;
    let value = value.to_str().map_err(|_| format!("{name}: its value is not ASCII"))?;
    Ok((name.to_string(), value.to_owned()))
}
