//! User code that, once and at a chosen place, does what it should not.

use crate::common::Count;
use gcache::{Stats, Transaction, bypass, cache_against, group};
use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;

/// What a value of the user's is to the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    Key,
    GroupKey,
    Value,
    Failure,
}

/// Where user code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Hook {
    Clone(Role),
    Hash(Role),
    Eq(Role),
    Drop(Role),
    By,
    Group,
    Bypass,
    Body,
    CacheIf,
    Weigh,
}

impl Hook {
    /// Whether it never runs while the cached function is being computed. A thread that is started
    /// and joined during a computation cannot wait for that computation.
    fn is_outside(self) -> bool {
        match self {
            Self::Clone(_) | Self::Hash(_) | Self::By | Self::Group | Self::Bypass => true,
            Self::Eq(_) | Self::Drop(_) | Self::Body | Self::CacheIf | Self::Weigh => false,
        }
    }
}

/// What it does there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Panic,
    CallSame,
    CallAnother,
    InvalidateOwn,
    InvalidateAnother,
    InvalidateWhole,
    InvalidateOtherGroup,
    Commit,
    Clear,
    Count,
    JoinThreads,
}

pub(crate) const ACTS: [Act; 11] = [
    Act::Panic,
    Act::CallSame,
    Act::CallAnother,
    Act::InvalidateOwn,
    Act::InvalidateAnother,
    Act::InvalidateWhole,
    Act::InvalidateOtherGroup,
    Act::Commit,
    Act::Clear,
    Act::Count,
    Act::JoinThreads,
];

/// A cached function of a row, and what ends its entries.
pub(crate) struct Subject {
    /// Returns the version of the row.
    pub(crate) call: fn(u64) -> u64,
    /// Ends the group of the row.
    pub(crate) invalidation: fn(u64),
    /// Ends the whole model.
    pub(crate) invalidate_whole: fn(),
    pub(crate) clear: fn(),
    pub(crate) stats: fn() -> Stats,
    /// How often the body ran.
    pub(crate) runs: &'static Count,
}

impl Subject {
    /// Changes the row, then says so.
    pub(crate) fn write(&self, id: u64) {
        *rows().entry(id).or_default() += 1;
        (self.invalidation)(id);
    }
}

fn rows() -> std::sync::MutexGuard<'static, HashMap<u64, u64>> {
    static ROWS: LazyLock<Mutex<HashMap<u64, u64>>> = LazyLock::new(Mutex::default);
    ROWS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The version of a row.
pub(crate) fn version(id: u64) -> u64 {
    rows().get(&id).copied().unwrap_or_default()
}

#[derive(Clone, Copy)]
pub(crate) struct Trap {
    pub(crate) hook: Hook,
    pub(crate) act: Act,
    pub(crate) subject: &'static Subject,
    pub(crate) id: u64,
    /// How often user code passes the hook before the trap springs.
    pub(crate) passes: u32,
}

thread_local!(static TRAP: Cell<Option<Trap>> = const { Cell::new(None) });

/// User code is at `hook`: if a trap is set there, it springs.
pub(crate) fn reach(hook: Hook) {
    let Some(trap) = TRAP.get().filter(|trap| trap.hook == hook) else { return };
    match trap.passes.checked_sub(1) {
        Some(passes) => TRAP.set(Some(Trap { passes, ..trap })),
        None => {
            TRAP.set(None);
            trap.spring();
        }
    }
}

impl Trap {
    /// Runs `work` with the trap set on this thread. Returns what came of it, and whether the trap
    /// sprang.
    pub(crate) fn around<R>(self, work: impl FnOnce() -> R) -> (thread::Result<R>, bool) {
        TRAP.set(Some(self));
        let result = catch_unwind(AssertUnwindSafe(work));
        (result, TRAP.take().is_none())
    }

    fn spring(self) {
        let Self { hook, act, subject, id, .. } = self;
        let another = id + 1;
        match act {
            Act::Panic => panic!("{hook:?} panics"),
            Act::CallSame => assert!((subject.call)(id) <= version(id)),
            Act::CallAnother => assert_eq!((subject.call)(another), version(another)),
            Act::InvalidateOwn => subject.write(id),
            Act::InvalidateAnother => subject.write(another),
            Act::InvalidateWhole => (subject.invalidate_whole)(),
            Act::InvalidateOtherGroup => {
                let run = other(id);
                invalidate_other(id);
                assert_ne!(other(id), run);
            }
            Act::Commit => {
                let transaction = Transaction::begin();
                transaction.enter(|| subject.write(id));
                transaction.commit();
            }
            Act::Clear => (subject.clear)(),
            Act::Count => assert!((subject.stats)().misses >= 1),
            Act::JoinThreads => self.join_threads(),
        }
    }

    fn join_threads(self) {
        let Self { hook, subject, id, .. } = self;
        let another = id + 1;
        let threads = [0, 1].map(|_| {
            thread::spawn(move || {
                assert_eq!((subject.call)(another), version(another));
                assert_eq!(bypass(|| (subject.call)(id)), version(id));
                if hook.is_outside() {
                    (subject.call)(id);
                }
            })
        });
        for thread in threads {
            thread.join().expect("a thread that is started by user code returns");
        }
    }
}

group!(Other: u64);

/// A cached function that depends on another group.
#[cache_against(Other(id))]
fn other(id: u64) -> usize {
    static RUNS: Count = Count::new();
    RUNS.up()
}

/// A value of the user's whose every operation may spring a trap.
#[derive(Debug)]
pub(crate) struct Touchy {
    pub(crate) role: Role,
    pub(crate) number: u64,
}

impl Touchy {
    pub(crate) fn new(role: Role, number: u64) -> Self {
        Self { role, number }
    }
}

impl Clone for Touchy {
    fn clone(&self) -> Self {
        reach(Hook::Clone(self.role));
        Self { ..*self }
    }
}

impl Hash for Touchy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        reach(Hook::Hash(self.role));
        self.number.hash(state);
    }
}

impl PartialEq for Touchy {
    fn eq(&self, other: &Self) -> bool {
        reach(Hook::Eq(self.role));
        self.number == other.number
    }
}

impl Eq for Touchy {}

impl Drop for Touchy {
    fn drop(&mut self) {
        // A second panic while the first unwinds would end the process, whoever's destructor it is in.
        if !thread::panicking() {
            reach(Hook::Drop(self.role));
        }
    }
}
