//! The threads that take the turns: the same for all rounds of a measure, so that what a contestant
//! keeps per thread stays warm.

use crate::contestant::{Contestant, Field, Turn};
use crate::{body, machine};
use std::hint::spin_loop;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Scope, yield_now};
use std::time::{Duration, Instant};

/// What a thread is told to do with a contestant of the field.
#[derive(Clone, Copy)]
enum Task {
    Warm,
    /// Prepare, on the first lane, and take a turn; begin it when this many have arrived at the gate.
    Take(Turn, u64),
    /// Take a turn untimed, and count what is allocated.
    Weigh(Turn),
}

/// What came of it.
enum Done {
    Warmed(Result<(), String>),
    Took(Result<(), String>, Share),
    Weighed(u64),
}

/// What one thread did in a turn.
struct Share {
    begin: Instant,
    end: Instant,
    runs: u64,
    interrupted: bool,
}

/// One thread of a crew.
struct Member {
    orders: Sender<(usize, Task)>,
    /// Each has a channel of its own: when its thread panics, whoever waits for it hears of it.
    reports: Receiver<Done>,
}

/// Threads that take turns of contestants, all of them at the same time.
pub(crate) struct Crew {
    members: Vec<Member>,
    arrivals: u64,
}

/// A thread that begins after one part in so many of the turn has begun late.
const LATE: u32 = 20;

/// What one turn of all threads took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    /// From the moment the first began to the moment the last was done.
    pub(crate) elapsed: Duration,
    /// How often bodies ran.
    pub(crate) runs: u64,
    /// Whether something else ran on a thread's processor meanwhile, or a thread began late.
    pub(crate) disturbed: bool,
}

impl Crew {
    /// Begins `threads` threads for the contestants of `field`.
    pub(crate) fn begin<'scope>(
        scope: &'scope Scope<'scope, '_>,
        field: &'scope Field,
        gate: &'scope Gate,
        threads: usize,
    ) -> Self {
        let members = (0..threads).map(|lane| {
            let (orders, tasks) = channel::<(usize, Task)>();
            let (done, reports) = channel::<Done>();
            scope.spawn(move || {
                for (contestant, task) in tasks {
                    let contestant: &dyn Contestant = &*field[contestant];
                    if done.send(gate.carry_out(contestant, task, lane)).is_err() {
                        return;
                    }
                }
            });
            Member { orders, reports }
        });
        Self { members: members.collect(), arrivals: 0 }
    }

    /// Warms a contestant on each thread, one after another.
    pub(crate) fn warm(&self, contestant: usize) -> Result<(), String> {
        self.members.iter().try_for_each(|member| {
            member.order(contestant, Task::Warm);
            let Done::Warmed(result) = member.report() else {
                unreachable!("to warm is answered by how it went")
            };
            result
        })
    }

    /// Lets all threads do so many operations at the same time.
    pub(crate) fn take(&mut self, contestant: usize, done: u64, ops: u64) -> Result<Taken, String> {
        self.arrivals += self.members.len() as u64;
        for (lane, member) in self.members.iter().enumerate() {
            member.order(contestant, Task::Take(Turn { lane, done, ops }, self.arrivals));
        }
        let reports = self.members.iter().map(|member| match member.report() {
            Done::Took(result, share) => result.map(|()| share),
            Done::Warmed(_) | Done::Weighed(_) => unreachable!("a turn is answered by a share"),
        });
        let shares = reports.collect::<Result<Vec<_>, _>>()?;
        Ok(self.together(&shares))
    }

    /// What the shares of all threads come to.
    fn together(&self, shares: &[Share]) -> Taken {
        let begins = || shares.iter().map(|share| share.begin);
        let begin = begins().min().expect("a crew has a thread");
        let late = begins().max().expect("a crew has a thread") - begin;
        let end = shares.iter().map(|share| share.end).max().expect("a crew has a thread");
        let elapsed = end - begin;
        let interrupted = shares.iter().any(|share| share.interrupted);
        let runs = shares.iter().map(|share| share.runs).sum();
        // Where they are more than the cores, they disturb each other, and that is what is measured.
        let fit = self.members.len() <= machine::cores();
        Taken { elapsed, runs, disturbed: fit && (interrupted || late * LATE > elapsed) }
    }

    /// How many allocations the first thread makes in a turn.
    pub(crate) fn weigh(&self, contestant: usize, done: u64, ops: u64) -> u64 {
        self.members[0].order(contestant, Task::Weigh(Turn { lane: 0, done, ops }));
        let Done::Weighed(allocations) = self.members[0].report() else {
            unreachable!("a turn that is weighed is answered by its weight")
        };
        allocations
    }
}

impl Member {
    fn order(&self, contestant: usize, task: Task) {
        self.orders.send((contestant, task)).expect("the thread lives until the crew is dropped");
    }

    fn report(&self) -> Done {
        self.reports.recv().expect("the contestant did not panic")
    }
}

/// How often a thread looks whether the others have come before it lets others run: some milliseconds.
/// One that gives way at once is gone when they come, if the machine is busy.
const AWAKE: u64 = 100_000;

/// Where the threads of a crew wait for each other, awake: one that has to be woken starts late.
pub(crate) struct Gate {
    arrived: AtomicU64,
    /// How often a thread looks before it gives way.
    awake: u64,
}

impl Gate {
    /// A gate for so many threads. Where they are more than the cores, those that wait give way at once.
    pub(crate) fn new(threads: usize) -> Self {
        let awake = if threads <= machine::cores() { AWAKE } else { 0 };
        Self { arrived: AtomicU64::new(0), awake }
    }

    fn pass(&self, arrivals: u64) {
        self.arrived.fetch_add(1, Ordering::AcqRel);
        let mut turns = 0;
        while self.arrived.load(Ordering::Acquire) < arrivals {
            turns += 1;
            if turns < self.awake { spin_loop() } else { yield_now() }
        }
    }

    fn carry_out(&self, contestant: &dyn Contestant, task: Task, lane: usize) -> Done {
        match task {
            Task::Warm => Done::Warmed(contestant.warm(lane)),
            Task::Take(turn, arrivals) => {
                // On the thread that runs, so that nothing comes between to cool it.
                let prepared = if lane == 0 { contestant.prepare() } else { Ok(()) };
                let before = body::runs();
                self.pass(arrivals);
                let interruptions = machine::interruptions();
                let begin = Instant::now();
                contestant.run(turn);
                let end = Instant::now();
                let interrupted = machine::interruptions() != interruptions;
                let runs = body::runs() - before;
                Done::Took(prepared, Share { begin, end, runs, interrupted })
            }
            Task::Weigh(turn) => {
                let weighed = allocation_counter::measure(|| contestant.run(turn));
                Done::Weighed(weighed.count_total)
            }
        }
    }
}
