//! How a field is measured: in rounds, each contestant for a small slice of time, the order rotated.

use crate::contestant::{Field, Runs};
use crate::crew::{Crew, Gate, Taken};
use std::time::Duration;

/// How long and how often each contestant runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// How many rounds there are. Each gives one sample of each contestant.
    pub(crate) rounds: usize,
    /// About how long a turn takes.
    pub(crate) slice: Duration,
}

/// What was measured of one contestant.
#[derive(Clone, Debug)]
pub(crate) struct Samples {
    /// Nanoseconds per operation over all threads, sorted: those of undisturbed turns, if there are enough.
    ns: Vec<f64>,
    /// How many turns nothing disturbed.
    pub(crate) clean: usize,
    /// How many there have to be.
    enough: usize,
    /// Allocations per operation.
    pub(crate) allocations: f64,
}

/// Fewer undisturbed turns than this say nothing, where there are as many rounds.
const ENOUGH: usize = 5;

impl Samples {
    /// Whether the samples are those of undisturbed turns.
    pub(crate) fn are_clean(&self) -> bool {
        self.clean >= self.enough
    }

    /// The sample that this part of all samples is below.
    pub(crate) fn quantile(&self, part: f64) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index of a short list"
        )]
        let index = ((self.ns.len() - 1) as f64 * part).round() as usize;
        self.ns[index]
    }
}

/// How many operations are looked at for what they allocate.
const WEIGHED: u64 = 256;

/// How often a turn is taken again when something disturbs it.
const ATTEMPTS: usize = 8;

/// Turns never get longer than this, however fast an operation seems.
const MOST_OPS: u64 = 1 << 26;

/// Measures all contestants of a field on so many threads.
///
/// # Errors
///
/// What a contestant got wrong: a wrong answer, or a hit that ran the body.
pub(crate) fn measure(
    field: &Field,
    threads: usize,
    plan: Plan,
    mut progress: impl FnMut(usize),
) -> Result<Vec<Samples>, String> {
    let gate = Gate::new(threads);
    std::thread::scope(|scope| {
        let mut crew = Crew::begin(scope, field, &gate, threads);
        let mut lanes: Vec<Runner> = Vec::with_capacity(field.len());
        for contestant in 0..field.len() {
            let mut runner =
                Runner { contestant, threads, ops: 0, done: 0, clean: vec![], disturbed: vec![] };
            runner
                .begin(field, &mut crew, plan.slice)
                .map_err(|error| runner.blame(field, &error))?;
            lanes.push(runner);
        }
        for round in 0..plan.rounds {
            for place in 0..lanes.len() {
                let runner = &mut lanes[(round + place) % field.len()];
                runner.sample(field, &mut crew).map_err(|error| runner.blame(field, &error))?;
            }
            progress(round + 1);
        }
        Ok(lanes.into_iter().map(|runner| runner.finish(&crew)).collect())
    })
}

/// A contestant on its way through the rounds.
struct Runner {
    contestant: usize,
    threads: usize,
    /// How many operations a turn of one thread has.
    ops: u64,
    /// How many operations each thread has done.
    done: u64,
    clean: Vec<f64>,
    disturbed: Vec<f64>,
}

impl Runner {
    /// Warms up, and finds out how many operations fill a slice.
    fn begin(&mut self, field: &Field, crew: &mut Crew, slice: Duration) -> Result<(), String> {
        crew.warm(self.contestant)?;
        if let Some(ops) = field[self.contestant].fixed_ops() {
            self.ops = ops;
            return Ok(());
        }
        self.ops = 16;
        loop {
            // The shorter of two: a table that grows, once, says nothing of the next turns.
            let turns = [self.take(field, crew)?, self.take(field, crew)?];
            let elapsed = turns[0].elapsed.min(turns[1].elapsed).as_secs_f64();
            let wanted = slice.as_secs_f64();
            if elapsed * 4.0 >= wanted || self.ops >= MOST_OPS {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    clippy::cast_precision_loss,
                    reason = "at most eight times the operations of before"
                )]
                let ops = (self.ops as f64 * (wanted / elapsed).clamp(0.01, 8.0)) as u64;
                self.ops = ops.clamp(1, MOST_OPS);
                return Ok(());
            }
            self.ops *= 2;
        }
    }

    fn sample(&mut self, field: &Field, crew: &mut Crew) -> Result<(), String> {
        let taken = self.take(field, crew)?;
        #[expect(clippy::cast_precision_loss, reason = "a time for people to read")]
        let ns = taken.elapsed.as_nanos() as f64 / (self.ops * self.threads as u64) as f64;
        if taken.disturbed { &mut self.disturbed } else { &mut self.clean }.push(ns);
        Ok(())
    }

    /// Takes a turn that nothing disturbs, or the last of several attempts.
    fn take(&mut self, field: &Field, crew: &mut Crew) -> Result<Taken, String> {
        for _ in 1..ATTEMPTS {
            let taken = self.take_once(field, crew)?;
            if !taken.disturbed {
                return Ok(taken);
            }
        }
        self.take_once(field, crew)
    }

    fn take_once(&mut self, field: &Field, crew: &mut Crew) -> Result<Taken, String> {
        let taken = crew.take(self.contestant, self.done, self.ops)?;
        self.done += self.ops;
        let all = self.ops * self.threads as u64;
        match field[self.contestant].runs() {
            Runs::Never if taken.runs > 0 => {
                Err(format!("{} of {all} operations ran the body, and none should", taken.runs))
            }
            Runs::Each(times) if taken.runs < all * times => {
                Err(format!("{all} operations ran the body {} times only", taken.runs))
            }
            _ => Ok(taken),
        }
    }

    fn finish(self, crew: &Crew) -> Samples {
        let ops = self.ops.min(WEIGHED);
        let weighed = crew.weigh(self.contestant, self.done, ops);
        let clean = self.clean.len();
        let mut ns = self.clean;
        let enough = ENOUGH.min(clean + self.disturbed.len());
        if clean < enough {
            ns.extend(self.disturbed);
        }
        ns.sort_by(f64::total_cmp);
        #[expect(clippy::cast_precision_loss, reason = "ratios for people to read")]
        Samples { ns, clean, enough, allocations: weighed as f64 / ops as f64 }
    }

    fn blame(&self, field: &Field, error: &str) -> String {
        format!("{}: {error}", field[self.contestant].name())
    }
}

#[cfg(test)]
mod tests {
    use super::{Plan, Samples, measure};
    use crate::body::{number, value};
    use crate::contestant::{Field, hits, invalidations, misses};
    use crate::keys::{Draw, Keys};
    use std::time::Duration;

    const PLAN: Plan = Plan { rounds: 3, slice: Duration::from_micros(50) };

    fn run(field: &Field) -> Result<Vec<Samples>, String> {
        measure(field, 2, PLAN, |_| {})
    }

    #[test]
    fn a_hit_that_runs_the_body_is_an_error() {
        let keys = Keys::numbers(10, Draw::Uniform, 1);
        let error = run(&vec![hits("forgetful", &keys, value, number)]).unwrap_err();
        assert!(error.starts_with("forgetful: ") && error.contains("ran the body"), "{error}");
    }

    #[test]
    fn a_wrong_answer_is_an_error() {
        let keys = Keys::numbers(10, Draw::Uniform, 1);
        let error = run(&vec![hits("wrong", &keys, value, |pk| pk)]).unwrap_err();
        assert!(error.contains("is wrong"), "{error}");
    }

    #[test]
    fn a_miss_that_does_not_run_the_body_is_an_error() {
        let error = run(&vec![misses("lazy", 1, |_| {})]).unwrap_err();
        assert!(error.contains("ran the body 0 times only"), "{error}");
    }

    #[test]
    fn a_invalidation_after_which_dependents_still_hit_is_an_error() {
        let still = crate::peers::cached::on_shelf;
        let depend = move |shelf, place| {
            still(1 << 40 | shelf, place);
        };
        let error = run(&vec![invalidations("idle", 2, 3, 0, depend, |_| {})]).unwrap_err();
        assert!(
            error.contains("of 6 dependents that were invalidated, 0 computed again"),
            "{error}"
        );
    }

    #[test]
    fn each_contestant_has_a_sample_a_round_at_most() {
        let keys = Keys::numbers(10, Draw::Zipf(1.0), 1);
        let field = vec![
            hits("gcache", &keys, value, crate::peers::ours::id),
            hits("cached", &keys, value, crate::peers::cached::id),
        ];
        let samples = run(&field).unwrap();
        assert_eq!(samples.len(), 2);
        for samples in samples {
            assert!(samples.clean <= PLAN.rounds);
            assert!(samples.quantile(0.0) <= samples.quantile(0.5));
            assert!(samples.allocations < 1.0, "a hit of a number allocates nothing");
        }
    }
}
