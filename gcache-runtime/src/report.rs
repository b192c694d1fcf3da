//! The statistics of the whole process, as a table.

use crate::registry;
use crate::stats::{GroupStats, Stats};
use std::collections::BTreeMap;
use std::fmt;

/// What happened in every cached function and to every group. `Display` prints it as a table.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The cached functions that were called, by name; instances of a generic one together.
    pub functions: Vec<(&'static str, Stats)>,
    /// The groups that were used or invalidated, by name.
    pub groups: Vec<GroupStats>,
}

/// What happened so far in every cached function and to every group.
///
/// ```
/// println!("{}", gcache::stats());
/// ```
pub fn stats() -> Report {
    let mut functions: BTreeMap<&'static str, Stats> = BTreeMap::new();
    for registered in registry::memos() {
        *functions.entry(registered.name).or_default() += &registered.memo.stats();
    }
    let mut groups: Vec<GroupStats> =
        registry::ledgers().iter().map(|ledger| ledger.stats()).collect();
    groups.sort_by_key(|group| group.name);
    Report { functions: functions.into_iter().collect(), groups }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |names: &mut dyn Iterator<Item = &str>| {
            names.map(|name| name.chars().count()).max().unwrap_or(0).max(8)
        };
        let name = width(&mut self.functions.iter().map(|(name, _)| *name));
        writeln!(
            f,
            "{:name$} {:>10} {:>6} {:>9} {:>7} {:>8} {:>8} {:>8} {:>8} {:>7} {:>8} {:>8} {:>10}",
            "function",
            "hits",
            "hit %",
            "misses",
            "joined",
            "relieved",
            "ended",
            "expired",
            "evicted",
            "errors",
            "unstored",
            "entries",
            "weight",
        )?;
        for (function, stats) in &self.functions {
            writeln!(
                f,
                "{function:name$} {:>10} {:>6.1} {:>9} {:>7} {:>8} {:>8} {:>8} {:>8} {:>7} {:>8} {:>8} {:>10}",
                stats.hits,
                stats.hit_ratio() * 100.0,
                stats.misses,
                stats.joined,
                stats.relieved,
                stats.ended,
                stats.expired,
                stats.evicted,
                stats.errors,
                stats.unstored,
                stats.entries,
                stats.weight,
            )?;
        }
        let name = width(&mut self.groups.iter().map(|group| group.name));
        let [invalidations, ended, living, doubts] = ["invalidations", "ended", "living", "doubts"];
        write!(f, "\n{:name$} {invalidations:>10} {ended:>10} {living:>10} {doubts:>10}", "group")?;
        for GroupStats { name: group, invalidations, ended, living, doubts } in &self.groups {
            write!(f, "\n{group:name$} {invalidations:>10} {ended:>10} {living:>10} {doubts:>10}")?;
        }
        Ok(())
    }
}
