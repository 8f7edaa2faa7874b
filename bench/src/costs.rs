//! The costs of operations within a process, without a socket: one table for each.

mod done;
mod fan_out;
mod open;
mod resume;

/// Measures all costs and prints their tables.
pub fn print(short: bool) {
    for Cost { title, about, table } in ALL {
        println!("## {title}\n\n{about}\n\n{}", table(short));
    }
}

/// A table, and the function that makes it.
struct Cost {
    title: &'static str,
    /// A description: the operation, and how to read its figures.
    about: &'static str,
    /// Measures, and returns the table as Markdown. The loads are smaller in the short form.
    table: fn(bool) -> String,
}

/// All costs, in the order of the report. The time that the hub's lock is held belongs here too, as a row
/// of [`Times`](crate::times::Times), once the hub can record it.
const ALL: &[Cost] = &[
    Cost {
        title: "A resume, within a process",
        about: "A subscription begins 512 events of 256 B behind, and is polled until it has received \
                them. The time is the fastest of many. The limit copies the same bytes into an \
                existing buffer; where the pending events are one piece of the log, the hub copies \
                none. Required: at most 100 ns an event.",
        table: resume::table,
    },
    Cost {
        title: "Opening a hub on a log",
        about: "`HubBuilder::open` opens a backend in memory, with the default retention. The time is \
                the fastest of three. The limit reads the same log and does nothing with it. Required: \
                a time in proportion to the events, and at most 2 s for a million.",
        table: open::table,
    },
    Cost {
        title: "Fan-out of one topic, within a process",
        about: "Events of 100 B are published one after another while tasks on all cores receive them, \
                until the last task has received the last event. The time is for each event that is \
                received. Hub and channel keep all events, so that no task loses one.",
        table: fan_out::table,
    },
];
