//! One process: a reader within the bound, a fenced reader and a writer, linked to the others.

mod read;
mod recorder;
mod service;
mod write;

use crate::database::Database;
use crate::now;
use crate::record::{Kind, Part, Record};
use recorder::Recorder;
use std::error::Error;
use std::future::Future;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::thread;
use std::time::Duration;

/// The namespace of all processes.
pub(crate) const NAMESPACE: &str = "machines";

/// How many threads of a process tell what they do.
pub(crate) const THREADS: usize = 4;

/// How much time at most lies between two writes.
const PAUSE: Duration = Duration::from_millis(8);

/// What a process is to do.
#[derive(Debug, clap::Args)]
pub struct Task {
    /// Where the server is
    #[arg(long)]
    url: String,
    /// The file of versions
    #[arg(long)]
    database: PathBuf,
    /// The bound of the link, in milliseconds
    #[arg(long)]
    bound: u64,
    /// Where chances begin
    #[arg(long)]
    seed: u64,
    /// Whether fences write
    #[arg(long)]
    fence_by_write: bool,
    /// Whether it invalidates before it commits, which is wrong
    #[arg(long)]
    invalidates_first: bool,
    /// Whether some of what is computed is shared
    #[arg(long)]
    shared_values: bool,
    #[arg(skip)]
    over: AtomicBool,
}

/// Works until standard input ends, and writes to standard output what was done.
///
/// # Errors
/// There is no database, or the link cannot begin.
pub fn work(task: &Task) -> Result<(), Box<dyn Error>> {
    let open = || Database::open(&task.database);
    service::open(open()?);
    let bound = Duration::from_millis(task.bound);
    let link = gcache_redis::connect(&task.url).namespace(NAMESPACE).bounded(bound);
    let link = if task.fence_by_write { link.fence_by_write() } else { link };
    let link = if task.shared_values { link.shared_values() } else { link };
    let link = link.start()?;
    let (parts, told) = mpsc::sync_channel(64);
    let begun = now();
    let recorder =
        |thread: u64, parts: &SyncSender<Part>| Recorder::new(thread, parts.clone(), begun);
    let (read, fenced) = (recorder(0, &parts), (recorder(1, &parts), open()?));
    let (write, watch) = ((recorder(2, &parts), open()?), recorder(3, &parts));
    drop(parts);
    thread::scope(|scope| {
        scope.spawn(|| run(read::bounded(task, read)));
        scope.spawn(|| run(read::fenced(task, fenced.0, fenced.1)));
        scope.spawn(|| run(write::write(task, write.0, write.1, PAUSE)));
        scope.spawn(|| watch_pauses(task, watch, bound / 20));
        // Whoever started this process ends it so, by its own end too.
        scope.spawn(|| {
            let _ = io::stdin().read_to_end(&mut Vec::new());
            task.over.store(true, Ordering::SeqCst);
        });
        let mut output = io::stdout().lock();
        for part in told {
            if part.write(&mut output).is_err() {
                task.over.store(true, Ordering::SeqCst);
            }
        }
    });
    eprintln!("{:?}", link.status());
    Ok(())
}

impl Task {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}

/// Runs a future on a runtime of this thread.
fn run(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime of one thread").block_on(future);
}

/// Notes when this thread was not run for longer than `allowed` after it should have been.
fn watch_pauses(task: &Task, mut recorder: Recorder, allowed: Duration) {
    const NAP: Duration = Duration::from_millis(2);
    while !task.is_over() {
        let begun = now();
        thread::sleep(NAP);
        let time = now();
        let pause = Duration::from_nanos(time - begun).saturating_sub(NAP);
        if pause > allowed {
            recorder
                .note(time, Record { kind: Kind::Paused, group: 0, time, version: time - begun });
        }
        recorder.pass(time);
    }
}
