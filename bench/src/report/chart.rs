//! The results of a workload as a bar chart, for light and dark backgrounds.

use std::fmt::Write as _;

use super::table::Outcome;
use crate::{
    Contestant, Framework, Kind,
    workloads::{Figure, Workload},
};

/// Draws the medians of the workload's first figure.
pub(super) fn draw(workload: &Workload, outcomes: &[(Contestant, Outcome)]) -> String {
    let Figure(name, digits) = workload.figures[0];
    let most = outcomes.iter().filter_map(|(_, outcome)| outcome.median(0)).fold(0.0, f64::max);
    let mut bars = String::new();
    let (mut y, mut before) = (TOP, None);
    for (contestant, outcome) in outcomes {
        if before.replace(contestant.framework).is_some_and(|other| other != contestant.framework) {
            y += GAP;
        }
        let class = match (contestant.framework, contestant.kind) {
            (Framework::Epoll, _) => "floor",
            (_, Kind::Ours) => "ours",
            (_, Kind::Own) => "own",
            (_, Kind::Raw) => "raw",
        };
        let base = y + BAR - 4;
        let _ =
            writeln!(bars, r#"<text x="{}" y="{base}" class="name">{contestant}</text>"#, LEFT - 8);
        let (width, text) = match outcome.median(0) {
            Some(value) if most > 0.0 => (value / most * WIDTH, format!("{value:.digits$}")),
            Some(value) => (0.0, format!("{value:.digits$}")),
            None => (0.0, "-".to_owned()),
        };
        let _ = writeln!(
            bars,
            r#"<rect x="{LEFT}" y="{y}" width="{width:.1}" height="{}" class="{class}"/>"#,
            BAR - 2
        );
        let end = f64::from(LEFT) + width + 6.0;
        let _ = writeln!(bars, r#"<text x="{end:.1}" y="{base}">{text}</text>"#);
        y += BAR;
    }
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 {height}" width="640" role="img">
<title>{title}: {name}</title>
<style>
text {{ font: 12px system-ui, sans-serif; fill: #333 }}
.name {{ text-anchor: end }}
.title {{ font-weight: 600 }}
.ours {{ fill: #1a7f64 }} .own {{ fill: #c2702f }} .raw {{ fill: #8a93a0 }} .floor {{ fill: #5b6dc8 }}
@media (prefers-color-scheme: dark) {{ text {{ fill: #ddd }} .ours {{ fill: #3fc49d }} .own {{ fill: #e69a5c }} }}
</style>
<text x="8" y="18" class="title">{title}: {name}</text>
{bars}</svg>
"#,
        height = y + 8,
        title = workload.title,
    )
}

const TOP: u32 = 32;
const LEFT: u32 = 100;
const BAR: u32 = 16;
const GAP: u32 = 8;
const WIDTH: f64 = 440.0;
