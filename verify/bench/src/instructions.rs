//! Instructions per hit, and per page of nested hits, counted by callgrind.
//!
//! This program runs itself under valgrind, twice for each contestant: the second time with more hits.
//! What the second run has more is the hits'; getting ready is in both.

use crate::contestant::Turn;
use crate::measures::{self, Measure};
use crate::options::Options;
use crate::progress::Progress;
use crate::results::OURS;
use crate::table::{Rows, figure};
use std::process::Command;

/// Whose instructions are counted.
const MEASURES: [&str; 8] = [
    "hit u64, 1 key",
    "hit u64, 1k Zipf",
    "hit &str, 1 key",
    "hit &str, 1k Zipf",
    "hit async, 1 key",
    "hit ttl, 1 key",
    "hit, groups of the entry",
    "page of 100 hits",
];

/// How many hits or pages the shorter and the longer run make.
const OPS: [u64; 2] = [10_000, 110_000];

/// Makes so many hits of one contestant, and nothing else.
///
/// # Errors
///
/// There is no such measure or contestant, or an answer is wrong.
pub(crate) fn hit_loop(
    options: &Options,
    measure: &str,
    contestant: &str,
    ops: u64,
) -> Result<(), String> {
    let field = (find(measure)?.field)(options.seed);
    let found = field.iter().find(|other| other.name() == contestant);
    let found = found.ok_or_else(|| format!("`{measure}` has no contestant `{contestant}`"))?;
    found.warm(0)?;
    found.run(Turn { lane: 0, done: 0, ops });
    Ok(())
}

fn find(name: &str) -> Result<&'static Measure, String> {
    let mut all = measures::ALL.iter();
    all.find(|measure| measure.name == name).ok_or_else(|| format!("there is no measure `{name}`"))
}

/// Counts the instructions of all contestants of the measures that the options ask for, and prints them.
///
/// # Errors
///
/// There is no valgrind, or it failed.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let version = Command::new("valgrind").arg("--version").output().map_err(|error| {
        format!(
            "valgrind does not start ({error}); `apt-get install valgrind` or the like brings it"
        )
    })?;
    println!("{}", String::from_utf8_lossy(&version.stdout));
    for name in MEASURES.into_iter().filter(|name| options.wants(name)) {
        let field = (find(name)?.field)(options.seed);
        let progress = Progress::begin(field.len());
        let mut counts = Vec::new();
        for contestant in &field {
            progress.show(format!("{name}, {}", contestant.name()));
            counts.push((contestant.name(), per_hit(options, name, contestant.name())?));
            progress.reach(counts.len());
        }
        drop(progress);
        println!("{}", table(options.markdown, name, &counts));
    }
    Ok(())
}

fn table(markdown: bool, name: &str, counts: &[(&str, f64)]) -> String {
    let ours = counts.iter().find(|(contestant, _)| *contestant == OURS);
    let ours = ours.map_or(f64::NAN, |(_, count)| *count);
    let mut rows = Rows::new(markdown, &[name, "instructions per hit", "× gcache"]);
    for (contestant, count) in counts {
        rows.line([(*contestant).to_owned(), figure(*count), figure(count / ours)]);
    }
    rows.to_string()
}

/// How many instructions a hit takes.
fn per_hit(options: &Options, measure: &str, contestant: &str) -> Result<f64, String> {
    let [few, many] = OPS.map(|ops| count(options, measure, contestant, ops));
    #[expect(clippy::cast_precision_loss, reason = "a ratio for people to read")]
    Ok(many?.saturating_sub(few?) as f64 / (OPS[1] - OPS[0]) as f64)
}

/// How many instructions a run with so many hits takes.
fn count(options: &Options, measure: &str, contestant: &str, ops: u64) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["hit-loop", measure, contestant, &ops.to_string()])
        .args(["--seed", &options.seed.to_string()])
        .output()
        .map_err(|error| error.to_string())?;
    let log = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{measure}: {contestant} failed under valgrind:\n{log}"));
    }
    collected(&log).ok_or_else(|| format!("valgrind did not say what it counted:\n{log}"))
}

/// The count in a line like `==7== Collected : 123456`.
fn collected(log: &str) -> Option<u64> {
    let counts = log.lines().find_map(|line| line.split_once("Collected :"))?.1;
    counts.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{MEASURES, collected, find};

    #[test]
    fn the_count_is_found_in_what_valgrind_says() {
        let log = "==9== Events    : Ir\n==9== Collected : 186371\n==9== \n";
        assert_eq!(collected(log), Some(186_371));
        assert_eq!(collected("==9== nothing\n"), None);
    }

    #[test]
    fn each_measure_exists() {
        for name in MEASURES {
            find(name).unwrap();
        }
    }
}
