//! The check: what each process has answered, held against what had been acknowledged to any of them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Nanoseconds on a clock that all processes of the machine share.
pub(crate) fn now() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
}

/// Something that has versions, and one of them at a moment.
///
/// Of a write: when it was known that all processes can hear of it. Of answers: when the last call began that was
/// answered with this version. An earlier one was less stale, so it need not be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Observation {
    /// A film, a genre or a user, by its place among all of them.
    pub(crate) what: usize,
    pub(crate) version: i64,
    pub(crate) time: u64,
}

impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.what, self.version, self.time)
    }
}

impl FromStr for Observation {
    type Err = Box<dyn std::error::Error>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split(' ');
        let mut word = || words.next().ok_or("a word is missing");
        Ok(Self { what: word()?.parse()?, version: word()?.parse()?, time: word()?.parse()? })
    }
}

/// What a thread was answered.
#[derive(Debug)]
pub(crate) struct Seen(Vec<Vec<(i64, u64)>>);

impl Seen {
    pub(crate) fn new(things: usize) -> Self {
        Self(vec![Vec::new(); things])
    }

    /// Notes the version that a call was answered with, which began at `time`.
    pub(crate) fn note(&mut self, what: usize, version: i64, time: u64) {
        let versions = &mut self.0[what];
        // Nearly always the one of the call before.
        match versions.iter_mut().rev().find(|(known, _)| *known == version) {
            Some((_, last)) => *last = time,
            None => versions.push((version, time)),
        }
    }

    pub(crate) fn observations(&self) -> impl Iterator<Item = Observation> {
        let of = |(what, versions): (usize, &Vec<(i64, u64)>)| {
            let observation =
                move |(version, time): (i64, u64)| Observation { what, version, time };
            versions.iter().copied().map(observation).collect::<Vec<_>>()
        };
        self.0.iter().enumerate().flat_map(of)
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Versions that were answered with later than the bound after a newer one was acknowledged.
    pub(crate) beyond: u64,
    /// The longest time after an acknowledgement at which an answer did not know of it, in nanoseconds.
    pub(crate) longest: u64,
}

/// Holds the answers of all processes against the acknowledgements of all, for a bound in nanoseconds.
pub(crate) fn judge(acknowledged: &[Observation], answered: &[Observation], bound: u64) -> Verdict {
    let mut known: BTreeMap<usize, Vec<Observation>> = BTreeMap::new();
    for observation in acknowledged {
        known.entry(observation.what).or_default().push(*observation);
    }
    let mut verdict = Verdict::default();
    for answer in answered {
        let newer = known.get(&answer.what).into_iter().flatten();
        let newer = newer
            .filter(|observation| observation.version > answer.version)
            .map(|observation| observation.time);
        let stale = newer.min().map_or(0, |first| answer.time.saturating_sub(first));
        verdict.longest = verdict.longest.max(stale);
        verdict.beyond += u64::from(stale > bound);
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observation(version: i64, time: u64) -> Observation {
        Observation { what: 3, version, time }
    }

    #[test]
    fn an_answer_is_stale_from_the_first_newer_acknowledgement_on() {
        // Acknowledged in another order than written.
        let acknowledged = [
            observation(2, 2_000),
            observation(1, 2_050),
            Observation { what: 4, version: 9, time: 0 },
        ];
        let judged = |version, time| judge(&acknowledged, &[observation(version, time)], 100);
        assert_eq!(judged(0, 1_999), Verdict { beyond: 0, longest: 0 });
        assert_eq!(judged(1, 2_100), Verdict { beyond: 0, longest: 100 });
        assert_eq!(judged(1, 2_101), Verdict { beyond: 1, longest: 101 });
        assert_eq!(judged(2, 9_000), Verdict::default());
    }

    #[test]
    fn the_last_call_of_each_version_is_kept_and_read_again() {
        let mut seen = Seen::new(5);
        for (version, time) in [(1, 10), (2, 20), (1, 30), (1, 40)] {
            seen.note(3, version, time);
        }
        let observations: Vec<Observation> = seen.observations().collect();
        assert_eq!(observations, [observation(1, 40), observation(2, 20)]);
        assert!(
            observations.iter().all(|observation| observation
                .to_string()
                .parse::<Observation>()
                .unwrap()
                == *observation)
        );
    }
}
