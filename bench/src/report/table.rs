//! The results of a workload as a Markdown table.

use std::fmt::Write as _;

use crate::{
    Contestant, Framework, Kind,
    workloads::{Figure, Workload},
};

/// The results of one server's turns.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    /// The figures of each turn that succeeded.
    pub(super) rounds: Vec<Vec<f64>>,
    /// The errors of the other turns.
    pub(super) failures: Vec<String>,
}

impl Outcome {
    /// Returns the median of a figure, or `None` if no turn has this figure.
    pub(super) fn median(&self, figure: usize) -> Option<f64> {
        median(&self.sorted(figure))
    }

    fn sorted(&self, figure: usize) -> Vec<f64> {
        sorted(self.rounds.iter().map(|round| round[figure]))
    }

    /// Returns the range of a figure, if more than one turn has it.
    fn range(&self, figure: usize, digits: usize) -> String {
        match self.sorted(figure).as_slice() {
            [least, .., most] => format!("{least:.digits$} to {most:.digits$}"),
            _ => String::new(),
        }
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<_> = values.filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> Option<f64> {
    let (upper, lower) = (sorted.len() / 2, sorted.len().saturating_sub(1) / 2);
    Some((sorted.get(upper)? + sorted.get(lower)?) / 2.0)
}

/// Writes the medians, with one row for each server, and the range of the first figure.
pub(super) fn write(workload: &Workload, outcomes: &[(Contestant, Outcome)]) -> String {
    let mut text = String::from("| server |");
    let Figure(_, first) = workload.figures[0];
    for (at, Figure(name, _)) in workload.figures.iter().enumerate() {
        let range = if at == 0 { " range |" } else { "" };
        let _ = write!(text, " {name} |{range}");
    }
    text += &format!("\n|---|{}\n", "---:|".repeat(workload.figures.len() + 1));
    for (contestant, outcome) in outcomes {
        let _ = write!(text, "| {contestant} |");
        for (at, Figure(_, digits)) in workload.figures.iter().enumerate() {
            match outcome.median(at) {
                Some(value) => drop(write!(text, " {value:.digits$} |")),
                None => text += " - |",
            }
            if at == 0 {
                let _ = write!(text, " {} |", outcome.range(0, first));
            }
        }
        text += "\n";
    }
    for (contestant, outcome) in outcomes {
        for failure in &outcome.failures {
            let _ = writeln!(text, "\n**{contestant} failed**: {failure}");
        }
    }
    text
}

/// Writes the first figure of ours as a multiple of the others'. The targets are set for these multiples.
///
/// Each multiple is of neighbouring turns, because a disturbance affects neighbouring turns alike. The
/// middle half of the multiples shows the noise. The floor took no turns between ours, so its multiple is
/// one of medians.
pub(super) fn ratios(outcomes: &[(Contestant, Outcome)]) -> String {
    let outcome = |framework, kind| {
        let contestant = Contestant { framework, kind };
        Some(&outcomes.iter().find(|(other, _)| *other == contestant)?.1)
    };
    let floor = outcome(Framework::Epoll, Kind::Raw).and_then(|floor| floor.median(0));
    let mut text = String::from("| ours, as a multiple of | own | raw | the floor |\n");
    text += "|---|---:|---:|---:|\n";
    for framework in Framework::ALL {
        let Some(ours) = outcome(framework, Kind::Ours) else { continue };
        let _ = write!(text, "| {} |", framework.name());
        for kind in [Kind::Own, Kind::Raw] {
            let other = outcome(framework, kind);
            let _ = write!(text, " {} |", other.map_or("-".to_owned(), |other| ratio(ours, other)));
        }
        let to_floor = ours.median(0).zip(floor).map(|(ours, floor)| ours / floor);
        let to_floor = to_floor.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
        let _ = writeln!(text, " {to_floor} |");
    }
    text
}

fn ratio(ours: &Outcome, other: &Outcome) -> String {
    let turns = ours.rounds.iter().zip(&other.rounds);
    let ratios = sorted(turns.map(|(ours, other)| ours[0] / other[0]));
    let quarter = ratios.len() / 4;
    match (median(&ratios), ratios.len()) {
        (None, _) => "-".to_owned(),
        (Some(median), 0..3) => format!("{median:.2}"),
        (Some(median), turns) => {
            let (low, high) = (ratios[quarter], ratios[turns - 1 - quarter]);
            format!("{median:.2} ({low:.2} to {high:.2})")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_value_and_ignores_missing_values() {
        let outcome = |values: &[f64]| Outcome {
            rounds: values.iter().map(|value| vec![*value]).collect(),
            failures: Vec::new(),
        };
        assert_eq!(outcome(&[3.0, 1.0, 9.0]).median(0), Some(3.0));
        assert_eq!(outcome(&[4.0, 1.0, 2.0, 9.0]).median(0), Some(3.0));
        assert_eq!(outcome(&[f64::NAN, 2.0]).median(0), Some(2.0));
        assert_eq!(outcome(&[f64::NAN]).median(0), None);
        assert_eq!(outcome(&[]).median(0), None);
        assert_eq!(outcome(&[3.0, 1.0, 9.0]).range(0, 1), "1.0 to 9.0");
    }

    #[test]
    fn ours_is_compared_with_servers_of_the_same_framework() {
        let row = |name: &str, value: f64| {
            (name.parse().unwrap(), Outcome { rounds: vec![vec![value]], failures: Vec::new() })
        };
        let outcomes = [row("epoll raw", 1.0), row("axum ours", 3.0), row("axum own", 6.0)];
        let text = ratios(&outcomes);
        assert!(text.ends_with("\n| axum | 0.50 | - | 3.00 |\n"), "{text}");

        let row = |name: &str, values: &[f64]| {
            let rounds = values.iter().map(|value| vec![*value]).collect();
            (name.parse().unwrap(), Outcome { rounds, failures: Vec::new() })
        };
        let outcomes = [
            row("axum ours", &[1.0, 2.0, 4.0, 8.0, 10.0]),
            row("axum raw", &[1.0, 1.0, 2.0, 2.0, 2.0]),
        ];
        let text = ratios(&outcomes);
        assert!(text.ends_with("\n| axum | - | 2.00 (2.00 to 4.00) | - |\n"), "{text}");
    }
}
