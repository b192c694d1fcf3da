//! Many inputs on several threads, with an eye on those that do not end.

use crate::case::Case;
use crate::generate::{Generator, Kind};
use crate::judge::{Fault, Verdict, judge, judge_sound};
use crate::subject::Subject;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What judges an input: [`judge_kind`], but for tests of the run itself.
pub type Judge = fn(Kind, &Case) -> Result<Verdict, Fault>;

/// Judges an input by what is expected of its kind.
///
/// # Errors
///
/// What is wrong with it.
pub fn judge_kind(kind: Kind, case: &Case) -> Result<Verdict, Fault> {
    if kind == Kind::Sound { judge_sound(case) } else { judge(case) }
}

/// How long a run is, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What the numbers of the inputs follow from.
    pub seed: u64,
    /// How many inputs at most.
    pub inputs: u64,
    /// How long at most.
    pub time: Duration,
    /// On how many threads.
    pub threads: usize,
    /// After how long an input is said not to end.
    pub patience: Duration,
    /// What judges.
    pub judge: Judge,
}

/// An input that failed.
#[derive(Clone, Debug)]
pub struct Find {
    /// By which the generator makes it again.
    pub number: u64,
    /// The input.
    pub case: Case,
    /// What is wrong.
    pub fault: Fault,
}

/// How many inputs came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Became code.
    pub expanded: u64,
    /// Were refused with a message.
    pub refused: u64,
    /// Failed.
    pub failed: u64,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// By kind of input and macro.
    pub tallies: BTreeMap<(Kind, Subject), Tally>,
    /// The first few of each kind of fault of each macro.
    pub finds: Vec<Find>,
}

/// A deep input needs as much as the compiler gives a macro, and more in a build without
/// optimization.
const STACK: usize = 64 << 20;

/// How often the threads are looked at.
const GLANCE: Duration = Duration::from_millis(100);

/// How many finds of a macro and a kind of fault are kept.
const ALIKE: usize = 3;

/// What the threads share.
struct Shared {
    generator: Arc<Generator>,
    settings: Settings,
    next: AtomicU64,
    stop: AtomicBool,
    outcome: Mutex<Outcome>,
}

/// Judges inputs until there were enough, time is up, or one does not end. `show` is told the number
/// of inputs so far, several times a second.
///
/// # Panics
///
/// If no thread can be started.
pub fn run(generator: &Arc<Generator>, settings: Settings, mut show: impl FnMut(u64)) -> Outcome {
    let shared = Arc::new(Shared {
        generator: Arc::clone(generator),
        settings,
        next: AtomicU64::new(0),
        stop: AtomicBool::new(false),
        outcome: Mutex::default(),
    });
    let (ended, all_ended) = mpsc::channel::<()>();
    let workers: Vec<Arc<AtomicU64>> = (0..settings.threads.max(1))
        .map(|_| {
            let (current, shared, ended) =
                (Arc::new(AtomicU64::new(IDLE)), Arc::clone(&shared), ended.clone());
            let at = Arc::clone(&current);
            let work = move || {
                shared.work(&at);
                drop(ended);
            };
            thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread can be started");
            current
        })
        .collect();
    drop(ended);
    let mut watch = Watch::new(workers);
    let begun = Instant::now();
    while let Err(RecvTimeoutError::Timeout) = all_ended.recv_timeout(GLANCE) {
        show(shared.next.load(Ordering::Relaxed).min(settings.inputs));
        if begun.elapsed() >= settings.time {
            shared.stop.store(true, Ordering::Relaxed);
        }
        if let Some(number) = watch.stuck(settings.patience) {
            shared.stop.store(true, Ordering::Relaxed);
            shared.note(number, Err(Fault::Hang));
            break;
        }
    }
    std::mem::take(&mut *shared.outcome.lock().unwrap_or_else(PoisonError::into_inner))
}

/// No input is under way.
const IDLE: u64 = u64::MAX;

impl Shared {
    fn work(&self, current: &AtomicU64) {
        while !self.stop.load(Ordering::Relaxed) {
            let nth = self.next.fetch_add(1, Ordering::Relaxed);
            if nth >= self.settings.inputs {
                break;
            }
            let number = mix(self.settings.seed, nth);
            current.store(number, Ordering::Relaxed);
            let (kind, case) = self.generator.case(number);
            let verdict = (self.settings.judge)(kind, &case);
            self.count(number, kind, case, verdict);
        }
        current.store(IDLE, Ordering::Relaxed);
    }

    fn note(&self, number: u64, verdict: Result<Verdict, Fault>) {
        let (kind, case) = self.generator.case(number);
        self.count(number, kind, case, verdict);
    }

    fn count(&self, number: u64, kind: Kind, case: Case, verdict: Result<Verdict, Fault>) {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = outcome.tallies.entry((kind, case.subject)).or_default();
        match verdict {
            Ok(Verdict::Expanded) => tally.expanded += 1,
            Ok(Verdict::Refused) => tally.refused += 1,
            Err(fault) => {
                tally.failed += 1;
                let is_alike =
                    |find: &&Find| find.case.subject == case.subject && find.fault.is_like(&fault);
                if outcome.finds.iter().filter(is_alike).count() < ALIKE {
                    outcome.finds.push(Find { number, case, fault });
                }
            }
        }
    }
}

/// Since when each thread is at its input.
struct Watch(Vec<(Arc<AtomicU64>, u64, Instant)>);

impl Watch {
    fn new(workers: Vec<Arc<AtomicU64>>) -> Self {
        let now = Instant::now();
        Self(workers.into_iter().map(|worker| (worker, IDLE, now)).collect())
    }

    /// An input that a thread has been at for too long.
    fn stuck(&mut self, patience: Duration) -> Option<u64> {
        let now = Instant::now();
        self.0.iter_mut().find_map(|(worker, last, since)| {
            let number = worker.load(Ordering::Relaxed);
            if number != *last {
                (*last, *since) = (number, now);
            }
            (number != IDLE && now - *since > patience).then_some(number)
        })
    }
}

/// The number of the nth input: `SplitMix64`, so that neighbouring seeds share none.
const fn mix(seed: u64, nth: u64) -> u64 {
    let mut z = seed.wrapping_mul(0xD134_2543_DE82_EF95).wrapping_add(nth);
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(judge: Judge) -> Settings {
        let (time, patience) = (Duration::MAX, Duration::from_millis(1));
        Settings { seed: 1, inputs: 100, time, threads: 2, patience, judge }
    }

    #[test]
    fn an_input_that_does_not_end_is_found() {
        let generator = Arc::new(Generator::new(Vec::new()));
        let forever = |_: Kind, _: &Case| loop {
            thread::park();
        };
        let outcome = run(&generator, settings(forever), |_| ());
        assert_eq!(outcome.finds.len(), 1);
        let find = &outcome.finds[0];
        assert_eq!(find.fault, Fault::Hang);
        assert_eq!(generator.case(find.number).1, find.case);
    }

    #[test]
    fn every_input_is_counted() {
        let generator = Arc::new(Generator::new(Vec::new()));
        let judge = |_: Kind, case: &Case| match case.subject {
            Subject::Derive => Err(Fault::Nothing),
            Subject::Group => Ok(Verdict::Expanded),
            _ => Ok(Verdict::Refused),
        };
        let patient = Settings { patience: Duration::MAX, ..settings(judge) };
        let outcome = run(&generator, patient, |_| ());
        let sum = |count: fn(&Tally) -> u64| outcome.tallies.values().map(count).sum::<u64>();
        assert_eq!(sum(|t| t.expanded) + sum(|t| t.refused) + sum(|t| t.failed), 100);
        assert!(sum(|t| t.failed) > 0 && sum(|t| t.expanded) > 0);
        assert_eq!(outcome.finds.len(), ALIKE);
    }
}
