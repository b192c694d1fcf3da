//! A call of a cached function: hit, join, or compute.

use crate::cache::{self, Entry, Memo, Vacant};
use crate::call_site::CallSite;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::context::{self, Frame};
use crate::flights::flight::{Flight, Loss, WaitOutcome, Waiter};
use crate::flights::leader::{Leader, Part};
use crate::flights::wait_graph::Wait;
use crate::generations::{DependencySet, PendingInvalidations};
use crate::groups::Groups;
use crate::key::KeyRef;
use crate::returns::Storable;
use crate::sync::Arc;
use crate::testing::{self, Outcome};
use std::marker::PhantomData;

/// How many failed computations of others a caller waits for before it computes on its own.
///
/// Each failure hands over to one waiter, so that a broken body is tried by one at a time; without a
/// limit, the last of a hundred callers of a query that times out would wait a hundred times as long.
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

/// What a call came to, before any body has run.
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
    /// What to insert the value with, if it may be shared and stored.
    vacant: Option<Vacant>,
    key: K,
    groups: G,
    /// When the call was made: what it joins must not have been invalidated before.
    called: Timestamp,
    /// The place in the flight that this call waits for; boxed, since each call that begins has room for it.
    pub(crate) joined: Option<Box<Waiter<K, S::Stored>>>,
    /// How many flights have failed while this call waited for them.
    failures: u32,
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
    pub fn config(self, config: Options<S, Q>) -> Self {
        Self { config, ..self }
    }

    /// Answers from the memo, or prepares to compute.
    #[inline]
    pub fn begin(self) -> Lookup<S, Q::Key, G> {
        // Nothing on this thread asks for more than a lookup.
        let plain = context::is_default() && !self.bypass;
        if plain && let Some(number) = self.site.number::<F>() {
            if let Some(value) = cache::get_local(number, self.query) {
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
        let memo = self.site.memo::<Q::Key, S::Stored, F>(self.config);
        let bypassed = !plain && (self.bypass || context::is_bypassed());
        // Without frames a body's dependencies would be lost, so nothing may be stored.
        let vacant = if bypassed || !context::is_available() {
            memo.record_miss();
            None
        } else {
            // A plain call has missed in the thread-local cache.
            match look_up::<S, _>(memo, self.query, plain) {
                Ok(value) => {
                    testing::record(Outcome::Hit);
                    return Lookup::Hit(value);
                }
                Err(vacant) => vacant,
            }
        };
        let key = self.query.to_key();
        let groups = (self.groups)();
        let (joined, failures) = (None, 0);
        Lookup::Miss(Miss { memo, vacant, key, groups, called, joined, failures })
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
    let touched =
        |held: &PendingInvalidations| entry.dependencies().iter().any(|g| held.touches(g.group()));
    // mutant: transaction-reads-touched
    !transaction.is_some_and(touched)
}

/// Returns an entry's value, and tells the running body of its use.
pub(crate) fn use_entry<S: Storable, K>(entry: &Entry<K, S::Stored>, outdated: bool) -> S::Return {
    // mutant: nested-hit-lost
    context::with_frame(|frame| frame.note_use(entry.dependencies(), entry.deadline(), outdated));
    S::join(entry.value().clone())
}

/// Returns the value of another call.
pub(crate) fn join_entry<S: Storable, K>(entry: &Entry<K, S::Stored>, outdated: bool) -> S::Return {
    let value = use_entry::<S, K>(entry, outdated);
    testing::record(Outcome::Joined);
    value
}

/// What a call without an entry is to do next.
pub(crate) enum Next<K: 'static, V: 'static> {
    /// Return this.
    Use { entry: Arc<Entry<K, V>>, outdated: bool },
    /// Wait for another's computation, then look again.
    Wait(Box<Waiter<K, V>>, Wait),
    /// Run the body.
    Leader(Leader<K, V>),
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
            match self.next() {
                Next::Use { entry, outdated } => return join_entry::<S, K>(&entry, outdated),
                Next::Wait(seat, _wait) => {
                    seat.wait();
                    self.joined = Some(seat);
                }
                Next::Leader(lead) => {
                    let returned = {
                        let _scope = context::enter(lead.frame());
                        body()
                    };
                    // mutant: dependencies-taken-late-3
                    return lead.land::<S>(returned, self.key);
                }
            }
        }
    }

    /// Stores what the body returned, hands it to those who wait, and returns it.
    pub(crate) fn land(self, lead: Leader<K, S::Stored>, returned: S::Return) -> S::Return {
        // mutant: dependencies-taken-late-4
        lead.land::<S>(returned, self.key)
    }

    /// Finds out who computes. Sync and async calls differ only in how they wait for it.
    pub(crate) fn next(&mut self) -> Next<K, S::Stored> {
        loop {
            if let Some(next) = self.arrive().or_else(|| self.depart()) {
                return next;
            }
        }
    }

    /// Takes what the flight brought that this call has waited for, or goes on without it.
    fn arrive(&mut self) -> Option<Next<K, S::Stored>> {
        let seat = self.joined.take()?;
        let Some(arrival) = seat.arrival() else {
            return self.lose_patience(seat);
        };
        match arrival {
            WaitOutcome::Value { entry, outdated } => {
                self.memo.counts.joined.add(1);
                Some(Next::Use { entry, outdated })
            }
            WaitOutcome::Lost(Loss::Failed) => {
                self.failures += 1;
                None
            }
            WaitOutcome::Lost(Loss::Cancelled) | WaitOutcome::TooOld => None,
        }
    }

    /// Computes beside the flight that this call has waited for, if its patience is over and it is the one
    /// of those who wait to do so; else it waits on.
    #[cold]
    fn lose_patience(&mut self, seat: Box<Waiter<K, S::Stored>>) -> Option<Next<K, S::Stored>> {
        if !context::is_available() {
            // A future that goes on at the end of a thread, where none waits.
            return Some(self.lead_alone(None));
        }
        if seat.is_due() {
            if !seat.flight().may_be_joined() {
                // What it would add to has ended: it looks for another flight, or begins one.
                return None;
            }
            if let Some(vacant) = self.vacant
                && seat.claim()
            {
                return self.relieve(vacant, seat);
            }
        }
        Some(self.wait(seat))
    }

    /// Computes beside the bodies of the flight that this call has waited for; `None` where it is over by now.
    fn relieve(
        &mut self,
        vacant: Vacant,
        seat: Box<Waiter<K, S::Stored>>,
    ) -> Option<Next<K, S::Stored>> {
        let frame = self.frame();
        let Some(part) = Part::relief(seat.flight(), &frame) else {
            self.joined = Some(seat);
            return None;
        };
        drop(seat);
        let next = self.lead(vacant, part, frame);
        if matches!(next, Next::Leader(_)) {
            self.memo.counts.relieved.add(1);
        }
        Some(next)
    }

    /// Waits in `seat`, unless that could never end.
    fn wait(&self, seat: Box<Waiter<K, S::Stored>>) -> Next<K, S::Stored> {
        match Wait::begin(context::current().as_ref(), seat.flight().frame()) {
            Some(wait) => Next::Wait(seat, wait),
            // The flight waits for this very call, which computes and leaves no trace.
            None => self.lead_alone(None),
        }
    }

    /// Joins the flight of this key or begins one; `None` where the table changed meanwhile.
    fn depart(&mut self) -> Option<Next<K, S::Stored>> {
        if !context::is_available() {
            return Some(self.lead_alone(None));
        }
        let Some(vacant) = self.vacant.filter(|_| self.failures < MOST_FAILURES) else {
            return Some(self.lead_alone(self.vacant));
        };
        let Some(flight) = self.memo.flights.get(vacant.hash()) else {
            return self.lead_flight(vacant);
        };
        // mutant: hash-trusted-flights
        if *flight.key() != self.key {
            // Two keys of one hash: rare enough not to share flights.
            return Some(self.lead_alone(Some(vacant)));
        }
        if flight.is_over() || !flight.may_be_joined() {
            // Doomed: those who joined it earlier may have its value, this call may not even wait.
            self.memo.flights.remove(vacant.hash(), &flight);
            return None;
        }
        Some(self.wait(Box::new(flight.join(self.called))))
    }

    /// Begins the flight that others may join.
    fn lead_flight(&self, vacant: Vacant) -> Option<Next<K, S::Stored>> {
        let frame = self.frame();
        let patience = self.memo.config.patience;
        let flight = Flight::new(self.key.clone(), Arc::clone(&frame), patience);
        let begun = self.memo.flights.try_insert(vacant.hash(), &flight);
        begun.then(|| self.lead(vacant, Part::leader(flight), frame))
    }

    /// Takes a part in a flight: computes, unless there is an entry by now.
    fn lead(
        &self,
        vacant: Vacant,
        part: Part<K, S::Stored>,
        frame: Arc<Frame>,
    ) -> Next<K, S::Stored> {
        // From here on others may wait. A destructor of the user's that runs meanwhile, of a value that
        // happens to be freed here, must know that it runs inside of this call.
        let _scope = context::enter(&frame);
        let mut lead = Leader::new(self.memo, Some(vacant), frame, Some(part));
        // An entry may have been published between this call's lookup and its flight.
        // mutant: leader-does-not-look-again
        match self.memo.get_again(vacant, &self.key) {
            Some(entry) => {
                lead.hand_over(&entry);
                Next::Use { entry, outdated: false }
            }
            None => begin(lead),
        }
    }

    /// Computes without letting anyone join.
    fn lead_alone(&self, vacant: Option<Vacant>) -> Next<K, S::Stored> {
        begin(Leader::new(self.memo, vacant, self.frame(), None))
    }

    /// A frame under the generations that live now, before the body begins.
    fn frame(&self) -> Arc<Frame> {
        let mut dependencies = DependencySet::new();
        // What is neither stored nor part of a value that is depends on nothing; at the end of a
        // thread nothing can be asked for either.
        let counts = self.vacant.is_some() || context::current().is_some();
        if counts && context::is_available() {
            // mutant: dependencies-taken-late
            self.memo.collect_into(&mut dependencies);
            // mutant: dependencies-taken-late-2
            self.groups.collect_into(&mut dependencies);
        }
        Frame::new(dependencies)
    }
}

/// Counts a computation that is about to begin.
fn begin<K, V>(lead: Leader<K, V>) -> Next<K, V> {
    lead.memo().counts.misses.add(1);
    Next::Leader(lead)
}
