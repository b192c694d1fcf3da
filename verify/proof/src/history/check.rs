//! The check of a log, in O(n log n): every answer against what had been invalidated before its call began,
//! and against what had been written before it ended.

use super::group::{GROUPS, Group, SCOPES, Scope};
use super::log::{Log, Seen, Ticket};
use std::fmt;

/// The greatest value that was reached by each moment.
#[derive(Clone, Debug, Default)]
struct Peaks {
    /// At which ticket, and what; after [`Peaks::settle`] both grow.
    points: Vec<(Ticket, u64)>,
}

impl Peaks {
    fn add(&mut self, at: Ticket, value: u64) {
        self.points.push((at, value));
    }

    /// Puts the points in order, once all are there.
    fn settle(&mut self) {
        self.points.sort_unstable();
        let mut peak = 0;
        for (_, value) in &mut self.points {
            peak = peak.max(*value);
            *value = peak;
        }
    }

    /// The greatest value reached before `at`.
    fn before(&self, at: Ticket) -> u64 {
        let count = self.points.partition_point(|(point, _)| *point < at);
        count.checked_sub(1).map_or(0, |last| self.points[last].1)
    }

    /// Forgets all but the last point, which stands for what is over.
    fn forget(&mut self) {
        self.points.drain(..self.points.len().saturating_sub(1));
    }
}

/// What is known of writes and invalidations, up to the end of a segment of the log.
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    /// For each group, the versions whose invalidations have returned.
    invalidated: Vec<Peaks>,
    /// For each group, the versions that anyone has begun to write.
    written: Vec<Peaks>,
    /// For each scope, the beginnings of invalidations that have returned.
    ended: Vec<Peaks>,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// This version had been invalidated before the call began.
    Stale(u64),
    /// The body began before an invalidation of this scope, begun at this ticket, that had returned before the
    /// call began.
    TooEarly(Scope, Ticket),
    /// No version above this one had been written when the call ended.
    FromTheFuture(u64),
    /// The transaction that it was made in wrote another version.
    NotItsOwn,
    /// Another group was asked for.
    Another(Group),
}

/// A wrong answer.
#[derive(Clone, Copy, Debug)]
pub struct Violation {
    pub(crate) seen: Seen,
    pub(crate) wrong: Wrong,
}

impl Timeline {
    pub(crate) fn new() -> Self {
        let empty = |count| vec![Peaks::default(); count];
        Self { invalidated: empty(GROUPS), written: empty(GROUPS), ended: empty(SCOPES) }
    }

    /// Checks a segment: logs of all workers, in which everything that has begun is over. Returns
    /// the first few violations.
    pub(crate) fn check(&mut self, logs: &[Log]) -> Vec<Violation> {
        self.note(logs);
        let violations = std::thread::scope(|scope| {
            let this = &*self;
            let checks: Vec<_> =
                logs.iter().map(|log| scope.spawn(move || this.check_log(log))).collect();
            checks.into_iter().flat_map(|check| check.join().expect("it does not panic")).collect()
        });
        for peaks in self.invalidated.iter_mut().chain(&mut self.written).chain(&mut self.ended) {
            peaks.forget();
        }
        violations
    }

    fn note(&mut self, logs: &[Log]) {
        for written in logs.iter().flat_map(|log| &log.written) {
            self.invalidated[written.group.number()].add(written.done, written.version);
            self.written[written.group.number()].add(written.begun, written.version);
        }
        for invalidated in logs.iter().flat_map(|log| &log.invalidated) {
            self.ended[invalidated.scope.number()].add(invalidated.done, invalidated.begun);
        }
        for peaks in self.invalidated.iter_mut().chain(&mut self.written).chain(&mut self.ended) {
            peaks.settle();
        }
    }

    fn check_log(&self, log: &Log) -> Vec<Violation> {
        const FEW: usize = 3;
        let judge = |seen: &Seen| self.judge(seen).map(|wrong| Violation { seen: *seen, wrong });
        log.wrong.iter().copied().chain(log.seen.iter().filter_map(judge)).take(FEW).collect()
    }

    fn judge(&self, seen: &Seen) -> Option<Wrong> {
        let part = seen.part;
        let group = part.group.number();
        let needed = self.invalidated[group].before(seen.begun);
        if part.version < needed {
            return Some(Wrong::Stale(needed));
        }
        for scope in Scope::of(part.group, part.function) {
            let invalidation = self.ended[scope.number()].before(seen.begun);
            if part.since < invalidation {
                return Some(Wrong::TooEarly(scope, invalidation));
            }
        }
        let possible = self.written[group].before(seen.ended);
        (part.version > possible).then_some(Wrong::FromTheFuture(possible))
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Seen { begun, ended, part } = self.seen;
        write!(
            f,
            "{:?}: called at {begun}, answered at {ended} with version {} of {:?}, by a body that began at \
             {}: ",
            part.function, part.version, part.group, part.since,
        )?;
        match self.wrong {
            Wrong::Stale(needed) => {
                write!(f, "version {needed} had been invalidated before the call")
            }
            Wrong::TooEarly(scope, invalidation) => {
                write!(
                    f,
                    "an invalidation of {scope:?}, begun at {invalidation}, had returned before the call"
                )
            }
            Wrong::FromTheFuture(possible) => {
                write!(f, "no version above {possible} had been committed")
            }
            Wrong::Another(group) => write!(f, "{group:?} had been asked for"),
            Wrong::NotItsOwn => write!(f, "the transaction around the call had written another"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::group::Function;
    use super::super::log::{Invalidated, Part, Written};
    use super::*;

    const GROUP: Group = Group::Item(3);

    fn log(begun: Ticket, ended: Ticket, version: u64, since: Ticket) -> Log {
        let part = Part { group: GROUP, function: Function::Item, version, since };
        Log { seen: vec![Seen { begun, ended, part }], ..Log::default() }
    }

    /// Version 1 is written at 10, invalidated at 12, which returns at 14.
    fn write() -> Log {
        Log {
            written: vec![Written { group: GROUP, version: 1, begun: 10, done: 14 }],
            invalidated: vec![Invalidated { scope: Scope::One(GROUP), begun: 12, done: 14 }],
            ..Log::default()
        }
    }

    fn wrong(read: Log) -> Option<Wrong> {
        Timeline::new().check(&[write(), read]).first().map(|violation| violation.wrong)
    }

    #[test]
    fn what_a_call_may_see_is_right() {
        assert_eq!(wrong(log(15, 20, 1, 16)), None, "computed after");
        assert_eq!(wrong(log(15, 20, 1, 13)), None, "computed while it was invalidated");
        assert_eq!(wrong(log(13, 20, 0, 5)), None, "called before the invalidation had returned");
        assert_eq!(wrong(log(5, 20, 0, 6)), None, "an old answer, asked for long ago");
        assert_eq!(wrong(log(5, 11, 1, 6)), None, "as soon as it is written");
    }

    #[test]
    fn what_a_call_may_not_see_is_found() {
        assert_eq!(wrong(log(15, 20, 0, 13)), Some(Wrong::Stale(1)));
        let early = Wrong::TooEarly(Scope::One(GROUP), 12);
        assert_eq!(
            wrong(log(15, 20, 1, 11)),
            Some(early),
            "it shows the write, and began too early"
        );
        assert_eq!(wrong(log(5, 9, 1, 6)), Some(Wrong::FromTheFuture(0)));
        assert_eq!(wrong(log(15, 20, 2, 16)), Some(Wrong::FromTheFuture(1)));
    }

    #[test]
    fn a_family_or_a_clearing_ends_it_too() {
        for scope in [Scope::AllItems, Scope::Content(Function::Item)] {
            let invalidation = Log {
                invalidated: vec![Invalidated { scope, begun: 30, done: 31 }],
                ..Log::default()
            };
            let violations = Timeline::new().check(&[write(), invalidation, log(32, 33, 1, 16)]);
            assert_eq!(violations[0].wrong, Wrong::TooEarly(scope, 30));
        }
    }

    #[test]
    fn what_an_earlier_segment_invalidated_still_counts() {
        let mut timeline = Timeline::new();
        assert!(timeline.check(&[write()]).is_empty());
        assert_eq!(timeline.check(&[log(20, 21, 0, 13)])[0].wrong, Wrong::Stale(1));
        assert!(timeline.check(&[log(20, 21, 1, 13)]).is_empty());
    }
}
