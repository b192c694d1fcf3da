//! Stands in for `sync.rs`: atomics whose loads may return any value that C11 lets them.

pub(crate) use loom::sync::atomic::{Ordering, fence};
pub(crate) use std::sync::atomic::AtomicU64 as AtomicCount;
use std::sync::atomic::AtomicUsize;
pub(crate) use std::sync::{Arc, OnceLock};
use std::sync::{Mutex, PoisonError};

/// Which execution this is: `loom` knows an atomic in one only, and statics outlive it.
static EXECUTION: AtomicUsize = AtomicUsize::new(0);

/// Runs `scenario` in every execution that C11 allows.
pub(crate) fn explore(name: &str, scenario: impl Fn() + Send + Sync + 'static) {
    explore_up_to(None, name, scenario);
}

/// As [`explore`], and if so many `preemptions` are stated, with that many at most.
pub(crate) fn explore_up_to(
    preemptions: Option<usize>,
    name: &str,
    scenario: impl Fn() + Send + Sync + 'static,
) {
    // They share the statics.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let before = EXECUTION.load(Ordering::Relaxed);
    let mut model = loom::model::Builder::new();
    model.preemption_bound = preemptions;
    model.check(move || {
        EXECUTION.fetch_add(1, Ordering::Relaxed);
        scenario();
    });
    println!("{name:50} {:>9} executions", EXECUTION.load(Ordering::Relaxed) - before);
}

/// An atomic that can be made in a constant, and begins anew in each execution.
#[derive(Debug)]
pub(crate) struct AtomicU64 {
    first: u64,
    now: Mutex<Option<(usize, Arc<loom::sync::atomic::AtomicU64>)>>,
}

impl AtomicU64 {
    pub(crate) const fn new(first: u64) -> Self {
        Self { first, now: Mutex::new(None) }
    }

    fn now(&self) -> Arc<loom::sync::atomic::AtomicU64> {
        let execution = EXECUTION.load(Ordering::Relaxed);
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        match &*now {
            Some((made, atomic)) if *made == execution => Arc::clone(atomic),
            _ => {
                let atomic = Arc::new(loom::sync::atomic::AtomicU64::new(self.first));
                *now = Some((execution, Arc::clone(&atomic)));
                atomic
            }
        }
    }

    pub(crate) fn load(&self, order: Ordering) -> u64 {
        self.now().load(order)
    }

    pub(crate) fn store(&self, value: u64, order: Ordering) {
        self.now().store(value, order);
    }

    pub(crate) fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        self.now().fetch_add(value, order)
    }

    pub(crate) fn fetch_max(&self, value: u64, order: Ordering) -> u64 {
        self.now().fetch_max(value, order)
    }

    pub(crate) fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        self.now().compare_exchange(current, new, success, failure)
    }
}
