//! An exhaustive search of schedules, if wanted of those with few preemptions only.

use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs every schedule once, in depth-first order.
///
/// A preemption takes a thread off that could go on. Nearly all errors show with two or three of them
/// (Musuvathi and Qadeer, PLDI 2007), and the schedules with at most so many grow with the length of a
/// scenario as a power, not exponentially.
#[derive(Debug)]
pub(crate) struct Exhaustive {
    /// How many preemptions a schedule may have; none: any number.
    bound: Option<usize>,
    /// After this many schedules the search is given up.
    limit: usize,
    /// The choices of this schedule.
    path: Vec<Choice>,
    /// How many of them were made in this execution.
    made: usize,
    preemptions: usize,
    schedules: usize,
    /// Set once there is no schedule left.
    exhausted: Arc<AtomicBool>,
}

/// One of several threads went on.
#[derive(Debug)]
struct Choice {
    options: Vec<TaskId>,
    at: usize,
}

impl Exhaustive {
    pub(crate) fn new(bound: Option<usize>, limit: usize, exhausted: &Arc<AtomicBool>) -> Self {
        Self {
            bound,
            limit,
            path: Vec::new(),
            made: 0,
            preemptions: 0,
            schedules: 0,
            exhausted: Arc::clone(exhausted),
        }
    }

    /// Goes on to the next schedule, and says whether there is one.
    fn advance(&mut self) -> bool {
        while let Some(last) = self.path.last_mut() {
            last.at += 1;
            if last.at < last.options.len() {
                return true;
            }
            self.path.pop();
        }
        false
    }

    /// The threads that may go on; the first of them is no preemption.
    fn options(&self, runnable: &[&Task], current: Option<TaskId>) -> Vec<TaskId> {
        let ids = || runnable.iter().map(|task| task.id());
        let Some(current) = current.filter(|current| ids().any(|id| id == *current)) else {
            return ids().collect();
        };
        let others = ids().filter(|id| *id != current);
        let may_preempt = self.bound.is_none_or(|bound| self.preemptions < bound);
        std::iter::once(current).chain(others.filter(|_| may_preempt)).collect()
    }
}

impl Scheduler for Exhaustive {
    fn new_execution(&mut self) -> Option<Schedule> {
        if self.schedules > 0 && !self.advance() {
            self.exhausted.store(true, Ordering::Relaxed);
            return None;
        }
        if self.schedules == self.limit {
            return None;
        }
        self.schedules += 1;
        self.made = 0;
        self.preemptions = 0;
        Some(Schedule::new(0))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        _is_yielding: bool,
    ) -> Option<TaskId> {
        let options = self.options(runnable, current);
        let chosen = match options[..] {
            [only] => only,
            _ => self.choose(options),
        };
        let preempts = current.is_some_and(|current| {
            chosen != current && runnable.iter().any(|task| task.id() == current)
        });
        self.preemptions += usize::from(preempts);
        Some(chosen)
    }

    fn next_u64(&mut self) -> u64 {
        unreachable!("no scenario asks for random numbers")
    }
}

impl Exhaustive {
    /// Makes the choice that this schedule has here.
    fn choose(&mut self, options: Vec<TaskId>) -> TaskId {
        if self.made == self.path.len() {
            self.path.push(Choice { options, at: 0 });
        } else {
            let known = &self.path[self.made].options;
            assert_eq!(*known, options, "a scenario does the same under the same schedule");
        }
        let Choice { options, at } = &self.path[self.made];
        self.made += 1;
        options[*at]
    }
}
