//! Runs random programs against gcache until one fails or the budget is used up.

use clap::{Parser, ValueEnum};
use gcache_proof::oracle::{Counts, Hunt, Mode};
use indicatif::{ProgressBar, ProgressStyle};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Random programs over a small world, each answer judged.
///
/// Exits with 0 if nothing was found, with 1 if a promise was broken, with 2 if the options make no
/// sense.
#[derive(Debug, Parser)]
#[command(name = "oracle")]
struct Options {
    /// How long to run
    #[arg(long, default_value_t = 60, value_name = "N")]
    seconds: u64,
    /// How many programs to run at most
    #[arg(long, value_name = "N")]
    programs: Option<u64>,
    /// The seed of the first program; a random one if none is given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Only programs of this kind
    #[arg(long, value_enum)]
    mode: Option<Kind>,
}

/// The kinds of programs.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// One actor, compared with the uncached functions
    Alone,
    /// Tasks, polled by hand
    Tasks,
    /// Threads, let go one at a time
    Threads,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let hunt = Hunt {
        seed: options.seed.unwrap_or_else(|| rand::random_range(0..1_000_000_000)),
        programs: options.programs,
        time: Some(Duration::from_secs(options.seconds)),
        mode: options.mode.map(|kind| match kind {
            Kind::Alone => Mode::Alone,
            Kind::Tasks => Mode::Tasks,
            Kind::Threads => Mode::Threads,
        }),
    };
    println!("seed {}", hunt.seed);
    let begin = Instant::now();
    let bar = bar(options.seconds);
    let (counts, violation) = hunt.run(|counts| show(&bar, begin, counts));
    bar.finish_and_clear();
    let seconds = begin.elapsed().as_secs_f64();
    println!("{}", summary(&counts, seconds));
    match violation {
        None => {
            println!("no violation");
            ExitCode::SUCCESS
        }
        Some(violation) => {
            println!("\n{violation}");
            println!("again: --seed {} --programs 1{}", violation.seed, mode_option(options.mode));
            ExitCode::FAILURE
        }
    }
}

fn mode_option(mode: Option<Kind>) -> String {
    let name = mode.and_then(|mode| mode.to_possible_value());
    name.map(|name| format!(" --mode {}", name.get_name())).unwrap_or_default()
}

fn bar(seconds: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} s, {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(seconds).with_style(style)
}

fn show(bar: &ProgressBar, begin: Instant, counts: &Counts) {
    if counts.all_programs().is_multiple_of(1_000) {
        bar.set_position(begin.elapsed().as_secs());
        bar.set_message(format!("{} programs, {} calls", counts.all_programs(), counts.calls));
    }
}

fn summary(counts: &Counts, seconds: f64) -> String {
    let kinds: Vec<String> =
        counts.programs.iter().map(|(mode, count)| format!("{count} {mode:?}")).collect();
    format!(
        "{} programs ({}), {} calls judged, {} bodies run, in {seconds:.1} s",
        counts.all_programs(),
        kinds.join(", ").to_lowercase(),
        counts.calls,
        counts.runs,
    )
}
