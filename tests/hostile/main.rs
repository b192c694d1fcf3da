//! Promise 9, Harmless: whatever user code does, wherever it does it, the function works afterwards,
//! its counts are right, and nothing is stale.

#[path = "../common/mod.rs"]
mod common;
mod hooks;
mod liars;
mod subjects;

use common::{Count, must_end};
use gcache::{cache_against, group, of};
use hooks::{ACTS, Act, Hook, Role, Subject, Trap, version};
use std::panic::panic_any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use subjects::{ASYNC, FAILING, SYNC};

const EVERYWHERE: [Hook; 14] = [
    Hook::Clone(Role::Key),
    Hook::Hash(Role::Key),
    Hook::Eq(Role::Key),
    Hook::Drop(Role::Key),
    Hook::Clone(Role::GroupKey),
    Hook::Hash(Role::GroupKey),
    Hook::Eq(Role::GroupKey),
    Hook::Drop(Role::GroupKey),
    Hook::By,
    Hook::Group,
    Hook::Bypass,
    Hook::Body,
    Hook::CacheIf,
    Hook::Weigh,
];

#[test]
fn a_sync_function_survives_every_act_at_every_place() {
    survives(&SYNC, &[Hook::Clone(Role::Value), Hook::Drop(Role::Value)]);
}

#[test]
fn an_async_function_survives_every_act_at_every_place() {
    survives(&ASYNC, &[Hook::Clone(Role::Value), Hook::Drop(Role::Value)]);
}

#[test]
fn a_function_that_fails_survives_every_act_at_every_place() {
    survives(&FAILING, &[Hook::Clone(Role::Failure), Hook::Drop(Role::Failure)]);
}

/// What runs while the trap is set. Each user operation is part of one of them.
#[derive(Clone, Copy, Debug)]
enum Phase {
    Miss,
    Hit,
    MissAfterInvalidation,
    Invalidation,
    Clear,
}

const PHASES: [Phase; 5] =
    [Phase::Miss, Phase::Hit, Phase::MissAfterInvalidation, Phase::Invalidation, Phase::Clear];

fn survives(subject: &'static Subject, more: &[Hook]) {
    for &hook in EVERYWHERE.iter().chain(more) {
        for act in ACTS {
            let mut sprang = false;
            for (phase, passes) in
                PHASES.into_iter().flat_map(|phase| [0, 1, 2].map(|n| (phase, n)))
            {
                let trap = Trap { hook, act, subject, id: new_rows(), passes };
                sprang |= must_end(move || {
                    let sprang = spring(trap, phase);
                    works(trap, phase);
                    sprang
                });
            }
            assert!(sprang, "{hook:?} is never reached, so that {act:?} there was not tried");
        }
    }
    let runs = subject.runs.get() as u64;
    assert_eq!((subject.stats)().misses, runs, "each run of the body is a miss, and no other");
}

/// The numbers of two rows that nobody has used.
fn new_rows() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(2, Ordering::Relaxed)
}

/// Runs one phase with the trap set, and says whether it sprang.
fn spring(trap: Trap, phase: Phase) -> bool {
    let Trap { hook, act, subject, id, .. } = trap;
    let call = || {
        let before = version(id);
        let value = (subject.call)(id);
        assert!((before..=version(id)).contains(&value), "{hook:?}, {act:?}, {phase:?}: stale");
    };
    if !matches!(phase, Phase::Miss) {
        call();
    }
    if matches!(phase, Phase::MissAfterInvalidation) {
        subject.write(id);
    }
    let (result, sprang) = trap.around(|| match phase {
        Phase::Miss | Phase::Hit | Phase::MissAfterInvalidation => call(),
        Phase::Invalidation => subject.write(id),
        Phase::Clear => (subject.clear)(),
    });
    let may_panic = act == Act::Panic && sprang;
    assert!(result.is_ok() || may_panic, "{hook:?}, {act:?}, {phase:?}: it panics");
    sprang
}

/// The function hits, misses after a change, and counts both, on this thread and on others.
fn works(trap: Trap, phase: Phase) {
    let Trap { hook, act, subject, id, .. } = trap;
    let here = format!("{hook:?}, {act:?}, {phase:?}");
    // What was put in while the memo was being cleared goes with the rest when the store settles.
    (subject.stats)();
    assert_eq!((subject.call)(id), version(id), "{here}: stale");
    for change in [false, true] {
        if change {
            subject.write(id);
        }
        let (runs, before) = (subject.runs.get(), (subject.stats)());
        let there = thread::spawn(move || (subject.call)(id));
        assert_eq!(there.join().expect("it returns"), version(id), "{here}: stale elsewhere");
        assert_eq!((subject.call)(id), version(id), "{here}: stale");
        let after = (subject.stats)();
        assert_eq!(subject.runs.get() - runs, usize::from(change), "{here}: runs of the body");
        assert_eq!(after.misses - before.misses, u64::from(change), "{here}: misses");
        assert_eq!(after.hits - before.hits, 2 - u64::from(change), "{here}: hits");
        assert_eq!(after.joined, before.joined, "{here}: joins");
    }
}

/// A value that panics when the memo drops it, with something that panics when that is dropped.
struct Twice {
    is_clone: bool,
}

struct Payload;

static DROPPED: Count = Count::new();

impl Clone for Twice {
    fn clone(&self) -> Self {
        Self { is_clone: true }
    }
}

impl Drop for Twice {
    fn drop(&mut self) {
        if !self.is_clone {
            DROPPED.up();
            panic_any(Payload);
        }
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        panic!("the panic's payload panics, too");
    }
}

#[test]
fn a_panic_that_carries_a_panic_is_no_concern_of_other_callers() {
    group!(Item: u64);
    #[cache_against(Item(pk), capacity = 10)]
    fn item(pk: u64) -> Twice {
        Twice { is_clone: pk > 1000 }
    }

    must_end(|| {
        for pk in 0..500 {
            // What is given up at once may come back as it is.
            item(pk).is_clone = true;
        }
        of(item).clear().expect("it was called");
        assert!(DROPPED.get() > 200, "{} values were freed by the memo", DROPPED.get());
    });
}
