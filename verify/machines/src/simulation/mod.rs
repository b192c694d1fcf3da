//! A thousand processes in one thread: discrete events, by chance from a seed, with the link's own machine in each.
//!
//! Nothing here waits or reads a clock. What the link decides is decided by [`gcache_redis::machine`], as in a program;
//! the server, the network and the caches are models.

mod deeds;
mod driver;
mod memo;
mod mishaps;
mod network;
mod store;
mod tally;

pub use mishaps::Mishap;
pub use store::Costs;
pub use tally::{Slice, Totals};

use crate::history::Known;
use driver::{Connection, Process};
use gcache_redis::machine::{Reply, Request};
use gcache_redis::message::Message;
use memo::Stamp;
use network::Network;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;
use rand_distr::weighted::WeightedAliasIndex;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;
use store::Store;

/// A moment, in nanoseconds since the beginning.
type Time = u64;

/// What is simulated.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// How many processes.
    pub processes: usize,
    /// How many keys, of which few are wanted often: the first twice as often as the second, and so on.
    pub keys: usize,
    /// How long, in simulated seconds.
    pub seconds: f64,
    /// The bound.
    pub bound: Duration,
    /// Calls of each process in a second.
    pub reads: f64,
    /// Writes of all processes in a second, each of one key.
    pub writes: f64,
    /// Fences of each process in a second, beside those of the link itself.
    pub fences: f64,
    /// The share of what is sent that is lost at first.
    pub loss: f64,
    /// How often things go wrong by chance, in a second.
    pub mishaps: f64,
    /// What goes wrong at a given second.
    pub planned: Vec<(f64, Mishap)>,
    /// How many messages the server's log keeps.
    pub log: usize,
    /// What the server's thread needs.
    pub costs: Costs,
    /// Where chances begin.
    pub seed: u64,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            processes: 100,
            keys: 1_000,
            seconds: 10.0,
            bound: Duration::from_secs(1),
            reads: 1_000.0,
            writes: 100.0,
            fences: 1.0,
            loss: 0.001,
            mishaps: 0.0,
            planned: Vec::new(),
            log: 10_000,
            costs: Costs::default(),
            seed: 0,
        }
    }
}

/// What comes at a moment.
#[derive(Debug)]
enum Happening {
    /// A request is at the server.
    Arrive { connection: usize, ask: u64, request: Request },
    /// The server, in this life, has done all that had come in.
    Turn { life: u64 },
    /// An answer is at its process.
    Reply { connection: usize, ask: u64, reply: Reply },
    /// A message is at a listener.
    Push { connection: usize, message: Message },
    /// A process learns that its connection is gone.
    Closed { connection: usize },
    /// A process has waited long enough for an answer.
    Timeout { process: usize, life: u64, ask: u64 },
    /// The machine of a process wanted to be woken.
    Wake { process: usize, life: u64 },
    /// The thread that ends the lease looks at it.
    Lease { process: usize, life: u64 },
    /// A process calls cached functions.
    Read { process: usize },
    /// A process asks for a fence.
    Fence { process: usize },
    /// A computation has come to its end.
    Computed { process: usize, life: u64, key: usize, stamp: Stamp, version: Option<u32> },
    /// Someone writes.
    Write,
    /// Something goes wrong by chance.
    Chance,
    /// From now on a process does not hear the server, until then.
    Deafened { process: usize, until: Time },
    /// Something goes wrong by plan.
    Planned(Mishap),
    /// A replica learns what the primary has.
    Replicate,
}

/// In the order of time, and of what was said first.
#[derive(Debug)]
struct Due {
    at: Time,
    number: u64,
    what: Happening,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// The world.
#[derive(Debug)]
pub struct Simulation {
    scenario: Scenario,
    chances: SmallRng,
    now: Time,
    numbers: u64,
    due: BinaryHeap<Reverse<Due>>,
    network: Network,
    store: Store,
    processes: Vec<Process>,
    connections: Vec<Connection>,
    popular: WeightedAliasIndex<f64>,
    /// The versions of the keys, and when each was known to be there: committed, and acknowledged.
    versions: Vec<u32>,
    committed: Vec<Known>,
    acknowledged: Vec<Known>,
    totals: Totals,
}

impl Simulation {
    /// The world at its beginning: no process has called or connected.
    ///
    /// # Panics
    /// There are no keys.
    pub fn new(scenario: Scenario) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a weight")]
        let weights = (0..scenario.keys).map(|key| 1.0 / (key + 1) as f64).collect();
        let bound = moment(scenario.bound);
        let known = vec![Known::default(); scenario.keys];
        let mut world = Self {
            chances: SmallRng::seed_from_u64(scenario.seed),
            now: 0,
            numbers: 0,
            due: BinaryHeap::new(),
            network: Network::new(scenario.loss),
            store: Store::new(scenario.costs, scenario.log),
            processes: (0..scenario.processes)
                .map(|at| Process::new(at, &scenario, bound))
                .collect(),
            connections: Vec::new(),
            popular: WeightedAliasIndex::new(weights).expect("there are keys"),
            versions: vec![0; scenario.keys],
            committed: known.clone(),
            acknowledged: known,
            totals: Totals::default(),
            scenario,
        };
        for process in 0..world.scenario.processes {
            // They begin within the first bound, as a deploy does.
            world.begin(process, bound);
        }
        world.plan();
        world
    }

    /// Runs to the end, or until a promise is broken, and returns what was found.
    pub fn run(mut self) -> Totals {
        let end = nanoseconds(self.scenario.seconds);
        while let Some(Reverse(due)) = self.due.pop() {
            if due.at >= end || self.totals.violations() > 0 {
                break;
            }
            self.now = due.at;
            self.happen(due.what);
        }
        self.totals.warm = self.processes.iter().map(Process::warm).sum();
        self.totals.finish(&self.store, self.now);
        self.totals
    }

    fn at(&mut self, at: Time, what: Happening) {
        self.numbers += 1;
        self.due.push(Reverse(Due { at, number: self.numbers, what }));
    }

    fn happen(&mut self, what: Happening) {
        // A process that stands still does nothing until it goes on.
        if let Some(until) = self.standstill(&what) {
            return self.at(until, what);
        }
        match what {
            Happening::Arrive { connection, ask, request } => self.arrive(connection, ask, request),
            Happening::Turn { life } => self.turn(life),
            Happening::Reply { connection, ask, reply } => self.reply(connection, ask, reply),
            Happening::Push { connection, message } => self.push(connection, message),
            Happening::Closed { connection } => self.closed(connection),
            Happening::Timeout { process, life, ask } => self.time_out(process, life, ask),
            Happening::Wake { process, life } => self.wake(process, life),
            Happening::Lease { process, life } => self.look_at_lease(process, life),
            Happening::Read { process } => self.read(process),
            Happening::Fence { process } => self.fence(process),
            Happening::Computed { process, life, key, stamp, version } => {
                self.computed(process, life, key, stamp, version);
            }
            Happening::Write => self.write(),
            Happening::Chance => self.chance(),
            Happening::Deafened { process, until } => self.processes[process].cut[1] = until,
            Happening::Planned(mishap) => self.befall(&mishap),
            Happening::Replicate => self.replicate(),
        }
    }

    /// Until when the process stands still that this would happen to.
    fn standstill(&self, what: &Happening) -> Option<Time> {
        let process = match what {
            Happening::Reply { connection, .. }
            | Happening::Push { connection, .. }
            | Happening::Closed { connection } => self.connections[*connection].process,
            Happening::Timeout { process, .. }
            | Happening::Wake { process, .. }
            | Happening::Lease { process, .. }
            | Happening::Read { process }
            | Happening::Fence { process }
            | Happening::Computed { process, .. } => *process,
            _ => return None,
        };
        Some(self.processes[process].paused).filter(|until| *until > self.now)
    }
}

/// Seconds as nanoseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times of a simulation"
)]
fn nanoseconds(seconds: f64) -> Time {
    (seconds * 1e9) as Time
}

/// A time, or a moment since the beginning, as nanoseconds.
fn moment(time: Duration) -> Time {
    Time::try_from(time.as_nanos()).unwrap_or(Time::MAX)
}
