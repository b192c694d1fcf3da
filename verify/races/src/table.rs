//! The table.

use crate::contestant::Contestant;
use crate::stage::Outcome;
use crate::version::version_of;
use comfy_table::presets::{ASCII_MARKDOWN, UTF8_FULL_CONDENSED};
use comfy_table::{CellAlignment, Table};
use std::time::Duration;

/// Lays out what came of the races: a row for each contestant, with the outcomes of its runs.
pub fn table(results: &[(Contestant, Vec<Outcome>)], markdown: bool) -> String {
    let mut table = Table::new();
    table.load_style(if markdown { ASCII_MARKDOWN } else { UTF8_FULL_CONDENSED });
    table.set_header([
        "library",
        "caches by",
        "invalidates by",
        "1 computing",
        "2 late caller",
        "3 twice",
        "late caller waits",
        "invalidation waits",
    ]);
    for (contestant, outcomes) in results {
        table.add_row(row(contestant, outcomes, markdown));
    }
    for column in table.column_iter_mut().skip(6) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n")
}

fn row(contestant: &Contestant, outcomes: &[Outcome], markdown: bool) -> [String; 8] {
    let verdict = |fresh: fn(&Outcome) -> bool| verdict(outcomes.iter().map(fresh), markdown);
    let waits = |wait: fn(&Outcome) -> Duration| milliseconds(median(outcomes.iter().map(wait)));
    let code = |text: &str| if markdown { format!("`{text}`") } else { text.to_owned() };
    [
        format!("{} {}", code(contestant.library), version_of(contestant.library)),
        code(contestant.caches),
        code(contestant.invalidates),
        verdict(|outcome| outcome.computing),
        verdict(|outcome| outcome.late.fresh),
        verdict(|outcome| outcome.twice),
        waits(|outcome| outcome.late.answer),
        waits(|outcome| outcome.late.invalidation),
    ]
}

/// One stale answer is one too many; of several runs it is said how many had one.
fn verdict(fresh: impl ExactSizeIterator<Item = bool>, markdown: bool) -> String {
    let runs = fresh.len();
    let stale = fresh.filter(|fresh| !fresh).count();
    let verdict = match (stale, runs) {
        (0, _) => return "fresh".to_owned(),
        (_, 1) => "STALE".to_owned(),
        _ => format!("STALE {stale}/{runs}"),
    };
    if markdown { format!("**{verdict}**") } else { verdict }
}

fn median(waits: impl Iterator<Item = Duration>) -> Duration {
    let mut waits: Vec<_> = waits.collect();
    waits.sort_unstable();
    waits.get(waits.len() / 2).copied().unwrap_or_default()
}

fn milliseconds(wait: Duration) -> String {
    format!("{:.1} ms", wait.as_secs_f64() * 1000.0)
}
