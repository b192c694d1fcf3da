//! Promise 9, Harmless: a panic in the user's code poisons nothing, wherever it happens, and the
//! user's code may call back into the cache.

mod common;

use common::{Count, must_end};
use gcache::{cache_against, group, of};
use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

group!(CalledBack: u64);
group!(AtTheEnd: u64);
// Invalidated by nobody.
group!(Calm: u64);

thread_local! {
    /// What panics next on this thread.
    static TRAP: Cell<Option<Trap>> = const { Cell::new(None) };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trap {
    Clone,
    Hash,
    Eq,
    Drop,
    Weigh,
    CacheIf,
    Body,
    Group,
}

fn spring(trap: Trap) {
    if TRAP.get() == Some(trap) {
        TRAP.set(None);
        panic!("{trap:?} panics");
    }
}

/// A key and a value whose every operation may panic.
#[derive(Debug)]
struct Touchy(u64);

impl Clone for Touchy {
    fn clone(&self) -> Self {
        spring(Trap::Clone);
        Self(self.0)
    }
}

impl Hash for Touchy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        spring(Trap::Hash);
        self.0.hash(state);
    }
}

impl PartialEq for Touchy {
    fn eq(&self, other: &Self) -> bool {
        spring(Trap::Eq);
        self.0 == other.0
    }
}

impl Eq for Touchy {}

impl Drop for Touchy {
    fn drop(&mut self) {
        if !thread::panicking() {
            spring(Trap::Drop);
        }
    }
}

fn weigh(_: &Touchy) -> usize {
    spring(Trap::Weigh);
    1
}

fn wanted(_: &Touchy) -> bool {
    spring(Trap::CacheIf);
    true
}

fn member(pk: u64) -> u64 {
    spring(Trap::Group);
    pk
}

#[test]
fn a_panic_anywhere_leaves_the_memo_as_good_as_new() {
    // Its own: to end an item here would end it for the other tests, too.
    group!(Tried: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Tried(member(pk.0)), max_weight = 100, weigh = weigh, cache_if = wanted)]
    fn item(pk: &Touchy) -> Touchy {
        RUNS.up();
        spring(Trap::Body);
        Touchy(pk.0 * 2)
    }

    let traps = [
        Trap::Clone,
        Trap::Hash,
        Trap::Eq,
        Trap::Drop,
        Trap::Weigh,
        Trap::CacheIf,
        Trap::Body,
        Trap::Group,
    ];
    for (number, trap) in traps.into_iter().enumerate() {
        let pk = Touchy(number as u64);
        for round in 0..3 {
            // A miss, a hit, and a miss after an invalidation, each with the trap set.
            if round == 2 {
                invalidate_tried(pk.0);
            }
            TRAP.set(Some(trap));
            let result = catch_unwind(AssertUnwindSafe(|| item(&pk).0));
            TRAP.set(None);
            if let Ok(value) = result {
                assert_eq!(value, pk.0 * 2);
            }
            // Afterwards everything works, on this thread and on others.
            assert_eq!(item(&pk).0, pk.0 * 2, "{trap:?}");
            let before = RUNS.get();
            let values = must_end(move || {
                let pk = Touchy(number as u64);
                (item(&pk).0, item(&pk).0)
            });
            assert_eq!(values, (number as u64 * 2, number as u64 * 2), "{trap:?}");
            assert_eq!(RUNS.get(), before, "it was a hit again: {trap:?}");
            assert_eq!(invalidate_tried(pk.0).count(), 1, "{trap:?}");
            assert_eq!(item(&pk).0, pk.0 * 2);
            assert_eq!(RUNS.get(), before + 1, "it was a miss: {trap:?}");
        }
    }
    of(item).clear().expect("it was called");
    assert_eq!(of(item).len(), 0);
}

/// A value whose destructor calls the cached function that it came from.
#[derive(Clone)]
struct CallsBack(u64);

/// The calls of destructors that returned the right value; a panic in one of them goes nowhere.
static CALLED_BACK: Count = Count::new();

impl Drop for CallsBack {
    fn drop(&mut self) {
        if self.0 > 0 && calls_back(self.0 - 1).0 == self.0 - 1 {
            CALLED_BACK.up();
        }
    }
}

#[cache_against(CalledBack(pk), capacity = 5)]
fn calls_back(pk: u64) -> CallsBack {
    CallsBack(pk % 4)
}

#[test]
fn a_destructor_may_call_the_function_that_its_value_came_from() {
    /// How many destructors have called meanwhile.
    fn called_back(work: impl FnOnce()) -> usize {
        let before = CALLED_BACK.get();
        work();
        CALLED_BACK.get() - before
    }

    must_end(|| {
        // The value of the call, which calls for the one below it, and so on.
        assert_eq!(called_back(|| drop(calls_back(3))), 3);
        let cleared = called_back(|| of(calls_back).clear().expect("it was called"));
        assert!(cleared >= 3, "`clear` drops the value of 3, of 2 and of 1");
        let all = called_back(|| {
            for pk in 0..2000 {
                assert_eq!(calls_back(pk).0, pk % 4);
                invalidate_called_back(pk);
            }
        });
        assert!(all > 500 * (3 + 2 + 1), "entries are dropped as well: {all}");
        let before = of(calls_back).stats().misses;
        assert_eq!([calls_back(3), calls_back(3)].map(|value| value.0), [3, 3]);
        let misses = of(calls_back).stats().misses - before;
        assert!(misses <= 4, "it is as good as before: {misses} misses");
    });
}

/// A key whose comparison invalidates, clears and calls.
#[derive(Clone, Debug)]
struct Meddling(u64);

impl Meddling {
    fn meddle(&self) {
        thread_local!(static INSIDE: Cell<bool> = const { Cell::new(false) });
        if !INSIDE.replace(true) {
            invalidate_meddled(Meddling(self.0));
            meddled(Meddling(self.0 + 1));
            of(meddled).clear().expect("it was called");
            INSIDE.set(false);
        }
    }
}

impl Hash for Meddling {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.meddle();
        (self.0 % 3).hash(state);
    }
}

impl PartialEq for Meddling {
    fn eq(&self, other: &Self) -> bool {
        self.meddle();
        self.0 == other.0
    }
}

impl Eq for Meddling {}

group!(Meddled: Meddling);

#[cache_against(Meddled(&key))]
fn meddled(key: Meddling) -> u64 {
    key.0
}

#[test]
fn comparisons_and_hashes_may_invalidate_clear_and_call() {
    must_end(|| {
        for round in 0..200 {
            assert_eq!(meddled(Meddling(round % 7)), round % 7);
        }
    });
}

#[test]
fn a_body_may_invalidate_its_own_group_and_call_itself() {
    group!(Item: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk))]
    fn item(pk: u64) -> usize {
        invalidate_item(pk);
        if pk > 0 {
            item(pk - 1);
        }
        RUNS.up()
    }

    // What it invalidates while it computes is not stored.
    let first = must_end(|| item(3));
    assert_ne!(must_end(|| item(3)), first);
}

/// A value in a thread's own storage that calls a cached function when the thread ends.
struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        assert_eq!(at_the_end(1), 2);
        assert_eq!(at_the_end(2), 4);
        invalidate_at_the_end(2);
        assert_eq!(at_the_end(2), 4);
    }
}

#[cache_against(AtTheEnd(pk))]
fn at_the_end(pk: u64) -> u64 {
    pk * 2
}

#[test]
fn a_destructor_at_the_end_of_a_thread_may_call() {
    thread_local!(static LAST: Last = const { Last });
    for first_used in [true, false] {
        let thread = thread::spawn(move || {
            if first_used {
                LAST.with(|_| ());
                at_the_end(1);
            } else {
                at_the_end(1);
                LAST.with(|_| ());
            }
        });
        thread.join().expect("neither the thread nor its destructors panic");
    }
    assert_eq!(at_the_end(1), 2);
}

#[test]
fn any_executor_will_do() {
    #[cache_against(Calm(pk))]
    async fn item(pk: u64) -> u64 {
        futures::future::ready(()).await;
        pk
    }

    let pool = futures::executor::ThreadPool::new().expect("threads can be started");
    let tasks: Vec<_> = (0..1000)
        .map(|pk| {
            let (send, receive) = futures::channel::oneshot::channel();
            pool.spawn_ok(async move {
                // The receiver is gone only if the test has failed.
                let _ = send.send(item(pk % 10).await);
            });
            receive
        })
        .collect();
    for (pk, task) in (0..1000).zip(tasks) {
        assert_eq!(pollster::block_on(task), Ok(pk % 10));
    }
    assert_eq!(of(item).stats().misses, 10);
}
