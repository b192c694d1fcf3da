//! Runs a scenario under every schedule with few preemptions, and then under random ones.
//!
//! | variable | meaning | default |
//! | --- | --- | --- |
//! | `GCACHE_MODEL_SCHEDULES` | random schedules of each kind per scenario | 2,000 |
//! | `GCACHE_MODEL_PREEMPTIONS` | how many preemptions more than a scenario asks for, or fewer | 0 |
//! | `GCACHE_MODEL_SEED` | the seed of the random schedules | by the clock |

use super::begin_execution;
use super::schedule::Exhaustive;
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner};
use std::env;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// How far the exhaustive search goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Search {
    /// All schedules.
    All,
    /// Those with at most so many preemptions.
    Preemptions(usize),
}

/// How many change points the schedules of [`PctScheduler`] have, less one.
const DEPTH: usize = 3;

/// How many preemptions a search of all schedules has when it is to have fewer.
const SHALLOW: usize = 2;

/// The search is given up beyond this.
const LIMIT: usize = 20_000_000;

/// Runs `scenario` under the schedules of `search`, then under random ones, and prints how many.
pub(crate) fn explore(name: &str, search: Search, scenario: impl Fn() + Send + Sync + 'static) {
    // The statics of the runtime and of the scenarios are shared by all tests of this process.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);

    let scenario = Arc::new(scenario);
    let random: usize = setting("GCACHE_MODEL_SCHEDULES").unwrap_or(2_000);
    let seed: u64 = setting("GCACHE_MODEL_SEED").unwrap_or_else(by_the_clock);
    eprintln!("{name}: seed {seed}");

    // Memos are made and models registered once, which would make the first schedule another one.
    run(RandomScheduler::new_from_seed(0, 1), &scenario);

    let begun = Instant::now();
    let search = search.deepened(setting("GCACHE_MODEL_PREEMPTIONS").unwrap_or(0));
    let exhausted = Arc::new(AtomicBool::new(false));
    let schedules = run(Exhaustive::new(search.bound(), LIMIT, &exhausted), &scenario);
    assert!(exhausted.load(Ordering::Relaxed), "{name}: not exhausted by {LIMIT} schedules");
    let searched = begun.elapsed();
    run(RandomScheduler::new_from_seed(seed, random), &scenario);
    run(PctScheduler::new_from_seed(seed, DEPTH, random), &scenario);

    println!(
        "{name:44} {search:>15} {schedules:>9} in {:>6.1} s, random 2 x {random} in {:>5.1} s",
        searched.as_secs_f64(),
        begun.elapsed().saturating_sub(searched).as_secs_f64(),
    );
}

fn run<F: Fn() + Send + Sync + 'static>(
    scheduler: impl Scheduler + 'static,
    scenario: &Arc<F>,
) -> usize {
    let mut config = Config::new();
    config.stack_size = 0x4_0000;
    config.silence_warnings = true;
    let scenario = Arc::clone(scenario);
    let once = move || {
        begin_execution();
        scenario();
        crate::registry::memos().iter().for_each(|registered| registered.memo.check());
    };
    Runner::new(scheduler, config).run(once)
}

impl Search {
    fn bound(self) -> Option<usize> {
        match self {
            Self::All => None,
            Self::Preemptions(bound) => Some(bound),
        }
    }

    fn deepened(self, more: isize) -> Self {
        match self {
            Self::All if more < 0 => Self::Preemptions(SHALLOW),
            Self::All => Self::All,
            Self::Preemptions(bound) => Self::Preemptions(bound.saturating_add_signed(more)),
        }
    }
}

impl fmt::Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.pad("all"),
            Self::Preemptions(bound) => f.pad(&format!("{bound} preemptions")),
        }
    }
}

fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

fn by_the_clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}
