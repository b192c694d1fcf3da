//! Control of what is cached, for one function or for all.

use crate::context;
use crate::registry::{self, Registered};
use crate::stats::Stats;
use std::any::type_name;
use std::future::poll_fn;
use std::pin::pin;

/// The handle of a cached function.
///
/// It finds the function by its path, once the function has been called. So all functions of one path are one
/// to it: those of one name that stand in different blocks of the same function, say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CachedFunction {
    path: &'static str,
}

/// The handle of a cached function: `of(view_book)`, `of(Shop::view_book)`, `of(page::<Book>)`.
///
/// A function that was never called, or that is not cached, has no entries and no counts, and cannot be cleared.
///
/// ```
/// fn never_cached() {}
///
/// let function = gcache::of(never_cached);
/// assert_eq!(function.len(), 0);
/// let mistake = function.clear().expect_err("there is nothing to clear");
/// assert!(mistake.to_string().contains("never_cached` has no memo"));
/// ```
pub fn of<F>(_function: F) -> CachedFunction {
    CachedFunction { path: type_name::<F>() }
}

/// There is nothing to clear: the function has not been called yet, or it is not cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NothingCached {
    path: &'static str,
}

impl std::fmt::Display for NothingCached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path } = self;
        write!(f, "`{path}` has no memo: it was not called yet, or it is no cached function")
    }
}

impl std::error::Error for NothingCached {}

impl CachedFunction {
    /// What happened in it since the program began.
    pub fn stats(&self) -> Stats {
        let mut sum = Stats::default();
        self.memos().for_each(|registered| sum += &registered.memo.stats());
        sum
    }

    /// Ends all its entries. A call that begins after this has returned computes.
    ///
    /// # Errors
    ///
    /// [`NothingCached`] where no cached function of this path has been called: none of its values is
    /// cached then, but it may be that another function was meant.
    pub fn clear(&self) -> Result<(), NothingCached> {
        let memos = self.memos().map(|registered| registered.memo.clear()).count();
        if memos > 0 { Ok(()) } else { Err(NothingCached { path: self.path }) }
    }

    /// How many entries it has: [`Stats::entries`].
    pub fn len(&self) -> usize {
        self.memos().map(|registered| registered.memo.len()).sum()
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name in statistics: what `name = ".."` says, else the path. Before the first call, always
    /// the path.
    pub fn name(&self) -> &'static str {
        self.memos().next().map_or(self.path, |registered| registered.name)
    }

    fn memos(&self) -> impl Iterator<Item = Registered> {
        let path = self.path;
        registry::memos().into_iter().filter(move |registered| registered.path == path)
    }
}

/// Ends all entries of all cached functions.
///
/// ```
/// use gcache::{Cached, tag};
///
/// let counts: Cached<(), u64> = Cached::new("docs::cleared");
/// let count = |value| counts.get_with(&(), || tag("movies"), || value).value;
/// assert_eq!((count(1), count(2)), (1, 1));
/// gcache::clear();
/// assert_eq!(count(3), 3);
/// ```
pub fn clear() {
    registry::memos().iter().for_each(|registered| registered.memo.clear());
}

/// Runs `compute`; cached functions that it calls compute too, without reading or storing.
///
/// ```
/// assert_eq!(gcache::bypass(|| 1 + 1), 2);
/// ```
pub fn bypass<R>(compute: impl FnOnce() -> R) -> R {
    let _scope = context::enter_bypass();
    compute()
}

/// Runs the future `compute`; cached functions that it calls compute too, without reading or
/// storing. What it spawns as tasks of their own is not affected.
///
/// ```
/// # pollster::block_on(async {
/// assert_eq!(gcache::bypass_async(async { 1 + 1 }).await, 2);
/// # });
/// ```
pub async fn bypass_async<R>(compute: impl Future<Output = R>) -> R {
    let mut compute = pin!(compute);
    let bypassed = poll_fn(|task| {
        let _scope = context::enter_bypass();
        compute.as_mut().poll(task)
    });
    bypassed.await
}
