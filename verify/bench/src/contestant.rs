//! Those who are measured.

use crate::keys::Keys;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// One way to do what a measure is about.
pub(crate) trait Contestant: Send + Sync {
    /// The name in tables.
    fn name(&self) -> &'static str;

    /// Gets ready on the thread of `lane`, before any turn, and checks that the answers are right.
    fn warm(&self, lane: usize) -> Result<(), String>;

    /// Gets ready for one turn; called on the thread of the first lane only.
    fn prepare(&self) -> Result<(), String> {
        Ok(())
    }

    /// Does the operations of one turn. This alone is timed.
    fn run(&self, turn: Turn);

    /// How many operations a turn has, where that is not for the clock to say.
    fn fixed_ops(&self) -> Option<u64> {
        None
    }

    /// How often bodies may run while the clock does.
    fn runs(&self) -> Runs {
        Runs::Never
    }
}

/// A share of the work: `ops` operations, after `done` others, on one of the threads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    pub(crate) lane: usize,
    pub(crate) done: u64,
    pub(crate) ops: u64,
}

/// How often bodies run in the timed part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    /// Never: every operation is a hit.
    Never,
    /// At least this often per operation.
    Each(u64),
    /// As it comes.
    Any,
}

/// All that compete in one measure.
pub(crate) type Field = Vec<Box<dyn Contestant>>;

/// Hits: `call` with the keys of a sequence, all of which it has seen.
struct Hits<K, V, F> {
    name: &'static str,
    keys: Arc<Keys<K>>,
    call: F,
    right: fn(K) -> V,
}

/// A contestant whose operation is one call that hits.
pub(crate) fn hits<K, V, F>(
    name: &'static str,
    keys: &Arc<Keys<K>>,
    right: fn(K) -> V,
    call: F,
) -> Box<dyn Contestant>
where
    K: Copy + std::fmt::Debug + Send + Sync + 'static,
    V: PartialEq + 'static,
    F: Fn(K) -> V + Send + Sync + 'static,
{
    Box::new(Hits { name, keys: Arc::clone(keys), call, right })
}

impl<K, V, F> Contestant for Hits<K, V, F>
where
    K: Copy + std::fmt::Debug + Send + Sync,
    V: PartialEq,
    F: Fn(K) -> V + Send + Sync,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn warm(&self, _lane: usize) -> Result<(), String> {
        let mut keys = self.keys.twice();
        keys.try_for_each(|key| check(key, &(self.call)(key), self.right))
    }

    fn run(&self, turn: Turn) {
        for keys in rounds(&self.keys.sequence, turn) {
            for &key in keys {
                black_box((self.call)(black_box(key)));
            }
        }
    }
}

/// Hits of an async function.
struct AsyncHits<K, V, F> {
    name: &'static str,
    keys: Arc<Keys<K>>,
    call: F,
    right: fn(K) -> V,
}

/// A contestant whose operation is one awaited call that hits. One future makes all calls of a turn, so
/// no executor is in the loop.
pub(crate) fn async_hits<K, V, F>(
    name: &'static str,
    keys: &Arc<Keys<K>>,
    right: fn(K) -> V,
    call: F,
) -> Box<dyn Contestant>
where
    K: Copy + std::fmt::Debug + Send + Sync + 'static,
    V: PartialEq + 'static,
    F: AsyncFn(K) -> V + Send + Sync + 'static,
{
    Box::new(AsyncHits { name, keys: Arc::clone(keys), call, right })
}

impl<K, V, F> Contestant for AsyncHits<K, V, F>
where
    K: Copy + std::fmt::Debug + Send + Sync,
    V: PartialEq,
    F: AsyncFn(K) -> V + Send + Sync,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn warm(&self, _lane: usize) -> Result<(), String> {
        pollster::block_on(async {
            for key in self.keys.twice() {
                check(key, &(self.call)(key).await, self.right)?;
            }
            Ok(())
        })
    }

    fn run(&self, turn: Turn) {
        pollster::block_on(async {
            for keys in rounds(&self.keys.sequence, turn) {
                for &key in keys {
                    black_box((self.call)(black_box(key)).await);
                }
            }
        });
    }
}

fn check<K: Copy + std::fmt::Debug, V: PartialEq>(
    key: K,
    answer: &V,
    right: fn(K) -> V,
) -> Result<(), String> {
    if *answer == right(key) { Ok(()) } else { Err(format!("the answer for {key:?} is wrong")) }
}

/// The pieces of a sequence that a turn goes through: where the last one stopped, and round again. Lanes
/// are half a sequence apart, so that they do not ask for the same key at the same time for long.
fn rounds<K>(sequence: &[K], turn: Turn) -> impl Iterator<Item = &[K]> {
    let length = sequence.len() as u64;
    let mut at = (turn.done + turn.lane as u64 * (length / 2)) % length;
    let mut left = turn.ops;
    std::iter::from_fn(move || {
        let end = length.min(at + left);
        let piece = &sequence[index(at)..index(end)];
        left -= end - at;
        at = end % length;
        (!piece.is_empty()).then_some(piece)
    })
}

fn index(at: u64) -> usize {
    usize::try_from(at).expect("an index of a slice")
}

/// Misses: `call` with keys that nothing has ever asked for.
struct Misses<F> {
    name: &'static str,
    call: F,
    /// Whether all lanes ask for the same keys.
    shared: bool,
    /// What the contestant is filled with first.
    fill: u64,
}

/// Keys from here on fill a cache before the clock runs.
const FILL: u64 = 1 << 62;

/// How many contestants have been warmed up: keys go by it, too, since a cached function is the same one,
/// and may remember, when it is measured again on more threads.
static WARMED: AtomicU64 = AtomicU64::new(0);

/// A contestant whose operation is one call that misses, in a cache that `fill` keys have filled.
pub(crate) fn misses<F>(name: &'static str, fill: u64, call: F) -> Box<dyn Contestant>
where
    F: Fn(u64) + Send + Sync + 'static,
{
    Box::new(Misses { name, call, shared: false, fill })
}

/// The same, but all lanes ask for the same keys at about the same time.
pub(crate) fn shared_misses<F>(name: &'static str, fill: u64, call: F) -> Box<dyn Contestant>
where
    F: Fn(u64) + Send + Sync + 'static,
{
    Box::new(Misses { name, call, shared: true, fill })
}

impl<F: Fn(u64) + Send + Sync> Contestant for Misses<F> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn warm(&self, lane: usize) -> Result<(), String> {
        WARMED.fetch_add(1, Ordering::Relaxed);
        let begin = FILL + lane as u64 * self.fill;
        (begin..begin + self.fill).for_each(&self.call);
        Ok(())
    }

    fn run(&self, turn: Turn) {
        let lane = if self.shared { 0 } else { turn.lane as u64 };
        let begin = (lane << 56) + (WARMED.load(Ordering::Relaxed) << 40) + turn.done;
        for key in begin..begin + turn.ops {
            (self.call)(black_box(key));
        }
    }

    fn runs(&self) -> Runs {
        if self.shared { Runs::Any } else { Runs::Each(1) }
    }
}

/// How often an invalidation is made before the clock runs.
const WARM_INVALIDATIONS: u64 = 8;

/// Invalidations of groups on which entries depend.
struct Invalidations<D, B> {
    name: &'static str,
    groups: u64,
    dependents: u64,
    others: u64,
    depend: D,
    invalidation: B,
}

/// A contestant whose operation is to end what depends on a group. Before each turn `depend(group, n)`
/// computes the dependents of each group anew, and `others` entries of another group; that it has to is the
/// proof that they had ended.
pub(crate) fn invalidations<D, B>(
    name: &'static str,
    groups: u64,
    dependents: u64,
    others: u64,
    depend: D,
    invalidation: B,
) -> Box<dyn Contestant>
where
    D: Fn(u64, u64) + Send + Sync + 'static,
    B: Fn(u64) + Send + Sync + 'static,
{
    Box::new(Invalidations { name, groups, dependents, others, depend, invalidation })
}

impl<D, B> Contestant for Invalidations<D, B>
where
    D: Fn(u64, u64) + Send + Sync,
    B: Fn(u64) + Send + Sync,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn warm(&self, _lane: usize) -> Result<(), String> {
        self.prepare()?;
        (0..self.groups).for_each(&self.invalidation);
        Ok(())
    }

    fn prepare(&self) -> Result<(), String> {
        // The groups take turns, so that each of them was in use just now, however many depend on it.
        let depend = |n| (0..self.groups).for_each(|group| (self.depend)(group, n));
        let before = crate::body::runs();
        (0..self.dependents - 1).for_each(depend);
        // And what is still in the processor's caches by then should not tell the one number from another.
        let other = self.groups + 1;
        if self.others > 0 {
            (self.invalidation)(other);
        }
        (0..self.others).for_each(|n| (self.depend)(other, n));
        depend(self.dependents - 1);
        let ran = crate::body::runs() - before;
        let all = self.groups * self.dependents + self.others;
        // And so was the code that invalidates: a group beside those that are timed is invalidated first.
        for _ in 0..WARM_INVALIDATIONS {
            (self.depend)(self.groups, 0);
            (self.invalidation)(self.groups);
        }
        if ran == all {
            Ok(())
        } else {
            Err(format!("of {all} dependents that were invalidated, {ran} computed again"))
        }
    }

    fn run(&self, _turn: Turn) {
        (0..self.groups).for_each(|group| (self.invalidation)(black_box(group)));
    }

    fn fixed_ops(&self) -> Option<u64> {
        Some(self.groups)
    }
}
