//! What a link costs: instructions, allocations and bytes, with a link that is trusted and without one.
//!
//! The program runs itself, under valgrind where instructions are counted: twice for each figure, the second time with
//! twice as many operations. What that run has more is theirs.

use clap::{Parser, ValueEnum};
use comfy_table::{Table, presets};
use gcache::link::{
    BoxFuture, Covers, Handle, Link, NamedGroup, Receipt, Transport, Unreachable, link,
};
use gcache::{cache_against, group};
use std::error::Error;
use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::time::Duration;

/// What a call costs with a link and without.
///
/// Exits with 1 if a hit pays for a link, with 2 if there is no valgrind.
#[derive(Debug, Parser)]
#[command(name = "cost")]
struct Options {
    /// Do what is counted; as the program runs itself
    #[arg(long, hide = true)]
    play: bool,
    /// One operation, and nothing else
    #[arg(long, hide = true)]
    what: Option<What>,
    /// How often
    #[arg(long, hide = true, default_value_t = 0)]
    times: u64,
    /// With a link that is trusted
    #[arg(long, hide = true)]
    linked: bool,
}

/// What is done.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    Hit,
    Hits,
    Nested,
    Miss,
    Invalidation,
}

/// How many entries are weighed.
const ENTRIES: u32 = 100_000;

group!(Book: u64, name = "cost.book");
group!(Shelf: u64, name = "cost.shelf");

#[cache_against(Book(id))]
fn book(id: u64) -> u64 {
    id
}

#[cache_against(Shelf(shelf), capacity = 200_000)]
fn on_shelf(shelf: u64) -> u64 {
    shelf
}

/// Made of a hundred others.
#[cache_against(Shelf(shelf))]
fn page(shelf: u64) -> u64 {
    (0..100).map(|id| book(shelf + id)).sum()
}

/// Tells nobody.
struct Silent;

impl Transport for Silent {
    fn publish(&self, _: u64, _: Vec<NamedGroup>) {}

    fn acknowledged(&self, _: u64) -> BoxFuture<'_, Result<Receipt, Unreachable>> {
        Box::pin(async { Err(Unreachable) })
    }

    fn fence(&self) -> BoxFuture<'_, Result<(), Unreachable>> {
        Box::pin(async { Ok(()) })
    }

    fn caught_up(&self, _: &Receipt) -> BoxFuture<'_, Result<(), Unreachable>> {
        Box::pin(async { Err(Unreachable) })
    }
}

fn trusted() -> Handle {
    // Trust that is given again has the clock read until what was computed in distrust is over: not what is measured here.
    let bound = Duration::from_millis(1);
    let this = Link { name: "cost", bound, covers: Covers::All, transport: Some(&Silent) };
    let handle = link(this).expect("it is the only one");
    handle.trust();
    std::thread::sleep(2 * bound);
    handle
}

impl What {
    /// With what is printed, and how many operations the longer run has more.
    const ALL: [(Self, &str, u32); 5] = [
        (Self::Hit, "instructions of a hit", 100_000),
        (Self::Hits, "instructions of a hit, 1,000 keys in turn", 100_000),
        (Self::Nested, "instructions of a page of 100 nested hits", 10_000),
        (Self::Miss, "instructions of a miss", 10_000),
        (Self::Invalidation, "instructions of an invalidation", 10_000),
    ];

    fn run(self, times: u64) {
        for n in 0..times {
            black_box(match self {
                Self::Hit => book(7),
                Self::Hits => book(n % 1_000),
                Self::Nested => {
                    invalidate_shelf(7);
                    page(7)
                }
                Self::Miss => on_shelf(200_000 + n),
                Self::Invalidation => invalidate_shelf(7).count() as u64,
            });
        }
    }
}

/// Uses everything until it is where it stays.
fn get_ready() {
    for _ in 0..4 {
        for id in 0..1_000 {
            book(id);
        }
        page(7);
        on_shelf(7);
    }
}

/// Runs one operation so often; or prints the allocations of a hit and of a miss, and the bytes per entry.
fn play(what: Option<What>, times: u64) {
    get_ready();
    if let Some(what) = what {
        return what.run(times);
    }
    let hits = allocation_counter::measure(|| What::Hits.run(ENTRIES.into()));
    let misses = allocation_counter::measure(|| What::Miss.run(ENTRIES.into()));
    println!("{} {} {}", hits.count_total, misses.count_total, misses.bytes_current);
}

/// What this program has printed, and what valgrind has where it counts.
fn run(counted: bool, linked: bool, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let this = std::env::current_exe()?;
    let mut command = if counted { Command::new("valgrind") } else { Command::new(&this) };
    if counted {
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(&this);
    }
    command.arg("--play").args(arguments);
    if linked {
        command.arg("--linked");
    }
    let output = command.output().map_err(|error| format!("valgrind or itself: {error}"))?;
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed).into_owned();
    if output.status.success() { Ok(printed) } else { Err(printed.into()) }
}

/// Instructions of one operation.
fn instructions(what: What, linked: bool, more: u32) -> Result<f64, Box<dyn Error>> {
    let count = |times: u32| -> Result<f64, Box<dyn Error>> {
        let name = what.to_possible_value().expect("none is skipped");
        let log = run(true, linked, &["--what", name.get_name(), "--times", &times.to_string()])?;
        let line = log.lines().find_map(|line| line.split_once("Collected :"));
        Ok(line.ok_or("valgrind did not say what it counted")?.1.trim().parse()?)
    };
    Ok((count(2 * more)? - count(more)?) / f64::from(more))
}

/// Allocations of a hit and of a miss, and bytes per entry.
fn allocations(linked: bool) -> Result<Vec<f64>, Box<dyn Error>> {
    let printed = run(false, linked, &[])?;
    let figures =
        printed.split_whitespace().map(|count| Ok(count.parse::<f64>()? / f64::from(ENTRIES)));
    figures.collect()
}

/// A line for each figure, and those of hits.
struct Costs {
    table: Table,
    /// Beyond the bar.
    missed: Vec<String>,
}

impl Costs {
    fn add(&mut self, name: &str, [alone, linked]: [f64; 2]) {
        let ratio = if alone > 0.0 { format!("{:.3}", linked / alone) } else { String::new() };
        self.table.add_row([name.to_owned(), format!("{alone:.2}"), format!("{linked:.2}"), ratio]);
        // A hit pays nothing for a link: 5 in 100 are for chance, which places entries elsewhere in each process.
        if name.contains("a hit") && linked > alone * 1.05 {
            self.missed.push(format!("{name}: {alone:.2} alone, {linked:.2} linked"));
        }
    }

    fn count() -> Result<Self, Box<dyn Error>> {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN).set_header(["", "alone", "linked", "ratio"]);
        let mut costs = Self { table, missed: Vec::new() };
        for (what, name, more) in What::ALL {
            costs.add(name, [instructions(what, false, more)?, instructions(what, true, more)?]);
        }
        let names = ["allocations of a hit", "allocations of a miss", "bytes per entry"];
        let [alone, linked] = [allocations(false)?, allocations(true)?];
        for (at, name) in names.into_iter().enumerate() {
            costs.add(name, [alone[at], linked[at]]);
        }
        Ok(costs)
    }
}

fn main() -> ExitCode {
    let Options { play: plays, what, times, linked } = Options::parse();
    if plays {
        let handle = linked.then(trusted);
        play(what, times);
        // Dropped before, it would be distrusted.
        drop(handle);
        return ExitCode::SUCCESS;
    }
    match Costs::count() {
        Ok(Costs { table, missed }) => {
            println!("{table}");
            missed.iter().for_each(|missed| eprintln!("missed: {missed}"));
            ExitCode::from(u8::from(!missed.is_empty()))
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
