//! What goes wrong in the simulation.

use super::{Happening, Simulation, Time, moment, nanoseconds};
use rand::RngExt as _;

/// Something that goes wrong.
#[derive(Clone, Debug)]
pub enum Mishap {
    /// The connections of this many processes are closed.
    Reset(usize),
    /// This many processes, and the server, do not hear each other for so many seconds.
    Cut(usize, f64),
    /// This many processes do not hear the server for so many seconds.
    Deafen(usize, f64),
    /// What the server says to this many processes, for as long as they leave between two fences, comes so many seconds
    /// later; and what it says after that, a bound and as much again later. So a fence comes back late, and nothing after it.
    Lag(usize, f64),
    /// A process stands still for so many seconds.
    Pause(f64),
    /// A process begins anew.
    Deploy,
    /// The server forgets everything.
    Flush,
    /// The server is killed, is away for so many seconds, and starts with nothing.
    Restart(f64),
    /// The server is killed, and after so many seconds a replica takes its place.
    Failover(f64),
}

/// How far a replica is behind.
const BEHIND: Time = 50_000_000;

impl Simulation {
    /// Plans all that comes by itself.
    pub(super) fn plan(&mut self) {
        let first = self.next(self.scenario.writes);
        self.at(first, Happening::Write);
        self.at(BEHIND, Happening::Replicate);
        for (second, mishap) in std::mem::take(&mut self.scenario.planned) {
            self.at(nanoseconds(second), Happening::Planned(mishap));
        }
        if self.scenario.mishaps > 0.0 {
            let first = self.next(self.scenario.mishaps);
            self.at(first, Happening::Chance);
        }
    }

    pub(super) fn replicate(&mut self) {
        self.store.replicate();
        self.at(self.now + BEHIND, Happening::Replicate);
    }

    pub(super) fn chance(&mut self) {
        let next = self.next(self.scenario.mishaps);
        self.at(next, Happening::Chance);
        let bound = self.scenario.bound.as_secs_f64();
        let time = bound * self.chances.random_range(0.02..4.0);
        let some = self.chances.random_range(1..=self.processes.len().div_ceil(10));
        let mishap = match self.chances.random_range(0..20) {
            0..6 => Mishap::Reset(some),
            6..9 => Mishap::Cut(some, time),
            9..11 => Mishap::Deafen(some, time),
            11 | 12 => Mishap::Lag(some, time / 5.0),
            13 | 14 => Mishap::Pause(time),
            15 | 16 => Mishap::Deploy,
            17 => Mishap::Flush,
            18 => Mishap::Restart(time / 4.0),
            _ => Mishap::Failover(time / 4.0),
        };
        self.befall(&mishap);
    }

    pub(super) fn befall(&mut self, mishap: &Mishap) {
        match *mishap {
            Mishap::Reset(some) => {
                self.some(some).into_iter().for_each(|process| self.reset(process));
            }
            Mishap::Cut(some, seconds) => self.cut(some, seconds, &[0, 1]),
            Mishap::Deafen(some, seconds) => self.cut(some, seconds, &[1]),
            Mishap::Lag(some, seconds) => {
                let bound = moment(self.scenario.bound);
                let (fence, lag) = (self.now + bound / 5, nanoseconds(seconds));
                for process in self.some(some) {
                    self.processes[process].cut[1] = fence + lag;
                    let until = fence + bound + 2 * lag;
                    self.at(fence, Happening::Deafened { process, until });
                }
            }
            Mishap::Pause(seconds) => {
                let until = self.now + nanoseconds(seconds);
                let process = self.some(1)[0];
                self.processes[process].paused = until;
            }
            Mishap::Deploy => {
                let process = self.some(1)[0];
                self.restart(process);
            }
            Mishap::Flush => self.store.flush(),
            Mishap::Restart(seconds) => self.replace(seconds, false),
            Mishap::Failover(seconds) => self.replace(seconds, true),
        }
    }

    fn replace(&mut self, seconds: f64, with_replica: bool) {
        self.store.replace(with_replica);
        self.store.away = self.now + nanoseconds(seconds);
        (0..self.processes.len()).for_each(|process| self.reset(process));
    }

    fn cut(&mut self, some: usize, seconds: f64, ways: &[usize]) {
        let until = self.now + nanoseconds(seconds);
        for process in self.some(some) {
            for way in ways {
                self.processes[process].cut[*way] = until;
            }
        }
    }

    fn some(&mut self, count: usize) -> Vec<usize> {
        let all = self.processes.len();
        rand::seq::index::sample(&mut self.chances, all, count.min(all)).into_vec()
    }
}
