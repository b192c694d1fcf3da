//! A call of a cached function: look up; else lead a computation, wait for another call's, or compute alone.

use crate::cache::{self, Entry, Memo, Vacant};
use crate::call_site::CallSite;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::context::{self, Frame};
use crate::flights::{Claim, Flights, Waiter};
use crate::generations::{Deadline, Dependencies, DependencySet, PendingInvalidations};
use crate::groups::Groups;
use crate::key::KeyRef;
use crate::returns::Storable;
use crate::shared::Shared;
use crate::sync::Arc;
use crate::testing::{self, Outcome};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

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
    config: Options<Q::Key, S::Stored>,
}

/// What sets the options of a call's memo.
type Options<K, V> = fn(Config<K, V>) -> Config<K, V>;

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
    /// What goes around the body of a function that shares its values.
    pub fn shared(&self) -> Shared<S, K> {
        match self {
            Self::Hit(_) => Shared::new(None),
            Self::Miss(miss) => miss.shared(),
        }
    }

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
    flights: &'static Flights<K, S::Stored>,
    /// The token to insert the value with, if it may be shared and stored.
    vacant: Option<Vacant>,
    key: K,
    groups: G,
    /// When the call was made: what it joins must not have been invalidated before.
    called: Timestamp,
}

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
    pub fn config(self, config: Options<Q::Key, S::Stored>) -> Self {
        Self { config, ..self }
    }

    /// Answers from the memo, or prepares to compute.
    #[inline]
    pub fn begin(self) -> Lookup<S, Q::Key, G> {
        // Taken apart, and put together again behind the hit: a call that is passed on as it came is written to the
        // stack first, by each hit too.
        let Self { site, storable, query, groups, bypass, config } = self;
        // Nothing on this thread asks for more than a lookup.
        let plain = context::is_default() && !bypass;
        // A closure of this very call: a hit is inlined as a whole.
        let clone = |_: &Arc<Entry<Q::Key, _>>, value: &S::Stored| Some(value.clone());
        if plain
            && let Some(number) = site.number::<F>()
            && let Some(value) = cache::get_local(number, query, clone)
        {
            testing::record(Outcome::Hit);
            return Lookup::Hit(S::join(value));
        }
        Self { site, storable, query, groups, bypass, config }.begin_elsewhere(plain)
    }

    /// Answers a call of a body from the thread-local cache, and any other from the memo.
    // Apart from the hit outside of a body, which takes the way of a cold call here.
    #[inline(never)]
    fn begin_elsewhere(self, plain: bool) -> Lookup<S, Q::Key, G> {
        if !plain
            && !self.bypass
            && context::is_body()
            && let Some(number) = self.site.number::<F>()
        {
            let use_value = |entry: &Arc<Entry<Q::Key, _>>, value: &S::Stored| {
                note_use(entry.dependencies(), entry.deadline(), false);
                Some(value.clone())
            };
            if let Some(value) = cache::get_local(number, self.query, use_value) {
                testing::record(Outcome::Hit);
                return Lookup::Hit(S::join(value));
            }
        }
        self.begin_cold(plain)
    }

    /// Answers from the memo that all threads share.
    #[cold]
    #[inline(never)]
    fn begin_cold(self, plain: bool) -> Lookup<S, Q::Key, G> {
        let called = Timestamp::now();
        let flights = self.site.flights::<Q::Key, S::Stored, F>(self.config);
        match look_up_cold::<S, _>(&flights.memo, self.query, plain, self.bypass) {
            Ok(value) => Lookup::Hit(value),
            Err(vacant) => {
                let key = self.query.to_key();
                let groups = (self.groups)();
                Lookup::Miss(Miss { flights, vacant, key, groups, called })
            }
        }
    }
}

/// Returns the value of a fresh entry in the map that all threads share, unless the call is to `bypass` it.
// Apart from `begin_cold`, which is compiled for each function, and not for each type.
fn look_up_cold<S: Storable, Q: KeyRef>(
    memo: &'static Memo<Q::Key, S::Stored>,
    query: Q,
    plain: bool,
    bypass: bool,
) -> Result<S::Return, Option<Vacant>> {
    let bypassed = !plain && (bypass || context::is_bypassed());
    // Without frames a body's dependencies would be lost, so nothing may be stored.
    if bypassed || !context::is_available() {
        memo.record_miss();
        return Err(None);
    }
    // A plain call has missed in the thread-local cache, and so has one of a body.
    let value = look_up::<S, _>(memo, query, plain || context::is_body())?;
    testing::record(Outcome::Hit);
    Ok(value)
}

/// Returns the value of a fresh entry; or else what to insert one with, if the value may be shared and stored.
pub(crate) fn look_up<S: Storable, Q: KeyRef>(
    memo: &'static Memo<Q::Key, S::Stored>,
    query: Q,
    is_missed: bool,
) -> Result<S::Return, Option<Vacant>> {
    let transaction = context::transaction();
    let read = |entry: &Arc<Entry<_, _>>| {
        let untouched = is_untouched(entry.dependencies(), transaction.as_deref());
        untouched.then(|| use_entry::<S, _>(entry, false))
    };
    // What would be computed in a transaction may rest on rows that are not committed.
    // mutant: transaction-stores
    memo.get(query, is_missed, read).map_err(|vacant| vacant.filter(|_| transaction.is_none()))
}

/// Whether `transaction` has touched nothing that an entry depends on.
fn is_untouched(dependencies: &Dependencies, transaction: Option<&PendingInvalidations>) -> bool {
    let touched = |held: &PendingInvalidations| dependencies.any_group(|group| held.touches(group));
    // mutant: transaction-reads-touched
    !transaction.is_some_and(touched)
}

/// Returns an entry's value, and tells the running body of its use.
pub(crate) fn use_entry<S: Storable, K>(entry: &Entry<K, S::Stored>, outdated: bool) -> S::Return {
    note_use(entry.dependencies(), entry.deadline(), outdated);
    S::join(entry.value().clone())
}

/// Tells the running body of the use of an entry.
fn note_use(dependencies: &Dependencies, deadline: Option<&Deadline>, outdated: bool) {
    // mutant: nested-hit-lost
    context::with_frame(|frame| frame.note_use(dependencies, deadline, outdated));
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
    pub fn run(self, body: impl FnOnce() -> S::Return) -> S::Return {
        let wait = |waiter: &Waiter| {
            waiter.wait();
            Poll::Ready(())
        };
        let mut claim = None;
        let Poll::Ready(returned) = self.poll(&mut claim, wait, || Poll::Ready(body())) else {
            unreachable!("a thread waits until it may go on");
        };
        self.complete(claim, returned)
    }

    /// What goes around the body of a function that shares its values.
    pub fn shared(&self) -> Shared<S, K> {
        // What is computed in a transaction or a bypass is for this call alone.
        let is_for_all = self.vacant.is_some() && context::is_available();
        Shared::new(is_for_all.then(|| (self.flights, self.key.clone())))
    }

    /// Runs `body`, or waits for another call's, without blocking.
    pub fn run_async<B: ?Sized>(self, body: Pin<&mut B>) -> Running<'_, S, K, G, B> {
        Running { _shallow: (PhantomData, PhantomData), claim: None, miss: Some(self), body }
    }

    /// Goes on as far as this call can with its `claim`: it `wait`s for another call's computation, or runs `body`.
    /// Returns what the body returned, or nothing where there is a value without it. Sync and async calls differ only in
    /// how they wait.
    fn poll(
        &self,
        claim: &mut Option<Claim<K, S::Stored>>,
        wait: impl Fn(&Waiter) -> Poll<()>,
        body: impl FnOnce() -> Poll<S::Return>,
    ) -> Poll<Option<S::Return>> {
        loop {
            match claim {
                Some(Claim::Use { .. }) => return Poll::Ready(None),
                Some(Claim::Compute(computation)) => {
                    let _scope = context::enter(computation.frame());
                    return body().map(Some);
                }
                Some(Claim::Wait(waiter)) => ready!(wait(waiter)),
                None => {}
            }
            *claim = Some(self.claim(claim.take()));
        }
    }

    /// What to do, without a claim yet or once a wait is over.
    fn claim(&self, before: Option<Claim<K, S::Stored>>) -> Claim<K, S::Stored> {
        let (flights, collect) = (self.flights, |set: &mut _| self.collect_into(set));
        match (before, self.vacant) {
            (Some(Claim::Wait(waiter)), _) => flights.resume(waiter, &self.key, &collect),
            (_, Some(vacant)) => flights.claim(vacant, &self.key, self.called, 0, &collect),
            // In a bypass and in a transaction the value is for this call alone.
            (_, None) => flights.compute_alone(None, &collect),
        }
    }

    /// Returns the value, which is stored and handed to the calls that wait if this call's body `returned` it.
    fn complete(
        self,
        claim: Option<Claim<K, S::Stored>>,
        returned: Option<S::Return>,
    ) -> S::Return {
        match (claim, returned) {
            (Some(Claim::Compute(computation)), Some(returned)) => {
                // mutant: dependencies-taken-late-3
                computation.complete::<S>(returned, self.key)
            }
            (Some(Claim::Use { entry, outdated }), _) => {
                let value = use_entry::<S, K>(&entry, outdated);
                testing::record(Outcome::Joined);
                value
            }
            _ => unreachable!("the call has been polled to its end"),
        }
    }

    /// Adds the generations that live now, before the body begins.
    fn collect_into(&self, dependencies: &mut DependencySet) {
        // A value that is neither stored nor part of a stored one needs no dependencies; at the end of a
        // thread no generation can be taken.
        let counts = self.vacant.is_some() || context::current().is_some();
        if counts && context::is_available() {
            // mutant: dependencies-taken-late
            self.flights.memo.collect_into(dependencies);
            // mutant: dependencies-taken-late-2
            self.groups.collect_into(dependencies);
        }
    }
}

const ENDED: &str = "a future is not polled after its end";

/// An async call without an entry: it waits for another call's computation, or runs its body.
///
/// The body is lent, and nothing here holds it: a cached async function adds to a plain one no more than
/// the body's own block. The compiler walks through all that a chain of such functions holds, to find out
/// whether it is `Send`, and gives up at some depth.
///
/// Dropped in the middle, it abandons the computation before the call and the body are dropped, whose destructors may
/// call for the same value.
pub struct Running<'a, S: Storable, K: 'static, G, B: ?Sized> {
    /// First, so that the compiler finds out here, where it is not deep yet, that frames and what they hold are `Send`.
    _shallow: (PhantomData<Arc<DependencySet>>, PhantomData<Arc<Frame>>),
    claim: Option<Claim<K, S::Stored>>,
    /// There until it has returned.
    miss: Option<Miss<S, K, G>>,
    body: Pin<&'a mut B>,
}

impl<S: Storable, K, G, B: ?Sized> std::fmt::Debug for Running<'_, S, K, G, B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}

impl<S, K, G, B> Future for Running<'_, S, K, G, B>
where
    S: Storable,
    K: Clone + Eq + Send + Sync + 'static,
    G: Groups,
    B: Future<Output = S::Return> + ?Sized,
{
    type Output = S::Return;

    // A hit in the same function does without the room that this takes.
    #[inline(never)]
    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<S::Return> {
        let Self { _shallow: _, claim, miss, body } = self.get_mut();
        let call = miss.as_ref().expect(ENDED);
        let waker = task.waker();
        let wait = |waiter: &Waiter| waiter.poll(waker);
        let returned = ready!(call.poll(claim, wait, || body.as_mut().poll(task)));
        Poll::Ready(miss.take().expect(ENDED).complete(claim.take(), returned))
    }
}

// Nothing in it is ever pinned.
impl<S: Storable, K, G, B: ?Sized> Unpin for Running<'_, S, K, G, B> {}

/// A body of which only its output and that it is `Send` are known.
pub fn boxed<'a, R>(
    body: impl Future<Output = R> + Send + 'a,
) -> Pin<Box<dyn Future<Output = R> + Send + 'a>> {
    Box::pin(body)
}
