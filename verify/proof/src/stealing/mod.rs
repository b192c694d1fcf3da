//! Nobody hangs: random graphs of functions that call each other, on small pools whose workers take up other
//! work while they wait.
//!
//! A worker that waits for the second half of its work may take up a call in the midst of a body, and that call
//! may wait for one that waits for this worker: nobody can see such circles, and patience alone ends them. The
//! same is done in tasks, by streams that keep what was begun unpolled.
//!
//! # What is wrong
//!
//! - a call that does not return;
//! - an answer that is not what the functions give without a cache;
//! - more bodies beside one that is waited for than patiences have passed.

mod graph;
mod service;

use futures::executor::ThreadPool as Executor;
use graph::{Graph, Kind, NODES};
use rayon::{ThreadPool, ThreadPoolBuilder};
use service::{Service, relieved};
use std::fmt;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

/// How long a call waits for another's computation.
const PATIENCE: Duration = Duration::from_millis(2);

/// After this somebody hangs. No graph that ends takes as long.
const HANGS: Duration = Duration::from_secs(60);

/// Graphs to run, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Stealing {
    /// Where chances begin. Threads take turns as they like, so the same seed is the same graphs and not the
    /// same run.
    pub seed: u64,
    /// How long to run at most.
    pub time: Option<Duration>,
    /// How many graphs to run at most.
    pub graphs: Option<u64>,
}

/// What was done so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// How many graphs were run.
    pub graphs: u64,
    /// How many calls were answered.
    pub calls: u64,
    /// How many bodies have run.
    pub bodies: u64,
    /// How many of them ran beside one that was waited for.
    pub relieved: u64,
}

/// What was found to be wrong, and in which graph.
#[derive(Clone, Debug)]
pub struct Finding {
    graph: String,
    fault: Fault,
}

#[derive(Clone, Debug)]
enum Fault {
    /// Somebody has not returned.
    Hangs,
    /// A call has panicked.
    Panicked,
    /// An answer is not what the function gives.
    Wrong { node: usize, answer: u64, right: u64 },
    /// More bodies ran beside one than patiences have passed.
    Stampede { node: usize, relieved: u64, most: u128 },
}

/// What all graphs run on. Made once, since what hangs could not be ended.
static POOLS: LazyLock<[ThreadPool; 2]> = LazyLock::new(|| {
    [2, 3].map(|workers| {
        let pool = ThreadPoolBuilder::new().num_threads(workers);
        pool.build().expect("threads can be started")
    })
});

static EXECUTOR: LazyLock<Executor> =
    LazyLock::new(|| Executor::builder().pool_size(2).create().expect("threads can be started"));

impl Stealing {
    /// Runs graphs until the time or their number is used up, or something is wrong.
    pub fn run(self, mut progress: impl FnMut(&Done)) -> (Done, Option<Finding>) {
        let begin = Instant::now();
        let mut done = Done::default();
        let more = |done: &Done| {
            self.time.is_none_or(|time| begin.elapsed() < time)
                && self.graphs.is_none_or(|graphs| done.graphs < graphs)
        };
        while more(&done) {
            let graph = Graph::random(self.seed, done.graphs);
            if let Err(fault) = done.run(graph.clone()) {
                return (done, Some(Finding { graph: format!("{graph:#?}"), fault }));
            }
            progress(&done);
        }
        (done, None)
    }
}

impl Done {
    /// Runs one graph.
    fn run(&mut self, graph: Graph) -> Result<(), Fault> {
        let pool = &POOLS[usize::from(graph.number.is_multiple_of(3))];
        let right: Vec<u64> = (0..NODES).map(|node| graph.value(node)).collect();
        let before = relieved();
        let begin = Instant::now();
        let service = Arc::new(Service::new(graph, pool));
        let answers = answers(&service, pool)?;
        let time = begin.elapsed();
        for (node, answer) in answers {
            self.calls += 1;
            if answer != right[node] {
                return Err(Fault::Wrong { node, answer, right: right[node] });
            }
        }
        let most = time.as_micros() / PATIENCE.as_micros();
        for (node, (before, after)) in before.into_iter().zip(relieved()).enumerate() {
            let relieved = after - before;
            self.relieved += relieved;
            // Without trouble a function has one flight, from the first call to the first value.
            if !service.graph().is_troubled && u128::from(relieved) > most {
                return Err(Fault::Stampede { node, relieved, most });
            }
        }
        self.bodies += service.bodies.load(std::sync::atomic::Ordering::Relaxed);
        self.graphs += 1;
        Ok(())
    }
}

/// Has all callers call, and waits for their answers.
fn answers(service: &Arc<Service>, pool: &'static ThreadPool) -> Result<Vec<(usize, u64)>, Fault> {
    let callers = service.graph().callers.clone();
    let (tell, told) = channel();
    for caller in &callers {
        let (service, tell, node) = (Arc::clone(service), tell.clone(), caller.node);
        // Nobody listens any more once something is wrong.
        let call = {
            let (service, tell) = (Arc::clone(&service), tell.clone());
            move || _ = tell.send((node, service.call(node)))
        };
        match caller.kind {
            Kind::Worker => pool.spawn(call),
            Kind::Thread => drop(thread::spawn(call)),
            Kind::Task => EXECUTOR.spawn_ok(async move {
                let answer = service.call_async(node).await;
                let _ = tell.send((node, answer));
            }),
        }
    }
    drop(tell);
    let answer = |_| {
        told.recv_timeout(HANGS).map_err(|error| match error {
            RecvTimeoutError::Timeout => Fault::Hangs,
            RecvTimeoutError::Disconnected => Fault::Panicked,
        })
    };
    callers.iter().map(answer).collect()
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Fault::Hangs => writeln!(f, "violation: somebody waits for ever")?,
            Fault::Panicked => writeln!(f, "violation: a call panicked")?,
            Fault::Wrong { node, answer, right } => {
                writeln!(f, "violation: function {node} answers {answer} instead of {right}")?;
            }
            Fault::Stampede { node, relieved, most } => writeln!(
                f,
                "violation: {relieved} bodies of function {node} beside one, in {most} patiences"
            )?,
        }
        write!(f, "{}", self.graph)
    }
}
