//! The checker: a version whose invalidation was acknowledged early enough is seen by each read that begins later.

use crate::GROUPS;
use crate::record::{Kind, Record};

/// When each version of a group was known to be there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Time and version, both growing.
    points: Vec<(u64, u64)>,
}

impl Known {
    /// Later than all that was learned before.
    pub(crate) fn learn(&mut self, time: u64, version: u64) {
        if self.points.last().is_none_or(|(_, newest)| *newest < version) {
            self.points.push((time, version));
        }
    }

    /// For how long before `time` a version above `version` had been known.
    pub(crate) fn staleness(&self, time: u64, version: u64) -> u64 {
        let newer = self.points.partition_point(|(_, known)| *known <= version);
        self.points.get(newer).map_or(0, |(learned, _)| time.saturating_sub(*learned))
    }
}

/// What was found of one promise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Reads that were checked.
    pub reads: u64,
    /// Reads that missed something that was known.
    pub stale: u64,
    /// Stale reads beyond the bound in the wake of a pause of their process, which the bound does not cover.
    pub excused: u64,
    /// Stale reads that break the promise.
    pub violations: u64,
    /// The longest time for which what was missed had been known, without what is excused. In nanoseconds.
    pub worst: u64,
}

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// A read is stale by no more than the bound.
    pub bounded: Count,
    /// A read after a fence is as fresh as its beginning.
    pub fenced: Count,
    /// A read after a receipt is caught up with sees what it stands for.
    pub received: Count,
    /// A read sees what its own process has invalidated.
    pub own: Count,
    /// How many invalidations were acknowledged.
    pub acknowledged: u64,
}

impl Tally {
    /// How many reads were checked.
    pub fn reads(&self) -> u64 {
        self.bounded.reads + self.fenced.reads + self.received.reads
    }
}

/// A read that breaks a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The process.
    pub process: usize,
    /// The read.
    pub read: Record,
    /// For how long what it missed had been known, in nanoseconds.
    pub staleness: u64,
    /// Whether its own process had known.
    pub own: bool,
}

/// Checks segments of a history one after the other.
#[derive(Debug)]
pub struct Checker {
    bound: u64,
    acknowledged: Vec<Known>,
    /// For each process, what it has invalidated.
    own: Vec<Vec<Known>>,
    /// For each process, its pauses.
    pauses: Vec<Vec<Record>>,
    tally: Tally,
}

impl Checker {
    /// For so many processes, and a bound in nanoseconds.
    pub fn new(processes: usize, bound: u64) -> Self {
        let none = || vec![Known::default(); GROUPS];
        let (own, pauses) = (vec![none(); processes], vec![Vec::new(); processes]);
        Self { bound, acknowledged: none(), own, pauses, tally: Tally::default() }
    }

    /// Learns of a pause, before the reads are checked that began in it or soon after.
    pub fn excuse(&mut self, process: usize, pause: Record) {
        self.pauses[process].push(pause);
    }

    /// What was found so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Checks a segment: for each process, all records of it. Returns the first violation.
    pub fn check(&mut self, processes: &[Vec<Record>]) -> Option<Violation> {
        let mut learned: Vec<(usize, Record)> = processes
            .iter()
            .enumerate()
            .flat_map(|(process, records)| records.iter().map(move |record| (process, *record)))
            .filter(|(_, record)| matches!(record.kind, Kind::Acknowledged | Kind::Invalidated))
            .collect();
        learned.sort_by_key(|(_, record)| record.time);
        for (process, record) in learned {
            let group = usize::from(record.group);
            match record.kind {
                Kind::Acknowledged => {
                    self.tally.acknowledged += 1;
                    self.acknowledged[group].learn(record.time, record.version);
                }
                _ => self.own[process][group].learn(record.time, record.version),
            }
        }
        let mut first = None;
        for (process, records) in processes.iter().enumerate() {
            for read in records {
                let violation = self.judge(process, *read);
                first = first.or(violation);
            }
        }
        first
    }

    fn judge(&mut self, process: usize, read: Record) -> Option<Violation> {
        let group = usize::from(read.group);
        let acknowledged = self.acknowledged[group].staleness(read.time, read.version);
        let (count, staleness, allowed) = match read.kind {
            Kind::Bounded => (&mut self.tally.bounded, acknowledged, self.bound),
            Kind::Fenced => (&mut self.tally.fenced, acknowledged, 0),
            Kind::Received => (&mut self.tally.received, u64::from(read.version < read.time), 0),
            Kind::Invalidated | Kind::Acknowledged | Kind::Paused => return None,
        };
        let excuse = match read.kind {
            Kind::Bounded if staleness > allowed => {
                excuse(read.time, allowed, &self.pauses[process])
            }
            _ => 0,
        };
        let broken = count.add(staleness, allowed, excuse);
        let own = (read.kind == Kind::Bounded).then(|| {
            let staleness = self.own[process][group].staleness(read.time, read.version);
            (self.tally.own.add(staleness, 0, 0), staleness)
        });
        match own {
            Some((true, staleness)) => Some(Violation { process, read, staleness, own: true }),
            _ => broken.then_some(Violation { process, read, staleness, own: false }),
        }
    }
}

/// By how much a read may be staler than the bound, since its process stood still shortly before: the thread that ends
/// the lease may not have run either. It has run again within a tenth of the bound.
fn excuse(time: u64, bound: u64, pauses: &[Record]) -> u64 {
    let covers =
        |pause: &&Record| pause.time - pause.version <= time && time <= pause.time + bound / 10;
    pauses.iter().filter(covers).map(|pause| pause.version + bound / 10).sum()
}

impl Count {
    /// Whether the promise is broken.
    fn add(&mut self, staleness: u64, allowed: u64, excuse: u64) -> bool {
        self.reads += 1;
        self.stale += u64::from(staleness > 0);
        if staleness > allowed && staleness <= allowed + excuse {
            self.excused += 1;
            return false;
        }
        self.worst = self.worst.max(staleness);
        self.violations += u64::from(staleness > allowed);
        staleness > allowed
    }
}

#[cfg(test)]
mod tests {
    use super::{Checker, Count, Violation};
    use crate::record::{Kind, Record};

    fn record(kind: Kind, time: u64, version: u64) -> Record {
        Record { kind, group: 3, time, version }
    }

    /// One process writes, another one reads. The bound is 100.
    fn check(reader: &[Record]) -> (Checker, Option<Violation>) {
        let writer = [
            record(Kind::Invalidated, 1_000, 1),
            record(Kind::Acknowledged, 1_010, 1),
            // Acknowledged in another order than written.
            record(Kind::Acknowledged, 2_000, 3),
            record(Kind::Acknowledged, 2_050, 2),
        ];
        let mut checker = Checker::new(2, 100);
        for pause in reader.iter().filter(|record| record.kind == Kind::Paused) {
            checker.excuse(1, *pause);
        }
        let violation = checker.check(&[writer.to_vec(), reader.to_vec()]);
        (checker, violation)
    }

    #[test]
    fn what_is_fresh_or_within_the_bound_is_right() {
        let fine = [
            record(Kind::Bounded, 1_005, 0),
            record(Kind::Bounded, 1_110, 0),
            record(Kind::Bounded, 2_100, 1),
            record(Kind::Bounded, 9_000, 3),
            record(Kind::Fenced, 1_010, 0),
            record(Kind::Fenced, 2_000, 1),
            record(Kind::Fenced, 2_001, 3),
            record(Kind::Received, 3, 3),
        ];
        let (checker, violation) = check(&fine);
        assert_eq!(violation, None);
        let tally = checker.tally();
        assert_eq!(tally.acknowledged, 3);
        assert_eq!(
            tally.bounded,
            Count { reads: 4, stale: 2, excused: 0, violations: 0, worst: 100 }
        );
        assert_eq!(tally.fenced, Count { reads: 3, ..Count::default() });
        assert_eq!((tally.received.reads, tally.own.reads), (1, 4));
    }

    #[test]
    fn each_planted_violation_is_found() {
        let planted = [
            (record(Kind::Bounded, 1_111, 0), 101),
            // Of two versions that are missed, the one that was known first counts.
            (record(Kind::Bounded, 2_111, 0), 1_101),
            // A later acknowledgement of an earlier version does not make this one younger.
            (record(Kind::Bounded, 2_101, 2), 101),
            (record(Kind::Fenced, 1_011, 0), 1),
            (record(Kind::Fenced, 2_001, 2), 1),
            (record(Kind::Received, 3, 2), 1),
        ];
        for (read, staleness) in planted {
            let violation = Violation { process: 1, read, staleness, own: false };
            assert_eq!(check(&[read]).1, Some(violation));
        }
    }

    #[test]
    fn what_a_process_has_invalidated_itself_it_sees_at_once() {
        let mut checker = Checker::new(1, 100);
        let read = record(Kind::Bounded, 1_001, 0);
        let history = [record(Kind::Invalidated, 1_000, 1), record(Kind::Bounded, 1_000, 0), read];
        let violation = Violation { process: 0, read, staleness: 1, own: true };
        assert_eq!(checker.check(&[history.to_vec()]), Some(violation));
        assert_eq!(
            checker.tally().own,
            Count { reads: 2, stale: 1, excused: 0, violations: 1, worst: 1 }
        );
    }

    #[test]
    fn what_was_known_in_an_earlier_segment_is_known() {
        let mut checker = Checker::new(1, 100);
        assert_eq!(checker.check(&[vec![record(Kind::Acknowledged, 1_000, 1)]]), None);
        assert!(checker.check(&[vec![record(Kind::Bounded, 5_000, 0)]]).is_some());
    }

    #[test]
    fn a_pause_excuses_what_follows_from_it_and_no_more() {
        let pause = record(Kind::Paused, 1_500, 400);
        let excused = record(Kind::Bounded, 1_505, 0);
        let (checker, violation) = check(&[pause, excused]);
        assert_eq!((violation, checker.tally().bounded.excused), (None, 1));
        // Too old for the pause, too late after it, and never after a fence.
        for read in [
            record(Kind::Bounded, 1_525, 0),
            record(Kind::Bounded, 1_511, 0),
            record(Kind::Fenced, 1_505, 0),
        ] {
            assert!(check(&[pause, read]).1.is_some());
        }
    }
}
