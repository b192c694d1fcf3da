//! The table at the end, and what follows from it.

use crate::run::Outcome;
use std::fmt::Write as _;

/// A line of the table: what is counted, and where it is found.
type Line = (&'static str, fn(&Outcome) -> u64);

/// The two runs side by side.
pub(crate) fn table(without: &Outcome, with: &Outcome) -> String {
    let mut table = String::new();
    let mut line = |name: &str, left: &str, right: &str| {
        // Writing to a `String` cannot fail.
        let _ = writeln!(table, "{name:<34} {left:>15} {right:>15}");
    };
    line("", "without cache", "with cache");
    let counts: [Line; 5] = [
        ("requests", |outcome| outcome.requests),
        ("requests per second", per_second),
        ("versions acknowledged", |outcome| outcome.acknowledged),
        ("longest after acknowledgement, ms", |outcome| outcome.verdict.longest / 1_000_000),
        ("stale beyond the bound", |outcome| outcome.verdict.beyond),
    ];
    for (name, count) in counts {
        line(name, &grouped(count(without)), &grouped(count(with)));
    }
    table
}

/// What the table says.
pub(crate) fn verdict(without: &Outcome, with: &Outcome, bound: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a ratio for people to read")]
    let faster = per_second(with) as f64 / per_second(without).max(1) as f64;
    let faster = format!("with the cache: {faster:.1} times the requests per second");
    match without.verdict.beyond + with.verdict.beyond {
        0 => format!("{faster}\nevery answer was checked: none was stale by more than {bound} ms"),
        beyond => format!(
            "{faster}\nFAILED: {} versions were answered with more than {bound} ms after a newer one was acknowledged",
            grouped(beyond)
        ),
    }
}

fn per_second(outcome: &Outcome) -> u64 {
    let rate = u128::from(outcome.requests) * 1_000_000_000 / outcome.elapsed.as_nanos().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

/// A number with its digits in groups of three: `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    indicatif::HumanCount(number).to_string()
}
