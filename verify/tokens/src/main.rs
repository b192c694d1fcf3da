//! `cargo run --release -p gcache-tokens -- --seconds 60`
//!
//! Ends with code 1 if an input failed. The input is then in `verify/tokens/corpus`, as short as it could be
//! made, and from there in the tests.

use clap::Parser;
use gcache_tokens::{Case, Fault, Find, Generator, Kind, Outcome, Settings, Subject, Tally};
use indicatif::{ProgressBar, ProgressStyle};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Gives arbitrary tokens to the macros of gcache.
#[derive(Parser)]
struct Options {
    /// How long
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// What the inputs follow from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many at once; all cores if not given
    #[arg(long)]
    threads: Option<usize>,
    /// After how many seconds an input is said not to end
    #[arg(long, default_value_t = 10)]
    patience: u64,
    /// Judges the one input of this number, as printed with a failure
    #[arg(long)]
    number: Option<u64>,
    /// Judges the one input in this file, as in `verify/tokens/corpus`
    #[arg(long)]
    file: Option<PathBuf>,
}

fn main() -> io::Result<ExitCode> {
    let options = Options::parse();
    gcache_tokens::quietly();
    if let Some(path) = &options.file {
        return Ok(judge_one(&read(path)?));
    }
    let mut pool = gcache_tokens::sources()?;
    let real = pool.len();
    pool.extend(gcache_tokens::corpus()?.into_iter().map(|(_, case)| case));
    println!("seed {}, {real} real inputs, {} of the corpus", options.seed, pool.len() - real);
    let generator = Arc::new(Generator::new(pool));
    if let Some(number) = options.number {
        return Ok(judge_one(&generator.case(number).1));
    }
    fuzz(&options, &generator)
}

fn read(path: &Path) -> io::Result<Case> {
    std::fs::read_to_string(path)?.parse().map_err(io::Error::other)
}

fn judge_one(case: &Case) -> ExitCode {
    println!("{case}--- expansion\n{}", gcache_tokens::expansion(case));
    match gcache_tokens::judge(case) {
        Ok(verdict) => {
            println!("=== {verdict:?}");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            println!("=== {fault}");
            ExitCode::FAILURE
        }
    }
}

fn fuzz(options: &Options, generator: &Arc<Generator>) -> io::Result<ExitCode> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let settings = Settings {
        seed: options.seed,
        inputs: u64::MAX,
        time: Duration::from_secs(options.seconds),
        threads: options.threads.unwrap_or(cores),
        patience: Duration::from_secs(options.patience),
        judge: gcache_tokens::judge_kind,
    };
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} s, {msg} inputs");
    let bar = ProgressBar::new(options.seconds);
    bar.set_style(style.map_err(io::Error::other)?);
    let begun = Instant::now();
    let outcome = gcache_tokens::run(generator, settings, |inputs| {
        show(&bar, begun.elapsed().as_secs().min(options.seconds), inputs);
    });
    bar.finish_and_clear();
    report(&outcome, begun.elapsed());
    for find in &outcome.finds {
        keep(find)?;
    }
    Ok(if outcome.finds.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How often a log gets a line, in seconds.
const LINE: u64 = 10;

/// Shows how far a run has come: a bar on a terminal, lines in a log.
fn show(bar: &ProgressBar, seconds: u64, inputs: u64) {
    if bar.is_hidden() && seconds >= bar.position() + LINE {
        eprintln!("{seconds} of {} s, {inputs} inputs", bar.length().unwrap_or_default());
    } else if bar.is_hidden() {
        return;
    }
    bar.set_position(seconds);
    bar.set_message(inputs.to_string());
}

fn report(outcome: &Outcome, elapsed: Duration) {
    println!("{:10} {:14} {:>10} {:>10} {:>8}", "kind", "macro", "expanded", "refused", "failed");
    let mut total = Tally::default();
    for kind in Kind::ALL {
        for subject in Subject::ALL {
            let tally = outcome.tallies.get(&(kind, subject)).copied().unwrap_or_default();
            line(kind.name(), subject.name(), tally);
            total.expanded += tally.expanded;
            total.refused += tally.refused;
            total.failed += tally.failed;
        }
    }
    line("all", "", total);
    let inputs = total.expanded + total.refused + total.failed;
    let rate = u128::from(inputs) * 1000 / elapsed.as_millis().max(1);
    println!(
        "{inputs} inputs in {} s, {rate} a second, {} failures",
        elapsed.as_secs(),
        total.failed
    );
}

fn line(kind: &str, subject: &str, tally: Tally) {
    let Tally { expanded, refused, failed } = tally;
    println!("{kind:10} {subject:14} {expanded:>10} {refused:>10} {failed:>8}");
}

/// Prints a find. One that says itself what is wrong is made as short as it goes and written to the
/// corpus; of one that was refused only its generator knows that it keeps every rule.
fn keep(find: &Find) -> io::Result<()> {
    let Find { number, case, fault } = find;
    println!("\ninput {number}: {} {fault}", case.subject.name());
    let name = format!("{}_{number:016x}.txt", case.subject.name());
    let path = gcache_tokens::corpus_directory().join(name);
    let short = match fault {
        Fault::Refused => {
            print!("{case}--- expansion\n{}", gcache_tokens::expansion(case));
            return Ok(());
        }
        // One that does not end can only be ended with its process.
        Fault::Hang => gcache_tokens::shrink(case, 300, |case| does_not_end(case, &path)),
        _ => gcache_tokens::shrink(case, 20_000, |case| {
            gcache_tokens::judge(case).is_err_and(|other| other.is_like(fault))
        }),
    };
    std::fs::write(&path, short.to_string())?;
    println!("{short}written to {}", path.display());
    Ok(())
}

/// Whether a process that judges this input is still at it after a second.
fn does_not_end(case: &Case, path: &Path) -> bool {
    let judged = || -> io::Result<bool> {
        std::fs::write(path, case.to_string())?;
        let mut process = Command::new(std::env::current_exe()?)
            .arg("--file")
            .arg(path)
            .stdout(Stdio::null())
            .spawn()?;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(1) {
            if process.try_wait()?.is_some() {
                return Ok(false);
            }
            thread::sleep(Duration::from_millis(5));
        }
        process.kill()?;
        process.wait()?;
        Ok(true)
    };
    judged().unwrap_or(false)
}
