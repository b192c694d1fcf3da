//! Promise 7, Bounded: distinct keys without end, looked up and invalidated, leave memory where it was, and
//! what a call needs on its way does not outlive the call.
//!
//! By default each kind of group sees a few hundred thousand keys. To give it the ten million of the
//! promise, and to see the lines:
//!
//! ```sh
//! GCACHE_MEMORY_KEYS=10000000 cargo test --release --test memory -- --nocapture
//! ```

mod common;

use common::{alone, ignore};
use futures::FutureExt as _;
use gcache::{
    Cached, Config, Invalidates, Tag, Transaction, cache_against, depends_on, group,
    invalidate_tag, of,
};
use peak_alloc::PeakAlloc;
use std::panic::{catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

/// Counts for the whole process. So the tests of this file take turns.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How many keys each kind of group sees, unless `GCACHE_MEMORY_KEYS` says otherwise.
const KEYS: u64 = 300_000;

/// After so many keys everything has grown to its size.
const WARM: u64 = 100_000;

/// By how many bytes the peaks of the second half may exceed those of the first, by their medians. Tables
/// that grow and shrink move single peaks by megabytes; to keep one generation for each key would move
/// the median by 4 MB for each 50,000 keys, and there are no fewer.
const MARGIN: usize = 2_500_000;

/// A memo keeps 10,000 entries, so this many keys back there are some that live.
const BACK: u64 = 5_000;

fn keys() -> u64 {
    let keys = std::env::var("GCACHE_MEMORY_KEYS").map(|keys| keys.parse());
    keys.map_or(KEYS, |keys| keys.expect("`GCACHE_MEMORY_KEYS` is a number"))
}

/// A key that nothing in this process has used before.
fn fresh() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1_000_000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// How many bytes the peaks of memory grow by after the first `warm` steps, from the first half of the
/// others to the second. Prints the peak of every twentieth, in kB.
fn growth(name: &str, warm: u64, steps: u64, mut step: impl FnMut(u64)) -> usize {
    let begin = Instant::now();
    (0..warm).for_each(|_| step(fresh()));
    let peaks: [usize; 20] = std::array::from_fn(|_| {
        MEMORY.reset_peak_usage();
        (0..steps / 20).for_each(|_| step(fresh()));
        MEMORY.peak_usage()
    });
    let line: Vec<String> = peaks.iter().map(|peak| format!("{:6}", peak / 1000)).collect();
    println!("{name:<30}{:6.1} |{}", begin.elapsed().as_secs_f64(), line.join(""));
    let median = |mut half: Vec<usize>| {
        half.sort_unstable();
        half[half.len() / 2]
    };
    median(peaks[10..].to_vec()).saturating_sub(median(peaks[..10].to_vec()))
}

fn stays_flat(name: &str, warm: u64, steps: u64, step: impl FnMut(u64)) {
    let growth = growth(name, warm, steps, step);
    assert!(growth <= MARGIN, "{name}: memory grows by {growth} bytes");
}

/// Looks keys up and invalidates them, in each of the ways in which a key can end.
fn each_end_stays_flat(name: &str, look: impl Fn(u64), invalidation: impl Fn(u64)) {
    let keys = keys() / 4;
    let ends: [(&str, &dyn Fn(u64)); 4] = [
        ("evicted", &|pk| look(pk)),
        ("invalidated at once", &|pk| {
            look(pk);
            invalidation(pk);
        }),
        ("invalidated later", &|pk| {
            look(pk);
            invalidation(pk - BACK);
        }),
        ("invalidated, never looked up", &invalidation),
    ];
    for (end, step) in ends {
        stays_flat(&format!("{name} {end}"), WARM, keys, step);
    }
}

/// Runs a part while no other one does.
fn part(work: impl FnOnce() + Send + 'static) {
    static HEAD: Once = Once::new();
    HEAD.call_once(|| {
        println!("{:<30}{:>6} | the peaks of the twentieths of the keys, in kB", "", "s");
    });
    alone(work);
}

group!(Item: u64);

#[derive(Invalidates)]
#[group(index(user, album))]
struct Photo {
    id: u64,
    #[group(index)]
    user: u64,
    album: u64,
}

#[test]
fn members_of_a_group_leave_memory_flat() {
    #[cache_against(Item(pk))]
    fn item(pk: u64) -> u64 {
        pk
    }

    part(|| {
        each_end_stays_flat("key:", |pk| ignore(item(pk)), |pk| ignore(invalidate_item(pk)));
        assert!(of(item).len() <= 11_250);
    });
}

#[test]
fn values_of_an_index_leave_memory_flat() {
    #[cache_against(Photo(user = user))]
    fn photos(user: u64) -> u64 {
        user
    }

    part(|| {
        let invalidation = |user| ignore(Photo { id: user, user, album: 1 }.invalidate());
        each_end_stays_flat("index:", |user| ignore(photos(user)), invalidation);
    });
}

#[test]
fn tags_leave_memory_flat() {
    #[cache_against(Tag(format!("memory: {pk}")))]
    fn tagged(pk: u64) -> u64 {
        pk
    }

    part(|| {
        let invalidation = |pk| ignore(invalidate_tag(format!("memory: {pk}")));
        each_end_stays_flat("tag:", |pk| ignore(tagged(pk)), invalidation);
    });
}

#[test]
fn values_of_a_compound_index_leave_memory_flat() {
    #[cache_against(Photo(user = user, album = album))]
    fn album(user: u64, album: u64) -> u64 {
        user + album
    }

    part(|| {
        stays_flat("compound index", 50_000, 100_000, |pk| {
            album(pk, pk);
            match pk % 4 {
                0 => Photo { id: pk, user: pk, album: pk }.invalidate(),
                1 => invalidate_photo_by_user(pk),
                2 => invalidate_photo_by_user_and_album(pk, pk),
                _ => gcache::Invalidated::default(),
            };
        });
    });
}

#[test]
fn entries_with_weights_leave_memory_flat() {
    #[cache_against(Item(pk), max_weight = 1_000_000, weigh = Vec::len)]
    fn page(pk: u64) -> Vec<u8> {
        vec![0; 500 + usize::try_from(pk % 1000).expect("it is small")]
    }

    part(|| {
        stays_flat("values by weight", 50_000, 100_000, |pk| ignore(page(pk)));
    });
}

#[test]
fn expired_entries_leave_memory_flat() {
    #[cache_against(Item(pk), ttl = "1ms", idle = "1ms")]
    fn soon_over(pk: u64) -> u64 {
        pk
    }

    part(|| {
        stays_flat("expired", 50_000, 100_000, |pk| {
            soon_over(pk);
            soon_over(pk - BACK);
        });
    });
}

#[test]
fn late_dependencies_leave_memory_flat() {
    #[cache_against("memory: one entry")]
    fn one(pk: Option<u64>) -> u64 {
        let pk = fresh();
        depends_on!(Item(pk), Photo(user = pk), Tag(format!("memory: {pk}")));
        pk
    }

    part(|| {
        stays_flat("late dependencies", 50_000, 100_000, |pk| {
            let last = one(None);
            one(Some(pk));
            invalidate_item(last);
        });
    });
}

#[test]
fn nested_calls_leave_memory_flat() {
    #[cache_against(Item(pk))]
    fn inner(pk: u64) -> u64 {
        pk
    }
    #[cache_against(Tag(format!("memory: {pk}")))]
    fn middle(pk: u64) -> u64 {
        inner(pk) + inner(pk + 1)
    }
    #[cache_against(Photo(user = pk))]
    fn outer(pk: u64) -> u64 {
        middle(pk) + inner(pk)
    }

    part(|| {
        stays_flat("nested calls", WARM, 50_000, |pk| {
            outer(pk);
            if pk % 3 == 0 {
                invalidate_item(pk);
            }
        });
    });
}

#[test]
fn errors_leave_memory_flat() {
    #[cache_against(Item(pk))]
    fn failing(pk: u64) -> Result<u64, String> {
        Err(format!("there is no {pk}"))
    }

    part(|| {
        stays_flat("errors", 20_000, 100_000, |pk| ignore(failing(pk)));
        assert_eq!(of(failing).len(), 0);
    });
}

#[test]
fn bodies_that_panic_leave_memory_flat() {
    #[cache_against(Item(pk))]
    fn panicking(pk: u64) -> u64 {
        depends_on!(Photo(user = pk));
        std::panic::panic_any(pk)
    }

    part(|| {
        let hook = take_hook();
        set_hook(Box::new(|_| {}));
        let growth = growth("panics", 10_000, 100_000, |pk| ignore(catch_unwind(|| panicking(pk))));
        set_hook(hook);
        assert!(growth <= MARGIN, "panics: memory grows by {growth} bytes");
    });
}

#[test]
fn cancelled_calls_leave_memory_flat() {
    #[cache_against(Item(pk))]
    async fn pending(pk: u64) -> u64 {
        depends_on!(Photo(user = pk));
        futures::pending!();
        pk
    }
    #[cache_against(Item(pk))]
    async fn waiting(pk: u64) -> u64 {
        pending(pk).await
    }

    part(|| {
        stays_flat("cancelled calls", 20_000, 50_000, |pk| {
            let (mut leader, mut waiter) = (Box::pin(pending(pk)), Box::pin(waiting(pk)));
            assert_eq!(leader.as_mut().now_or_never(), None);
            assert_eq!(waiter.as_mut().now_or_never(), None, "it waits for the leader");
            if pk % 2 == 0 {
                drop(leader);
                assert_eq!(waiter.as_mut().now_or_never(), None, "it leads");
            } else {
                drop(waiter);
            }
        });
        assert_eq!(of(waiting).len(), 0);
    });
}

#[test]
fn transactions_leave_memory_flat() {
    #[cache_against(Item(pk))]
    fn item(pk: u64) -> u64 {
        pk
    }

    part(|| {
        stays_flat("transactions", 10_000, 100_000, |pk| {
            item(pk);
            let transaction = Transaction::begin();
            transaction.enter(|| {
                let inner = Transaction::begin();
                inner.enter(|| {
                    Photo { id: pk, user: pk, album: pk }.invalidate();
                    invalidate_tag(format!("memory: {pk}"));
                });
                if pk % 2 == 0 {
                    ignore(inner.commit());
                } else {
                    inner.rollback();
                }
                invalidate_item(pk);
                item(pk);
                item(pk - 1);
            });
            match pk % 3 {
                0 => drop(transaction.commit()),
                1 => transaction.rollback(),
                _ => drop(transaction),
            }
        });
    });
}

/// Also many threads, one after another: what is kept for a thread goes with it.
#[test]
fn threads_leave_memory_flat() {
    #[cache_against(Item(pk), Photo(user = pk))]
    fn item(pk: u64) -> u64 {
        pk
    }

    part(|| {
        let growth = growth("threads, 1000 keys a step", 100, 200, |_| {
            let work = || {
                for pk in std::iter::repeat_with(fresh).take(250) {
                    item(pk);
                    item(pk - 3);
                    invalidate_item(pk - BACK);
                    Photo { id: pk, user: pk - 1, album: pk }.invalidate();
                }
            };
            thread::scope(|scope| (0..4).for_each(|_| ignore(scope.spawn(work))));
        });
        // How they take turns differs each time; a generation for each of 100,000 keys would be 8 MB.
        assert!(growth <= 4 * MARGIN, "threads: memory grows by {growth} bytes");
    });
}

/// What stays of a memo that is dropped are its emptied tables: nothing for each key.
#[test]
fn a_dropped_memo_leaves_no_key_behind() {
    part(|| {
        let left = |config: Config<u64, u64>| {
            let before = MEMORY.current_usage();
            let memo = Cached::with("memory::dropped", config);
            (0..10_000).for_each(|key| ignore(memo.get_with(&key, || (), || key)));
            drop(memo);
            MEMORY.current_usage().saturating_sub(before)
        };
        let tables = left(Config::new().groups_only());
        let (tables, all) = (tables.max(left(Config::new().groups_only())), left(Config::new()));
        println!("{tables} bytes of tables, {all} with keys");
        assert!(all <= tables + 100_000, "{all} bytes are left, {tables} of them of tables");
    });
}

/// What is measured here would show a leak.
#[test]
fn a_leak_is_seen() {
    part(|| {
        let mut leak = Vec::new();
        let growth =
            growth("a leak of 64 bytes a key", 10_000, 100_000, |pk| leak.push(Box::new([pk; 8])));
        assert!(growth > MARGIN);
    });
}
