//! The table at the end, and what follows from it.

use crate::outcome::Outcome;
use std::fmt::Write as _;

/// A line of the table: what is counted, and where it is found.
type Line = (&'static str, fn(&Outcome) -> u64);

const LINES: [Line; 12] = [
    ("requests", requests),
    ("requests per second", per_second),
    ("reads", |outcome| outcome.tally.reads),
    ("writes", |outcome| outcome.tally.writes),
    ("text served, MB", |outcome| outcome.tally.bytes / 1_000_000),
    ("SQL statements run", |outcome| outcome.tally.statements),
    ("hits", |outcome| outcome.cache.hits),
    ("misses", |outcome| outcome.cache.misses),
    ("joined", |outcome| outcome.cache.joined),
    ("ended generations", |outcome| outcome.cache.ended),
    ("answers from the future", |outcome| outcome.tally.from_the_future),
    ("stale answers", |outcome| outcome.tally.stale),
];

/// The two runs side by side.
pub(crate) fn table(without: &Outcome, with: &Outcome) -> String {
    let mut table = String::new();
    let mut line = |name: &str, left: &str, right: &str| {
        // Writing to a `String` cannot fail.
        let _ = writeln!(table, "{name:<24} {left:>15} {right:>15}");
    };
    line("", "without cache", "with cache");
    for (name, count) in LINES {
        line(name, &grouped(count(without)), &grouped(count(with)));
    }
    table
}

/// What the table says.
pub(crate) fn verdict(without: &Outcome, with: &Outcome) -> String {
    let faster = ratio(per_second(with), per_second(without));
    let statements = |outcome: &Outcome| ratio(outcome.tally.statements, requests(outcome));
    let (before, after) = (statements(without), statements(with));
    let mut text = format!(
        "with the cache: {faster:.1} times the requests per second, {after:.3} SQL statements per \
         request instead of {before:.3}"
    );
    let wrong = |outcome: &Outcome| outcome.tally.stale + outcome.tally.from_the_future;
    match wrong(without) + wrong(with) {
        0 => text.push_str("\nevery answer was checked: none was stale"),
        wrong => {
            let _ = write!(text, "\nFAILED: {} answers were wrong", grouped(wrong));
        }
    }
    text
}

fn requests(outcome: &Outcome) -> u64 {
    outcome.tally.reads + outcome.tally.writes
}

fn per_second(outcome: &Outcome) -> u64 {
    let rate = u128::from(requests(outcome)) * 1_000_000_000 / outcome.elapsed.as_nanos().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a ratio for people to read")]
fn ratio(count: u64, of: u64) -> f64 {
    count as f64 / of.max(1) as f64
}

/// A number with its digits in groups of three: `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    indicatif::HumanCount(number).to_string()
}
