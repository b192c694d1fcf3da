//! Programs of several threads. Each stops at its gates and is let go at one gate at a time, so that
//! mostly one moves.
//!
//! A thread that waits for another's computation cannot say that it waits. So where others are inside
//! of bodies, the scheduler gives it a moment and goes on without it; and threads that have waited move
//! at the same time as the one that they waited for. The rules by which answers are judged hold all
//! the same; what must be a hit is not judged, and a seed brings nearly the same order again.

use super::cx::{Cx, Gates, Go, Report};
use super::perform::{Company, perform};
use super::program::{Program, Turn, What};
use super::run::{Shared, catch, lock};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// After this a thread that should move hangs. Nothing that works waits so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a thread that may be waiting for another is waited for.
const MOMENT: Duration = Duration::from_micros(200);

/// Where a thread is, as far as the scheduler knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    AtGate,
    /// On its way to the next gate, or waiting for another.
    Loose,
    Done,
}

struct Scheduler<'a> {
    trace: &'a Shared,
    places: Vec<Place>,
    go: Vec<Sender<Go>>,
    reports: Receiver<(usize, Report)>,
}

/// Runs the actors of `program` as threads.
pub(crate) fn run(program: &Program, trace: &Shared) {
    let (arrived, reports) = channel();
    let mut go = Vec::new();
    let mut threads = Vec::new();
    for (actor, ops) in program.actors.iter().enumerate() {
        let (tell, told) = channel();
        go.push(tell);
        let gates = Gates::Thread { arrived: arrived.clone(), go: Mutex::new(told) };
        let cx = Cx::new(actor, Arc::clone(trace), gates);
        let (ops, arrived) = (ops.clone(), arrived.clone());
        threads.push(thread::spawn(move || {
            for op in &ops {
                catch(&cx, || {
                    cx.now(async {
                        cx.gate().await;
                        perform(&cx, Company::Others, op).await;
                    });
                });
            }
            // The scheduler is gone only if the program has failed already.
            let _ = arrived.send((actor, Report::Done));
        }));
    }
    let places = vec![Place::Loose; program.actors.len()];
    let mut scheduler = Scheduler { trace, places, go, reports };
    if scheduler.run(&program.schedule) {
        // What they may panic with has been caught.
        threads.into_iter().for_each(|thread| drop(thread.join()));
    }
}

impl Scheduler<'_> {
    /// Whether all threads have come to their end.
    fn run(&mut self, schedule: &[Turn]) -> bool {
        let all = self.places.len();
        // Each comes to its first gate.
        if !(0..all).all(|actor| self.settle(actor, PATIENCE)) {
            return self.hang();
        }
        let rest = (0..all).cycle().map(|actor| Turn { actor, what: What::GoesOn });
        for Turn { actor, what } in schedule.iter().copied().chain(rest) {
            if self.places.iter().all(|place| *place == Place::Done) {
                return true;
            }
            if !self.places.contains(&Place::AtGate) {
                match self.reports.recv_timeout(PATIENCE) {
                    Ok(report) => self.note(report),
                    Err(_) => return self.hang(),
                }
            }
            if self.places[actor] == Place::AtGate && !self.let_go(actor, what) {
                return self.hang();
            }
        }
        true
    }

    /// Lets a thread go to its next gate; whether it can be on its way.
    fn let_go(&mut self, actor: usize, what: What) -> bool {
        lock(self.trace).step += 1;
        self.places[actor] = Place::Loose;
        let go = if what == What::GoesOn { Go::On } else { Go::Panic };
        if self.go[actor].send(go).is_err() {
            return false;
        }
        if self.others_compute(actor) {
            self.settle(actor, MOMENT);
            return true;
        }
        self.settle(actor, PATIENCE)
    }

    /// Whether another thread is inside of a body, or may be about to be.
    fn others_compute(&self, actor: usize) -> bool {
        let trace = lock(self.trace);
        let others = (0..self.places.len()).filter(|other| *other != actor);
        others
            .into_iter()
            .any(|other| self.places[other] == Place::Loose || !trace.actors[other].runs.is_empty())
    }

    /// Waits until a thread has stopped; whether it has.
    fn settle(&mut self, actor: usize, patience: Duration) -> bool {
        while self.places[actor] == Place::Loose {
            match self.reports.recv_timeout(patience) {
                Ok(report) => self.note(report),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return false,
            }
        }
        true
    }

    fn note(&mut self, (actor, report): (usize, Report)) {
        self.places[actor] = match report {
            Report::AtGate => Place::AtGate,
            Report::Done => Place::Done,
        };
    }

    fn hang(&self) -> bool {
        let stuck = self.places.iter().position(|place| *place == Place::Loose).unwrap_or_default();
        lock(self.trace).violate(stuck, "waits for ever");
        false
    }
}
