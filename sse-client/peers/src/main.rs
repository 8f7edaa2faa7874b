//! Prints what `sse-client` and four other crates do under the same faults, each with its default settings, and the
//! CPU time that an event costs them.
//!
//! ```text
//! cargo run --release
//! ```
//! It takes about a minute and a half. The faults are played by a server on a socket in this process.

mod cpu;
mod fault;
mod reader;
mod server;

use std::thread;

use fault::Fault;
use reader::Reader;

fn main() {
    // Each cell has a thread and a runtime of its own.
    let rows = Fault::ALL.map(|fault| {
        (fault, Reader::ALL.map(|reader| thread::spawn(move || fault.verdict(reader))))
    });
    let names = Reader::ALL.map(Reader::name);
    println!("| fault | {} |", names.join(" | "));
    println!("|---|{}", "---|".repeat(names.len()));
    for (fault, cells) in rows {
        let cells = cells.map(|cell| cell.join().unwrap_or_else(|_| "panics".to_owned()));
        println!("| {} | {} |", fault.name(), cells.join(" | "));
    }
    let costs = Reader::ALL.map(|reader| format!("{:.2} \u{b5}s", cpu::per_event(reader)));
    println!("| CPU per event | {} |", costs.join(" | "));
}
