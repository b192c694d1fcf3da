//! Processes before servers, under faults, and the checker of what they do.

use crate::database::Database;
use crate::faults::{self, Faults, Log};
use crate::history::{Checker, Tally, Violation};
use crate::record::{Kind, Part, Record};
use crate::stage::Servers;
use crate::worker::{NAMESPACE, THREADS};
use std::collections::BTreeMap;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How many processes there are.
pub(crate) const PROCESSES: usize = 3;

/// What is run.
#[derive(Debug)]
pub struct Run {
    /// Through what the processes hear of each other.
    pub servers: Servers,
    /// The program whose command `work` is a process.
    pub program: PathBuf,
    /// Where chances begin.
    pub seed: u64,
    /// For how long at most.
    pub time: Duration,
    /// How many reads are checked at most.
    pub reads: Option<u64>,
    /// The bound of the links.
    pub bound: Duration,
    /// What goes wrong.
    pub faults: Faults,
    /// Whether fences write.
    pub fence_by_write: bool,
    /// Whether the processes invalidate before they commit.
    pub invalidates_first: bool,
    /// Whether some of what is computed is shared by the processes.
    pub shared_values: bool,
}

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// What the checker has counted.
    pub tally: Tally,
    /// The first violation, which ended the run.
    pub violation: Option<Violation>,
    /// What went wrong.
    pub log: Log,
}

impl Run {
    /// Runs until the time is over, enough reads are checked, or a promise is broken.
    ///
    /// # Errors
    /// The server or a process cannot be started, or has ended by itself.
    pub fn run(&self, mut progress: impl FnMut(&Tally)) -> io::Result<Outcome> {
        let mut stage = self.servers.start(PROCESSES, NAMESPACE, self.seed)?;
        let folder = Folder::new()?;
        let database = folder.0.join("versions");
        Database::create(&database)?;
        let mut workers = (0..PROCESSES)
            .map(|at| self.start(at, &stage.url(at), &database))
            .collect::<io::Result<Vec<_>>>()?;
        let (tell, told) = mpsc::channel();
        let (end, over) = mpsc::channel();
        thread::scope(|scope| {
            for (process, worker) in workers.iter_mut().enumerate() {
                let Some(output) = worker.process.stdout.take() else { continue };
                let tell = tell.clone();
                scope.spawn(move || {
                    let mut output = BufReader::new(output);
                    while let Ok(part) = Part::read(&mut output) {
                        if tell.send((process, part)).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(tell);
            let faults = scope.spawn(move || {
                faults::play(self.faults, self.seed, self.bound, &mut *stage, &over)
            });
            let (checker, violation) = self.check(&told, &mut progress);
            drop((end, told));
            let log = faults.join().map_err(|_| io::Error::other("the faults panicked"))??;
            workers.iter_mut().try_for_each(Worker::end)?;
            Ok(Outcome { tally: checker.tally(), violation, log })
        })
    }

    fn start(&self, at: usize, url: &str, database: &Path) -> io::Result<Worker> {
        let mut command = Command::new(&self.program);
        command.arg("work").arg("--database").arg(database);
        command.args(["--url", url]);
        command.args(["--bound", &self.bound.as_millis().to_string()]);
        command.args(["--seed", &(self.seed ^ (at as u64) << 32).to_string()]);
        let options = [
            ("--fence-by-write", self.fence_by_write),
            ("--invalidates-first", self.invalidates_first),
            ("--shared-values", self.shared_values),
        ];
        command.args(options.iter().filter(|(_, is_set)| *is_set).map(|(option, _)| option));
        let process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        Ok(Worker { process })
    }

    fn check(
        &self,
        told: &mpsc::Receiver<(usize, Part)>,
        mut progress: impl FnMut(&Tally),
    ) -> (Checker, Option<Violation>) {
        let bound = u64::try_from(self.bound.as_nanos()).unwrap_or(u64::MAX);
        let mut checker = Checker::new(PROCESSES, bound);
        let mut gathered = Gathered::default();
        let end = Instant::now() + self.time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let (process, part) = match told.recv_timeout(left) {
                Ok(told) => told,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            };
            for pause in part.records.iter().filter(|record| record.kind == Kind::Paused) {
                checker.excuse(process, *pause);
            }
            gathered.add(process, part);
            while let Some(segment) = gathered.take() {
                let violation = checker.check(&segment);
                let tally = checker.tally();
                progress(&tally);
                if violation.is_some() || self.reads.is_some_and(|reads| tally.reads() >= reads) {
                    return (checker, violation);
                }
            }
        }
        (checker, None)
    }
}

/// Segments of which not all threads have told yet.
#[derive(Debug, Default)]
struct Gathered {
    segments: BTreeMap<u64, Vec<Vec<Record>>>,
    /// The last segment of each thread of each process.
    last: BTreeMap<(usize, u64), u64>,
}

impl Gathered {
    fn add(&mut self, process: usize, part: Part) {
        self.last.insert((process, part.thread), part.segment);
        let segment =
            self.segments.entry(part.segment).or_insert_with(|| vec![Vec::new(); PROCESSES]);
        segment[process].extend(part.records);
    }

    /// The next segment, once all threads have told of it and of the one after it: a pause at its end is known then.
    fn take(&mut self) -> Option<Vec<Vec<Record>>> {
        let known = self.last.values().min().filter(|_| self.last.len() == PROCESSES * THREADS)?;
        let entry = self.segments.first_entry()?;
        (entry.key() < known).then(|| entry.remove())
    }
}

/// A process. It ends when its input does, and is killed when it is dropped.
#[derive(Debug)]
struct Worker {
    process: Child,
}

impl Worker {
    fn end(&mut self) -> io::Result<()> {
        drop(self.process.stdin.take());
        let status = self.process.wait()?;
        status
            .success()
            .then_some(())
            .ok_or_else(|| io::Error::other(format!("a process ended: {status}")))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A folder that is removed in the end.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("gcache-machines-{}", std::process::id()));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
