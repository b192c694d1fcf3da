//! A process that is measured. It does a round for each line of its input, and prints what it came to.

use crate::now;
use gcache::link::{self, Unreachable};
use gcache::{cache_against, group};
use gcache_redis::Link;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::{self, BufRead as _};
use std::time::{Duration, Instant};

group!(Number: u64);

/// What a process is measured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Hits, misses and invalidations without a link.
    Alone,
    /// The same with one.
    Linked,
    /// Invalidates a group, and prints for each version when it began to and when that was acknowledged.
    Write,
    /// Prints for each version when it was first computed here.
    Watch,
    /// Invalidates a million keys while its server is away.
    Away,
}

/// How many keys a round is about.
const KEYS: u64 = 1_000;

/// How many calls a round of hits has.
const HITS: u32 = 200_000;

/// How often a group is invalidated.
const PAUSE: Duration = Duration::from_millis(2);

/// How much time the watcher leaves between two calls: its figures are longer by that at most.
const NAP: Duration = Duration::from_micros(20);

#[cache_against(Number(number))]
fn square(number: u64) -> u64 {
    number * number
}

#[cache_against(Number(number))]
fn moment(number: u64) -> u64 {
    black_box(number);
    now()
}

/// Plays a role until the input ends.
///
/// # Errors
/// The link cannot begin, or does not come to be trusted.
pub fn play(role: Role, url: &str) -> Result<(), Box<dyn Error>> {
    let link = match role {
        Role::Alone => None,
        _ => Some(gcache_redis::connect(url).namespace("bars").start()?),
    };
    if let Some(link) = &link {
        link.ready_blocking(Duration::from_secs(10))?;
    }
    let mut told = 0;
    println!("ready");
    for order in io::stdin().lock().lines() {
        let order = order?;
        match (role, &link) {
            (Role::Alone | Role::Linked, _) => round(),
            (Role::Write, Some(_)) => write(order.parse()?),
            (Role::Watch, _) => watch(order.parse()?),
            (Role::Away, Some(link)) if order == "back" => back(link, told)?,
            (Role::Away, Some(link)) => told = away(link),
            (Role::Write | Role::Away, None) => {}
        }
    }
    Ok(())
}

/// Prints nanoseconds of a hit, of an invalidation and of a miss.
fn round() {
    (0..KEYS).for_each(|at| drop(black_box(square(at).to_string())));
    let hit = timed(HITS, |at| square(black_box(u64::from(at) % KEYS)));
    let invalidation = timed(1_000, |at| {
        invalidate_number(u64::from(at));
        0
    });
    // What is told is told in the background: it shall not be measured with what follows.
    std::thread::sleep(Duration::from_millis(20));
    let miss = timed(1_000, |at| square(u64::from(at)));
    println!("{hit} {invalidation} {miss}");
}

/// Nanoseconds of one call, of this thread's time on a core: what other programs do meanwhile is not measured.
fn timed(times: u32, mut call: impl FnMut(u32) -> u64) -> f64 {
    let used = || {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
    };
    let begun = used();
    let sum = (0..times).fold(0_u64, |sum, at| sum.wrapping_add(call(at)));
    black_box(sum);
    used().saturating_sub(begun).as_secs_f64() * 1e9 / f64::from(times)
}

/// Prints for each invalidation when it was called and when acknowledged, for so many seconds.
fn write(seconds: u64) {
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        std::thread::sleep(PAUSE);
        let called = now();
        let acknowledged = link::acknowledged(invalidate_number(0));
        if futures::executor::block_on(acknowledged).is_ok() {
            println!("{called} {}", now());
        }
    }
    println!("end");
}

/// Prints for each computation when its body ran, for so many seconds.
fn watch(seconds: u64) {
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut last = 0;
    while Instant::now() < end {
        let computed = moment(0);
        if computed > last {
            last = computed;
            println!("{computed}");
        }
        // One that never sleeps would take the core that the link's thread needs.
        std::thread::sleep(NAP);
    }
    println!("end");
}

/// Prints how many bytes the process has before and after, and nanoseconds of an invalidation. Returns how many messages
/// had told something before.
fn away(link: &Link) -> u64 {
    let (before, told) = (resident(), link.status().told);
    let each = timed(1_000_000, |at| {
        invalidate_number(u64::from(at));
        0
    });
    println!("{before} {} {each}", resident());
    told
}

/// The server is back: prints how many messages tell it everything.
fn back(link: &Link, told: u64) -> Result<(), Unreachable> {
    link.acknowledged_blocking(invalidate_number(0), Duration::from_secs(20))?;
    println!("{}", link.status().told - told);
    Ok(())
}

/// Bytes of this process in memory.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .map_or(0, |kb: u64| kb * 1024)
}
