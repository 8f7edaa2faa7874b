//! Lets the clients of OpenAI, Anthropic, LiteLLM and Vercel read the example `gateway` on each framework.
//!
//! ```text
//! cargo build --bins && cargo run --bin gateway
//! cargo run --bin gateway -- rocket
//! ```
//! Needs Node.js, npm and Python, and installs the pinned clients below the target directory. Fails if a client does not
//! read an answer, resume it, stop it, or notice that it has failed.

use std::{error::Error, process::ExitCode};

use conformance::{
    clients::{CLIENTS, Client, Installed},
    gateway::{CASES, check},
};

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).ok_or("no target directory")?;
    let clients: Vec<&Client> =
        CLIENTS.iter().filter(|client| client.name.starts_with("openai")).collect();
    let installed = Installed::new(target, &clients)?;
    let mut frameworks: Vec<_> = std::env::args().skip(1).collect();
    if frameworks.is_empty() {
        frameworks = ["axum", "actix", "warp", "rocket"].map(str::to_owned).into();
    }
    let mut passed = true;
    for framework in frameworks {
        let lines = check(&framework, &installed).await?;
        let ok = lines.iter().filter(|line| line.starts_with("ok ")).count();
        println!("{framework}: {ok} of {CASES} cases passed");
        let whole = lines.len() == CASES;
        // A script that has died leaves cases out: show those that it has reached.
        let shown = lines.iter().filter(|line| !whole || !line.starts_with("ok "));
        shown.for_each(|line| println!("  {line}"));
        passed &= ok == CASES && whole;
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
