//! Three processes over one database, begun and ended together.

use crate::PROCESSES;
use crate::catalogue::Catalogue;
use crate::db::{Database, Db};
use crate::judge::{Observation, Verdict, judge};
use crate::progress::Progress;
use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// How often the progress is shown.
const SHOWN: Duration = Duration::from_millis(250);

/// What is run.
pub(crate) struct Run<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) url: &'a str,
    pub(crate) seconds: u64,
    pub(crate) writes: u32,
    pub(crate) seed: u64,
    pub(crate) bound: u64,
}

/// What came of a run.
pub(crate) struct Outcome {
    pub(crate) elapsed: Duration,
    pub(crate) requests: u64,
    pub(crate) acknowledged: u64,
    pub(crate) verdict: Verdict,
}

impl Run<'_> {
    /// Lets three processes serve, from the same rows each time, and judges what they say in the end.
    pub(crate) fn serve(&self, name: &str, how: &[&str]) -> Result<Outcome, Box<dyn Error>> {
        let length = Duration::from_secs(self.seconds);
        let mut progress = Progress::begin(name, length);
        let started = Instant::now();
        let database = Database::create(name)?;
        self.catalogue.store(&Db::open(&database.file())?)?;
        progress.note(&format!("rows loaded in {} ms", started.elapsed().as_millis()));
        let mut processes = (0..PROCESSES)
            .map(|at| Process::start(self, at, &database.file(), how))
            .collect::<Result<Vec<_>, _>>()?;
        for process in &mut processes {
            process.ready()?;
        }
        let started = Instant::now();
        processes.iter_mut().try_for_each(Process::go_on)?;
        while let Some(left) = length.checked_sub(started.elapsed()) {
            thread::sleep(left.min(SHOWN));
            for process in &mut processes {
                process.take_in()?;
            }
            let requests = processes.iter().map(|process| process.served).sum();
            progress.show(started.elapsed(), requests);
        }
        processes.iter_mut().try_for_each(Process::go_on)?;
        let elapsed = started.elapsed();
        for process in &mut processes {
            process.over()?;
        }
        let of = |observations: fn(&Process) -> &Vec<Observation>| {
            processes.iter().flat_map(observations).copied().collect::<Vec<_>>()
        };
        let acknowledged = of(|process| &process.acknowledged);
        let answered = of(|process| &process.answered);
        Ok(Outcome {
            elapsed,
            requests: processes.iter().map(|process| process.served).sum(),
            acknowledged: acknowledged.len() as u64,
            verdict: judge(&acknowledged, &answered, self.bound * 1_000_000),
        })
    }
}

/// A process of the site, as seen from here. It is killed when it is dropped.
struct Process {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    served: u64,
    answered: Vec<Observation>,
    acknowledged: Vec<Observation>,
    is_over: bool,
}

impl Process {
    fn start(run: &Run<'_>, at: u64, file: &Path, how: &[&str]) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("work").args(how).arg(run.url).arg(file);
        command.args([run.writes.to_string(), run.seed.wrapping_add(at).to_string()]);
        command.arg(run.bound.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().ok_or("it is piped")?;
        let output: ChildStdout = child.stdout.take().ok_or("it is piped")?;
        let (tell, lines) = mpsc::channel();
        thread::spawn(move || {
            let mut lines = BufReader::new(output).lines().map_while(Result::ok);
            lines.all(|line| tell.send(line).is_ok())
        });
        let (answered, acknowledged) = (Vec::new(), Vec::new());
        Ok(Self { child, input, lines, served: 0, answered, acknowledged, is_over: false })
    }

    /// Waits until it could begin.
    fn ready(&self) -> Result<(), Box<dyn Error>> {
        match self.lines.recv() {
            Ok(line) if line == "ready" => Ok(()),
            _ => Err("a process did not begin, see above".into()),
        }
    }

    /// Lets it begin, or come to its end.
    fn go_on(&mut self) -> Result<(), Box<dyn Error>> {
        Ok(writeln!(self.input)?)
    }

    /// Takes in what it has said so far.
    fn take_in(&mut self) -> Result<(), Box<dyn Error>> {
        while let Ok(line) = self.lines.try_recv() {
            self.hear(&line)?;
        }
        Ok(())
    }

    /// Takes in all that it says to its end.
    fn over(&mut self) -> Result<(), Box<dyn Error>> {
        while let Ok(line) = self.lines.recv() {
            self.hear(&line)?;
        }
        let status = self.child.wait()?;
        let is_whole = status.success() && self.is_over;
        is_whole.then_some(()).ok_or_else(|| format!("a process failed: {status}").into())
    }

    fn hear(&mut self, line: &str) -> Result<(), Box<dyn Error>> {
        let (word, rest) = line.split_once(' ').ok_or("a process said something else")?;
        match word {
            "served" => self.served = rest.parse()?,
            "answered" => self.answered.push(rest.parse()?),
            "acknowledged" => self.acknowledged.push(rest.parse()?),
            _ => (self.served, self.is_over) = (rest.parse()?, word == "over"),
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
