//! What processes do: call, compute, fence, and write.

use super::driver::Wish;
use super::memo::{Found, Stamp};
use super::{Happening, Simulation, Time, moment, nanoseconds};
use gcache_redis::machine::{Answer, Event, Waiter};
use rand::RngExt as _;
use rand_distr::{Distribution as _, Exp1, LogNormal};
use std::time::Duration;

/// How many calls are made at one moment.
const ROW: u32 = 10;

/// How long the database takes: 2 ms, and 20 ms in one of a hundred.
const MEDIAN: f64 = 2e-3;
const SPREAD: f64 = 0.99;

impl Simulation {
    /// Lets a process begin within a time.
    pub(super) fn begin(&mut self, process: usize, within: Time) {
        let at = self.chances.random_range(0..within);
        self.at(at, Happening::Read { process });
        self.at(at, Happening::Fence { process });
        self.wake_at(at, process);
    }

    /// When something that happens so often in a second happens next.
    pub(super) fn next(&mut self, often: f64) -> Time {
        let wait: f64 = Exp1.sample(&mut self.chances);
        self.now + nanoseconds((wait / often).min(1e6))
    }

    pub(super) fn read(&mut self, process: usize) {
        for _ in 0..ROW {
            let key = self.popular.sample(&mut self.chances);
            self.call(process, key, self.now, false);
        }
        let next = self.next(self.scenario.reads / f64::from(ROW));
        self.at(next, Happening::Read { process });
    }

    /// A call: after a fence, it is as fresh as the fence's beginning.
    fn call(&mut self, process: usize, key: usize, begun: Time, fenced: bool) {
        let at = &mut self.processes[process];
        match at.memo.call(key, self.now) {
            Found::Hit(version) => {
                self.totals.hit(self.now);
                self.judge(process, key, begun, version, fenced);
            }
            Found::Joined(flight) => {
                at.joined.entry((key, flight)).or_default().push((begun, fenced));
            }
            Found::Missed(stamp) => {
                at.joined.entry((key, stamp.began)).or_default().push((begun, fenced));
                self.totals.computation(self.now);
                // The database is read when the body begins, or when it ends.
                let version = self.chances.random_bool(0.5).then_some(self.versions[key]);
                let time = LogNormal::new(MEDIAN.ln(), SPREAD).expect("a finite deviation");
                let took = nanoseconds(time.sample(&mut self.chances));
                let life = at.life;
                let done = Happening::Computed { process, life, key, stamp, version };
                self.at(self.now + took.max(1), done);
            }
        }
    }

    pub(super) fn computed(
        &mut self,
        process: usize,
        life: u64,
        key: usize,
        stamp: Stamp,
        version: Option<u32>,
    ) {
        if self.processes[process].life != life {
            return;
        }
        let version = version.unwrap_or(self.versions[key]);
        self.processes[process].memo.store(key, stamp, version);
        let calls = self.processes[process].joined.remove(&(key, stamp.began)).unwrap_or_default();
        for (begun, fenced) in calls {
            self.judge(process, key, begun, version, fenced);
        }
    }

    /// Holds an answer against what was known when the call, or its fence, began.
    fn judge(&mut self, process: usize, key: usize, begun: Time, version: u32, fenced: bool) {
        let version = u64::from(version);
        let acknowledged = self.acknowledged[key].staleness(begun, version);
        let committed = self.committed[key].staleness(begun, version);
        let own =
            self.processes[process].own.get(&key).map_or(0, |own| own.staleness(begun, version));
        let bound = moment(self.scenario.bound);
        // The thread that ends the lease has run again a moment after its process went on.
        let paused = self.processes[process].paused;
        let excused = paused > 0 && self.now < paused + bound / 10;
        self.totals.read(
            if fenced { 0 } else { bound },
            acknowledged,
            committed,
            own,
            fenced,
            excused,
        );
    }

    pub(super) fn fence(&mut self, process: usize) {
        if self.scenario.fences <= 0.0 {
            return;
        }
        let waiter = self.wish(process, Wish::Fenced(self.now));
        let until = self.patience();
        self.drive(process, Event::Fence { waiter, until });
        let next = self.next(self.scenario.fences);
        self.at(next, Happening::Fence { process });
    }

    /// Until when somebody waits who begins to now.
    fn patience(&self) -> Duration {
        Duration::from_nanos(self.now) + 10 * self.scenario.bound
    }

    fn wish(&mut self, process: usize, wish: Wish) -> Waiter {
        let at = &mut self.processes[process];
        at.waiters += 1;
        at.wishes.insert(at.waiters, wish);
        at.waiters
    }

    pub(super) fn answer(&mut self, process: usize, waiter: Waiter, answer: Answer) {
        let wish = self.processes[process].wishes.remove(&waiter);
        let (Some(wish), Some(position)) = (wish, answer) else { return };
        match wish {
            Wish::Acknowledged(key, version, written) => {
                self.totals.acknowledged(self.now - written);
                self.acknowledged[key].learn(self.now, u64::from(version));
                // The receipt goes to another process.
                let other = self.chances.random_range(0..self.processes.len());
                if self.processes[other].paused <= self.now {
                    let waiter = self.wish(other, Wish::CaughtUp(key, version));
                    let until = self.patience();
                    self.drive(other, Event::CaughtUp { waiter, until, receipt: position });
                }
            }
            Wish::CaughtUp(key, version) => {
                if let Some(seen) = self.processes[process].memo.look(key, self.now) {
                    self.totals.received(seen < version);
                }
            }
            Wish::Fenced(begun) => {
                self.totals.fenced(self.now - begun);
                for _ in 0..ROW {
                    let key = self.popular.sample(&mut self.chances);
                    self.call(process, key, begun, true);
                }
            }
        }
    }

    pub(super) fn write(&mut self) {
        let next = self.next(self.scenario.writes);
        self.at(next, Happening::Write);
        let process = self.chances.random_range(0..self.processes.len());
        if self.processes[process].paused > self.now {
            return;
        }
        let key = self.popular.sample(&mut self.chances);
        self.versions[key] += 1;
        let version = self.versions[key];
        self.totals.written += 1;
        self.committed[key].learn(self.now, u64::from(version));
        let at = &mut self.processes[process];
        at.memo.invalidate(key);
        at.own.entry(key).or_default().learn(self.now, u64::from(version));
        at.tickets += 1;
        let ticket = at.tickets;
        let groups = vec![format!(r#"["k","key",{key}]"#).into()];
        self.drive(process, Event::Publish { ticket, groups });
        let waiter = self.wish(process, Wish::Acknowledged(key, version, self.now));
        let until = self.patience();
        self.drive(process, Event::Acknowledge { waiter, until, ticket });
    }
}
