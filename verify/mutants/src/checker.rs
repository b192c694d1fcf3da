//! The checkers, and what they say of a mutant.

use crate::built::build;
use crate::scratch::Scratch;
use clap::ValueEnum;
use std::error::Error;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// A checker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Checker {
    /// The scenarios of `verify/model_check`.
    Model,
    /// The tests of `verify/weak_memory`.
    Weak,
    /// Random programs, each answer judged.
    Oracle,
    /// Threads and tasks under load.
    History,
    /// Writers that are dropped in the middle.
    Leavers,
    /// Graphs of calls on pools whose workers take up other work.
    Stealing,
    /// What is freed: `tests/released.rs`.
    Released,
    /// How much threads hold: `tests/local_cache_budget.rs`.
    Budget,
    /// What other processes are told and heard of: `tests/links`.
    Links,
    /// What goes around a body whose value is shared: `tests/shared_values`.
    Shared,
    /// Shared values in the server that `GCACHE_REDIS` names: the tests of `gcache-redis`.
    Values,
    /// A hundred simulated processes behind one server, from each of [`SEEDS`].
    Simulation,
    /// Three processes behind one server and a faulty network, from each of [`SEEDS`].
    Machines,
}

/// Where chances begin for those checkers that must notice whatever happens by chance.
const SEEDS: [&str; 3] = ["1", "2", "3"];

/// How long checkers may run.
#[derive(Debug)]
pub(crate) struct Budget {
    /// The oracle, the history checker, the one of leavers and the search for what hangs, each.
    pub(crate) seconds: u64,
    /// The model check.
    pub(crate) model_seconds: u64,
}

/// What a checker says of a mutant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verdict {
    /// It noticed, after this time.
    Dead(Duration),
    /// It hung.
    Hung,
    /// It noticed nothing.
    Survived,
    /// It was not asked.
    NotRun,
}

/// How long after its time a checker is taken for hung.
const GRACE: Duration = Duration::from_secs(30);

impl Checker {
    pub(crate) const ALL: [Self; 13] = [
        Self::Model,
        Self::Weak,
        Self::Oracle,
        Self::History,
        Self::Leavers,
        Self::Stealing,
        Self::Released,
        Self::Budget,
        Self::Links,
        Self::Shared,
        Self::Values,
        Self::Simulation,
        Self::Machines,
    ];

    /// Builds the copy and runs the checker against it.
    pub(crate) fn run(self, scratch: &Scratch, budget: &Budget) -> Result<Verdict, Box<dyn Error>> {
        let program = self.build(scratch)?;
        let command = |arguments: &[&str]| {
            let mut command = Command::new(&program);
            command.args(arguments).current_dir(scratch.root());
            command.stdout(Stdio::piped()).stderr(Stdio::null());
            command
        };
        match self {
            Self::Model | Self::Weak => {
                let test = || command(&["--test-threads=1", "--nocapture"]);
                explore(self, test, Duration::from_secs(budget.model_seconds))
            }
            Self::Released | Self::Budget | Self::Links | Self::Shared => {
                watch(command(&["--test-threads=1"]), Instant::now(), GRACE)
            }
            Self::Values => watch(command(&["values::"]), Instant::now(), GRACE),
            Self::Oracle | Self::History | Self::Leavers | Self::Stealing => {
                let seconds = budget.seconds.to_string();
                let time = Duration::from_secs(budget.seconds) + GRACE;
                watch(command(&["--seconds", &seconds]), Instant::now(), time)
            }
            // A second simulates many.
            Self::Simulation => each_seed(|seed| {
                let time = Duration::from_secs(budget.seconds) + GRACE;
                watch(command(&["--seconds", "600", "--seed", seed]), Instant::now(), time)
            }),
            Self::Machines => each_seed(|seed| {
                let seconds = budget.seconds.to_string();
                let time = Duration::from_secs(budget.seconds) + GRACE;
                let arguments = ["--seconds", &seconds, "--seed", seed];
                watch(command(&arguments), Instant::now(), time)
            }),
        }
    }

    fn build(self, scratch: &Scratch) -> Result<PathBuf, Box<dyn Error>> {
        const MODEL: &str = "--cfg gcache_model";
        let build = |target: &str, flags: &str, arguments: &[&str]| {
            let programs = build(&scratch.root(), &scratch.target(target), flags, arguments)?;
            programs.into_iter().next_back().ok_or_else(|| "nothing was built".into())
        };
        let runtime = ["test", "--no-run", "-p", "gcache-runtime"];
        let proof = ["build", "-p", "gcache-proof", "--bin"];
        let machines = ["build", "-p", "gcache-machines", "--bin"];
        let test = ["test", "--no-run", "-p", "gcache", "--test"];
        match self {
            Self::Model => build("model", MODEL, &[&runtime[..], &["--lib"]].concat()),
            Self::Weak => {
                build("model", MODEL, &[&runtime[..], &["--test", "weak_memory"]].concat())
            }
            Self::Released => build("plain", "", &[&test[..], &["released"]].concat()),
            Self::Budget => build("plain", "", &[&test[..], &["local_cache_budget"]].concat()),
            Self::Links => {
                build("plain", "", &[&test[..], &["links", "--features", "links"]].concat())
            }
            Self::Shared => {
                build("plain", "", &[&test[..], &["shared_values", "--features", "links"]].concat())
            }
            Self::Values => {
                build("plain", "", &["test", "--no-run", "-p", "gcache-redis", "--lib"])
            }
            Self::Simulation => build("plain", "", &[&machines[..], &["simulate"]].concat()),
            Self::Machines => build("plain", "", &[&machines[..], &["machines"]].concat()),
            Self::Oracle => build("plain", "", &[&proof[..], &["oracle"]].concat()),
            Self::History => build("plain", "", &[&proof[..], &["history"]].concat()),
            Self::Leavers => build("plain", "", &[&proof[..], &["leavers"]].concat()),
            Self::Stealing => build("plain", "", &[&proof[..], &["stealing"]].concat()),
        }
    }
}

/// Runs tests that explore, for as much of their scenarios as there is time for: what has not come to its
/// end by then has noticed nothing.
fn explore(
    checker: Checker,
    test: impl Fn() -> Command,
    time: Duration,
) -> Result<Verdict, Box<dyn Error>> {
    let begun = Instant::now();
    let mut verdict = Verdict::Survived;
    if checker == Checker::Model {
        // Most mutants show with a preemption less, in a tenth of the time.
        let mut shallow = test();
        shallow.env("GCACHE_MODEL_PREEMPTIONS", "-1").env("GCACHE_MODEL_SCHEDULES", "200");
        verdict = watch(shallow, begun, time)?;
    }
    if matches!(verdict, Verdict::Survived) {
        verdict = watch(test(), begun, time)?;
    }
    Ok(if matches!(verdict, Verdict::Hung) { Verdict::Survived } else { verdict })
}

/// Runs a checker from each seed. It has noticed if it has from all, after the longest of its times.
fn each_seed(
    run: impl Fn(&str) -> Result<Verdict, Box<dyn Error>>,
) -> Result<Verdict, Box<dyn Error>> {
    let mut longest = Duration::ZERO;
    for seed in SEEDS {
        match run(seed)? {
            Verdict::Dead(after) => longest = longest.max(after),
            // It was still at it, and had noticed nothing.
            _ => return Ok(Verdict::Survived),
        }
    }
    Ok(Verdict::Dead(longest))
}

/// Runs a checker that began at `begun` until it has ended, has printed that a test failed, or has no time
/// left.
fn watch(mut checker: Command, begun: Instant, time: Duration) -> Result<Verdict, Box<dyn Error>> {
    let mut checker = checker.spawn()?;
    let output = checker.stdout.take().ok_or("a checker has no output")?;
    let (tell, failed) = mpsc::channel();
    let reader = thread::spawn(move || {
        if has_failure(output) {
            // Nobody listens any more after the time is over.
            let _ = tell.send(());
        }
    });
    // Without a word the output ends, and with it the program.
    let verdict = match failed.recv_timeout(time.saturating_sub(begun.elapsed())) {
        Ok(()) => Some(Verdict::Dead(begun.elapsed())),
        Err(RecvTimeoutError::Timeout) => Some(Verdict::Hung),
        Err(RecvTimeoutError::Disconnected) => None,
    };
    if verdict.is_some() {
        checker.kill()?;
    }
    let status = checker.wait()?;
    reader.join().map_err(|_| "the output of a checker cannot be read")?;
    let after = if status.success() { Verdict::Survived } else { Verdict::Dead(begun.elapsed()) };
    Ok(verdict.unwrap_or(after))
}

/// Reads the output of a checker, until it says that a test failed, if it does.
fn has_failure(output: ChildStdout) -> bool {
    let lines = BufReader::new(output).split(b'\n');
    lines.map_while(Result::ok).any(|line| line.ends_with(b"FAILED"))
}

impl Verdict {
    /// Whether the checker noticed.
    pub(crate) fn is_death(&self) -> bool {
        matches!(self, Self::Dead(_) | Self::Hung)
    }
}

impl fmt::Display for Checker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Model => "model check",
            Self::Weak => "weak memory",
            Self::Oracle => "oracle",
            Self::History => "history",
            Self::Leavers => "leavers",
            Self::Stealing => "stealing",
            Self::Released => "released",
            Self::Budget => "budget",
            Self::Links => "links",
            Self::Shared => "shared",
            Self::Values => "values",
            Self::Simulation => "simulation",
            Self::Machines => "machines",
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dead(after) => write!(f, "dead, {:.1} s", after.as_secs_f64()),
            Self::Hung => f.write_str("dead, hangs"),
            Self::Survived => f.write_str("survives"),
            Self::NotRun => f.write_str("–"),
        }
    }
}
