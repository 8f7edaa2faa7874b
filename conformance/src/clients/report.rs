//! The table.

use super::{Cell, Client, Expectation, Outcome, Scenario, expected};

/// Prints the table of one framework, with the reasons for known deviations; returns whether all is as expected.
pub fn print(
    framework: &str,
    clients: &[&'static Client],
    scenarios: &[Scenario],
    outcomes: &[Outcome],
) -> bool {
    let mut notes: Vec<&'static str> = Vec::new();
    let mut rows = vec![header(scenarios)];
    for client in clients {
        let mut row = vec![format!("{} {}", client.name, client.version()).trim_end().to_owned()];
        for scenario in scenarios {
            let outcome = outcomes.iter().find(|outcome| {
                let Cell { client: its, scenario: when, .. } = outcome.cell;
                its.name == client.name && when == *scenario
            });
            row.push(outcome.map_or_else(String::new, |outcome| text(outcome, &mut notes)));
        }
        rows.push(row);
    }

    println!("\n{framework}:\n");
    let widths: Vec<usize> = (0..=scenarios.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<_> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        println!("| {} |", cells.join(" | "));
        if index == 0 {
            let lines: Vec<_> = widths.iter().map(|width| "-".repeat(*width)).collect();
            println!("| {} |", lines.join(" | "));
        }
    }
    println!("\nWhat a client has to do:");
    for scenario in scenarios {
        println!("- {}: {}.", scenario.name(), scenario.requirement());
    }
    println!("\nKnown deviations:");
    for (index, note) in notes.iter().enumerate() {
        println!("[{}] {note}", index + 1);
    }
    let mut passed = true;
    for outcome in outcomes.iter().filter(|outcome| !outcome.is_expected()) {
        passed = false;
        let Outcome { cell, verdict, detail } = outcome;
        let wanted = expected(cell.client, cell.scenario).verdict.name();
        let (name, scenario) = (cell.client.name, cell.scenario.name());
        println!("NOT AS EXPECTED: {name}, {scenario}: {}, not {wanted}: {detail}", verdict.name());
    }
    passed
}

fn header(scenarios: &[Scenario]) -> Vec<String> {
    let names = scenarios.iter().map(|scenario| scenario.name().to_owned());
    ["client".to_owned()].into_iter().chain(names).collect()
}

/// A cell's text, with the number of its note.
fn text(outcome: &Outcome, notes: &mut Vec<&'static str>) -> String {
    let name = outcome.verdict.name();
    if !outcome.is_expected() {
        return format!("{name} (!)");
    }
    let Expectation { reason: Some(reason), .. } =
        expected(outcome.cell.client, outcome.cell.scenario)
    else {
        return name.to_owned();
    };
    let index = notes.iter().position(|note| *note == reason).unwrap_or_else(|| {
        notes.push(reason);
        notes.len() - 1
    });
    format!("{name} [{}]", index + 1)
}
