//! A call of a cached function: look up; else lead a computation, wait for another call's, or compute alone.

use crate::cache::{self, Entry, Memo, Vacant};
use crate::call_site::CallSite;
use crate::clock::Timestamp;
use crate::computation::Computation;
use crate::config::Config;
use crate::context::{self, Frame};
use crate::flights::{Claim, Completed, Leader, WaitOutcome, Waiter};
use crate::generations::{DependencySet, PendingInvalidations};
use crate::groups::Groups;
use crate::key::KeyRef;
use crate::returns::Storable;
use crate::sync::Arc;
use crate::testing::{self, Outcome};
use std::marker::PhantomData;

/// How many failed computations of other calls a call waits for before it computes alone.
///
/// After each failure one waiter leads, so that a broken body is tried by one call at a time; without a
/// limit, the last of a hundred calls of a query that times out would wait a hundred times as long.
const MOST_FAILURES: u32 = 3;

/// A call, as generated code describes it.
#[derive(Debug)]
pub struct Call<S: Storable, Q: KeyRef, F> {
    site: &'static CallSite,
    /// What of the returned value is stored.
    storable: PhantomData<S>,
    /// The memo key, as borrowed.
    query: Q,
    /// Evaluates the groups, on a miss only.
    groups: F,
    /// Whether to compute without reading or storing.
    bypass: bool,
    /// The options, applied when the memo is made.
    config: Options<S, Q>,
}

/// What sets the options of a call's memo.
type Options<S, Q> = fn(
    Config<<Q as KeyRef>::Key, <S as Storable>::Stored>,
) -> Config<<Q as KeyRef>::Key, <S as Storable>::Stored>;

/// The result of a lookup, before any body has run.
pub enum Lookup<S: Storable, K: 'static, G> {
    /// The value to return.
    Hit(S::Return),
    /// The body is needed, or another call's.
    Miss(Miss<S, K, G>),
}

impl<S, K, G> Lookup<S, K, G>
where
    S: Storable,
    K: Clone + Eq + Send + Sync + 'static,
    G: Groups,
{
    /// The value: of the entry, or else by `body` or by another call's.
    #[inline]
    pub fn run(self, body: impl FnOnce() -> S::Return) -> S::Return {
        match self {
            Self::Hit(value) => value,
            Self::Miss(miss) => miss.run(body),
        }
    }
}

/// A call that found no entry.
pub struct Miss<S: Storable, K: 'static, G> {
    memo: &'static Memo<K, S::Stored>,
    /// The token to insert the value with, if it may be shared and stored.
    vacant: Option<Vacant>,
    key: K,
    groups: G,
    /// When the call was made: what it joins must not have been invalidated before.
    called: Timestamp,
    /// With which this call waits for a flight; boxed, since each call that begins has room for it.
    pub(crate) waiter: Option<Box<EntryWaiter<K, S::Stored>>>,
    /// How many flights have failed while this call waited for them.
    failures: u32,
}

/// A call that waits for an entry.
type EntryWaiter<K, V> = Waiter<K, Entry<K, V>>;

impl<S: Storable, K, G> std::fmt::Debug for Miss<S, K, G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Miss").finish_non_exhaustive()
    }
}

impl<S, Q, G, F> Call<S, Q, F>
where
    S: Storable,
    Q: KeyRef,
    F: FnOnce() -> G,
    G: Groups,
{
    /// The call of a function without options.
    #[inline]
    pub fn new(site: &'static CallSite, _storable: S, query: Q, groups: F) -> Self {
        let storable = PhantomData;
        Self { site, storable, query, groups, bypass: false, config: |config| config }
    }

    /// Computes without reading or storing, if it `bypass`es.
    #[inline]
    pub fn bypass(self, bypass: bool) -> Self {
        Self { bypass, ..self }
    }

    /// Sets the options of the memo.
    #[inline]
    pub fn config(self, config: Options<S, Q>) -> Self {
        Self { config, ..self }
    }

    /// Answers from the memo, or prepares to compute.
    #[inline]
    pub fn begin(self) -> Lookup<S, Q::Key, G> {
        // Nothing on this thread asks for more than a lookup.
        let plain = context::is_default() && !self.bypass;
        // A closure of this very call: a hit is inlined as a whole.
        let clone = |_: &Arc<Entry<Q::Key, _>>, value: &S::Stored| Some(value.clone());
        if plain
            && let Some(number) = self.site.number::<F>()
            && let Some(value) = cache::get_local(number, self.query, clone)
        {
            testing::record(Outcome::Hit);
            return Lookup::Hit(S::join(value));
        }
        if !plain
            && !self.bypass
            && context::is_body()
            && let Some(value) = self.get_nested()
        {
            return Lookup::Hit(value);
        }
        self.begin_cold(plain)
    }

    /// Answers from the thread-local cache, and tells the body that is running.
    #[inline(never)]
    fn get_nested(&self) -> Option<S::Return> {
        let use_value = |entry: &Arc<Entry<Q::Key, _>>, value: &S::Stored| {
            note_use(entry, false);
            Some(value.clone())
        };
        let value = cache::get_local(self.site.number::<F>()?, self.query, use_value)?;
        testing::record(Outcome::Hit);
        Some(S::join(value))
    }

    /// Answers from the memo that all threads share.
    #[cold]
    #[inline(never)]
    fn begin_cold(self, plain: bool) -> Lookup<S, Q::Key, G> {
        let called = Timestamp::now();
        let memo = self.site.memo::<Q::Key, S::Stored, F>(self.config);
        let bypassed = !plain && (self.bypass || context::is_bypassed());
        // Without frames a body's dependencies would be lost, so nothing may be stored.
        let vacant = if bypassed || !context::is_available() {
            memo.record_miss();
            None
        } else {
            // A plain call has missed in the thread-local cache, and so has one of a body.
            let is_missed = !self.bypass && (plain || context::is_body());
            match look_up::<S, _>(memo, self.query, is_missed) {
                Ok(value) => {
                    testing::record(Outcome::Hit);
                    return Lookup::Hit(value);
                }
                Err(vacant) => vacant,
            }
        };
        let key = self.query.to_key();
        let groups = (self.groups)();
        let (waiter, failures) = (None, 0);
        Lookup::Miss(Miss { memo, vacant, key, groups, called, waiter, failures })
    }
}

/// Returns the value of a fresh entry; or else what to insert one with, if the value may be shared and stored.
pub(crate) fn look_up<S: Storable, Q: KeyRef>(
    memo: &'static Memo<Q::Key, S::Stored>,
    query: Q,
    is_missed: bool,
) -> Result<S::Return, Option<Vacant>> {
    let transaction = context::transaction();
    let read = |entry: &Arc<Entry<_, _>>| {
        let untouched = is_untouched(entry, transaction.as_deref());
        untouched.then(|| use_entry::<S, _>(entry, false))
    };
    // What would be computed in a transaction may rest on rows that are not committed.
    // mutant: transaction-stores
    memo.get(query, is_missed, read).map_err(|vacant| vacant.filter(|_| transaction.is_none()))
}

/// Whether `transaction` has touched nothing that the entry depends on.
fn is_untouched<K, V>(entry: &Entry<K, V>, transaction: Option<&PendingInvalidations>) -> bool {
    let untouched = |held: &PendingInvalidations| {
        entry.dependencies().all(|generation| !generation.groups().any(|group| held.touches(group)))
    };
    // mutant: transaction-reads-touched
    transaction.is_none_or(untouched)
}

/// Returns an entry's value, and tells the running body of its use.
pub(crate) fn use_entry<S: Storable, K>(entry: &Entry<K, S::Stored>, outdated: bool) -> S::Return {
    note_use(entry, outdated);
    S::join(entry.value().clone())
}

/// Tells the running body of the use of an entry.
fn note_use<K, V>(entry: &Entry<K, V>, outdated: bool) {
    // mutant: nested-hit-lost
    context::with_frame(|frame| frame.note_use(entry.dependencies(), entry.deadline(), outdated));
}

/// Returns the value of another call.
pub(crate) fn join_entry<S: Storable, K>(entry: &Entry<K, S::Stored>, outdated: bool) -> S::Return {
    let value = use_entry::<S, K>(entry, outdated);
    testing::record(Outcome::Joined);
    value
}

/// How a call without an entry goes on, once it waits no more.
pub(crate) enum Step<K: 'static, V: 'static> {
    /// Return this value.
    Use(Completed<Entry<K, V>>),
    /// Run the body.
    Compute(Computation<K, V>),
}

impl<S, K, G> Miss<S, K, G>
where
    S: Storable,
    K: Clone + Eq + Send + Sync + 'static,
    G: Groups,
{
    /// Runs `body`, or waits for another call's.
    // Apart from the hit, which would pay for the registers that this needs.
    #[inline(never)]
    pub fn run(mut self, body: impl FnOnce() -> S::Return) -> S::Return {
        loop {
            if let Some(waiter) = &self.waiter {
                waiter.wait();
            }
            match self.step() {
                None => {}
                Some(Step::Use(Completed { entry, outdated, .. })) => {
                    return join_entry::<S, K>(&entry, outdated);
                }
                Some(Step::Compute(computation)) => {
                    let returned = {
                        let _scope = context::enter(computation.frame());
                        body()
                    };
                    return self.complete(computation, returned);
                }
            }
        }
    }

    /// Stores the value that the body returned, hands it to the calls that wait, and returns it.
    pub(crate) fn complete(
        self,
        computation: Computation<K, S::Stored>,
        returned: S::Return,
    ) -> S::Return {
        // mutant: dependencies-taken-late-3
        computation.complete::<S>(returned, self.key)
    }

    /// Goes one step; `None` where this call is to wait, with its `waiter`, and then to go on. Sync and async calls
    /// differ only in how they wait.
    pub(crate) fn step(&mut self) -> Option<Step<K, S::Stored>> {
        // 1. Take the value of the flight that this call has waited for.
        let mut waiter = self.waiter.take();
        match waiter.as_deref_mut().and_then(Waiter::outcome) {
            Some(WaitOutcome::Value(completed)) => {
                self.memo.counts.joined.add(1);
                return Some(Step::Use(completed));
            }
            Some(WaitOutcome::Failed) => {
                self.failures += 1;
                waiter = None;
            }
            Some(WaitOutcome::Nothing) => waiter = None,
            // It does not wait yet, or its patience is over.
            None => {}
        }
        // 2. In a bypass, in a transaction and at the end of a thread the value is for this call alone.
        let Some(vacant) = self.vacant.filter(|_| context::is_available()) else {
            return Some(self.compute_alone(None));
        };
        // 3. Lead the flight of this key, wait for it, or compute beside it.
        let (flights, frame) = (&self.memo.flights, || self.frame());
        let claim = match waiter {
            Some(waiter) => flights.resume(waiter, frame),
            None if self.failures < MOST_FAILURES => {
                flights.claim(vacant.hash(), &self.key, self.called, frame)
            }
            None => Claim::Alone { store: true },
        };
        match claim {
            Claim::Lead(leader) => Some(self.lead(vacant, leader)),
            Claim::Wait(waiter) => {
                self.waiter = Some(waiter);
                None
            }
            Claim::Alone { store } => Some(self.compute_alone(store.then_some(vacant))),
        }
    }

    /// Computes for a flight, unless there is an entry by now.
    fn lead(&self, vacant: Vacant, leader: Leader<K, Entry<K, S::Stored>>) -> Step<K, S::Stored> {
        let frame = Arc::clone(leader.frame());
        // Others may wait from here on. A destructor of the user's that runs meanwhile, of a value that
        // happens to be freed here, must know that it runs inside of this call.
        let _scope = context::enter(&frame);
        let computation = Computation::new(self.memo, Some(vacant), frame, Some(leader));
        // An entry may have been inserted between this call's lookup and its flight.
        // mutant: leader-does-not-look-again
        match self.memo.get_again(vacant, &self.key) {
            Some(entry) => {
                self.memo.counts.joined.add(1);
                Step::Use(computation.publish(entry))
            }
            None => Step::Compute(computation.begin()),
        }
    }

    /// Computes without letting any other call join.
    fn compute_alone(&self, vacant: Option<Vacant>) -> Step<K, S::Stored> {
        Step::Compute(Computation::new(self.memo, vacant, self.frame(), None).begin())
    }

    /// A frame under the generations that live now, before the body begins.
    fn frame(&self) -> Arc<Frame> {
        let mut dependencies = DependencySet::new();
        // A value that is neither stored nor part of a stored one needs no dependencies; at the end of a
        // thread no generation can be taken.
        let counts = self.vacant.is_some() || context::current().is_some();
        if counts && context::is_available() {
            // mutant: dependencies-taken-late
            self.memo.collect_into(&mut dependencies);
            // mutant: dependencies-taken-late-2
            self.groups.collect_into(&mut dependencies);
        }
        Frame::new(dependencies, ())
    }
}
