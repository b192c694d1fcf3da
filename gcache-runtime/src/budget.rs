//! The budget of the thread-local caches: how many bytes their tables may take, of one thread and of all.
//!
//! A thread reserves before it grows a table, so the sum keeps to the budget at each moment. Only the thread itself can
//! free its tables: to lock them against others would cost each hit more than it takes. So threads share what the
//! budget has: while much of it is reserved, a thread whose part is larger than an equal share grows no more, and gives
//! back the rest at its next step of maintenance.

use crate::sync::{AtomicUsize, Ordering};

/// How many bytes the thread-local caches may take: see [`set_local_cache_budget`].
///
/// | budget | default |
/// | --- | --- |
/// | [`per_thread`](Self::per_thread) | 4 MiB |
/// | [`per_process`](Self::per_process) | 64 MiB |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a budget does nothing until it is set"]
pub struct LocalCacheBudget {
    per_thread: usize,
    per_process: usize,
}

impl LocalCacheBudget {
    const DEFAULT: Self = Self { per_thread: 4 << 20, per_process: 64 << 20 };

    /// The defaults.
    pub fn new() -> Self {
        Self::DEFAULT
    }

    /// At most so many bytes for one thread, for the tables of all functions that it calls. 0: no thread has a cache of
    /// its own.
    pub fn per_thread(self, bytes: usize) -> Self {
        Self { per_thread: bytes, ..self }
    }

    /// At most so many bytes for all threads together.
    pub fn per_process(self, bytes: usize) -> Self {
        Self { per_process: bytes, ..self }
    }
}

impl Default for LocalCacheBudget {
    fn default() -> Self {
        Self::new()
    }
}

static PER_THREAD: AtomicUsize = AtomicUsize::new(LocalCacheBudget::DEFAULT.per_thread);
static PER_PROCESS: AtomicUsize = AtomicUsize::new(LocalCacheBudget::DEFAULT.per_process);

/// The bytes that all threads have reserved.
static RESERVED: AtomicUsize = AtomicUsize::new(0);

/// How many threads share them: those that have asked for any and not ended.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// Sets how many bytes the thread-local caches of the process may take.
///
/// Each thread keeps the entries that it uses in tables of its own, at 16 bytes for an entry, or 32 or 64 with copies
/// of a small key and value. A hit there takes a few nanoseconds. A hit of the map that all threads share takes ten times
/// as long, and more where the map is not in the processor's caches. So with 64 threads and the defaults each thread has
/// 1 MiB, for the 16,000 to 65,000 entries that it uses most, whichever functions they are of.
///
/// The tables of all threads together take no more than the budget at any moment. A function that is used late gets
/// room from tables of its thread that are used less, and a thread that comes late from threads that have more than an
/// equal share. A thread acts at each miss and at each 64th hit of any function. So it gives back what is beyond a lowered
/// budget by its next 64 calls, and a thread that makes no calls keeps its tables until it ends, within the budget.
///
/// ```
/// use gcache::{LocalCacheBudget, set_local_cache_budget, stats};
///
/// set_local_cache_budget(LocalCacheBudget::new().per_thread(1 << 20).per_process(16 << 20));
/// assert!(stats().local_cache_bytes <= 16 << 20);
/// ```
pub fn set_local_cache_budget(budget: LocalCacheBudget) {
    PER_THREAD.store(budget.per_thread, Ordering::Relaxed);
    PER_PROCESS.store(budget.per_process, Ordering::Relaxed);
}

/// The bytes that the thread-local caches of all threads take.
pub(crate) fn reserved() -> usize {
    RESERVED.load(Ordering::Relaxed)
}

/// The bytes that one thread has reserved.
#[derive(Debug)]
pub(crate) struct Reserved {
    bytes: usize,
    /// Whether the thread is among those that share.
    shares: bool,
}

impl Reserved {
    pub(crate) const fn new() -> Self {
        Self { bytes: 0, shares: false }
    }

    /// Reserves so many bytes `more`, if there is room for them.
    pub(crate) fn reserve(&mut self, more: usize) -> bool {
        if !self.shares {
            self.shares = true;
            THREADS.fetch_add(1, Ordering::Relaxed);
        }
        let wanted = self.bytes.saturating_add(more);
        let all = PER_PROCESS.load(Ordering::Relaxed);
        // One half is for threads that have less than an equal share.
        let most = if wanted <= equal_share(all) { all } else { all / 2 };
        let add = |sum: usize| {
            // mutant: budget-of-process-ignored
            sum.checked_add(more).filter(|sum| *sum <= most)
        };
        let reserved = wanted <= PER_THREAD.load(Ordering::Relaxed)
            && RESERVED.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).is_ok();
        if reserved {
            self.bytes = wanted;
        }
        reserved
    }

    /// Gives so many bytes back.
    pub(crate) fn give_back(&mut self, bytes: usize) {
        self.bytes -= bytes;
        // mutant: budget-not-given-back
        RESERVED.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Whether the thread has reserved more than it may keep.
    pub(crate) fn is_too_much(&self) -> bool {
        let all = PER_PROCESS.load(Ordering::Relaxed);
        let most = PER_THREAD.load(Ordering::Relaxed);
        let is_scarce = reserved() > all / 2;
        // mutant: late-thread-without-room
        self.bytes > if is_scarce { most.min(equal_share(all)) } else { most }
    }
}

/// What each thread has of so many bytes if all have the same.
fn equal_share(all: usize) -> usize {
    all / THREADS.load(Ordering::Relaxed).max(1)
}

/// At the end of its thread.
impl Drop for Reserved {
    fn drop(&mut self) {
        // mutant: budget-outlives-thread
        self.give_back(self.bytes);
        THREADS.fetch_sub(usize::from(self.shares), Ordering::Relaxed);
    }
}
