//! Transactions: bumps held back until the database has committed.

use crate::bump::Bumped;
use crate::held::Held;
use crate::sync::Arc;
use crate::tracker;
use std::future::poll_fn;
use std::pin::pin;

/// Holds bumps back until a database transaction has committed.
///
/// Inside of [`enter`](Self::enter) and [`run`](Self::run):
///
/// - invalidations wait, and say so with [`Bumped::is_held`];
/// - cached calls that depend on a group touched in the transaction compute and store nothing;
/// - other cached calls still hit, but what they compute is not stored.
///
/// What runs outside sees nothing of it before [`commit`](Self::commit).
///
/// Commit the database first and this after it. Dropped undecided, by an early return, a panic or a
/// cancelled future, it bumps, since an unknown outcome may have been a commit.
///
/// One that begins inside of another ends with it: its `commit` hands its bumps to the outer one, its
/// `rollback` forgets its own.
///
/// ```
/// use gcache_runtime::{Transaction, invalidate_tag};
///
/// let transaction = Transaction::begin();
/// transaction.enter(|| {
///     // .. change rows in a database transaction ..
///     assert!(invalidate_tag("movies").is_held());
/// });
/// // .. commit the database transaction ..
/// transaction.commit();
/// ```
#[derive(Debug)]
#[must_use = "dropped undecided, a transaction bumps all that it holds back"]
pub struct Transaction {
    held: Option<Arc<Held>>,
    /// Of a scope: what the transactions inside of it have committed.
    committed: Option<Box<Transaction>>,
}

impl Transaction {
    /// Begins a transaction, inside of the one that is entered here, if any. Nothing is held back
    /// until it is entered itself.
    pub fn begin() -> Self {
        Self { held: Some(Held::new(tracker::transaction())), committed: None }
    }

    /// Begins a scope: a transaction that may have any number of database transactions inside, such as a
    /// request's. All their bumps wait for it, and are done when it ends, **also when it is rolled back**:
    /// they have committed by themselves, so its [`rollback`](Self::rollback) forgets only what was
    /// bumped in none of them. An inner one that is rolled back forgets its own, as ever.
    ///
    /// ```
    /// use gcache_runtime::{Cached, Transaction, invalidate_tag, tag};
    ///
    /// let films: Cached<(), &str> = Cached::new("docs::films");
    /// films.get(&(), || tag("films"), || "Metropolis");
    ///
    /// let request = Transaction::begin_scope();
    /// request.enter(|| {
    ///     let inner = Transaction::begin();
    ///     inner.enter(|| invalidate_tag("films"));
    ///     // .. commit a database transaction ..
    ///     inner.commit();
    /// });
    /// request.rollback();
    /// assert!(!films.get(&(), || tag("films"), || "M").is_hit());
    /// ```
    pub fn begin_scope() -> Self {
        let committed = Self::begin();
        let held = committed.held.as_ref().map(Held::passed_by);
        Self { held, committed: Some(Box::new(committed)) }
    }

    /// Whether a transaction is entered here, so that bumps wait.
    ///
    /// ```
    /// use gcache_runtime::Transaction;
    ///
    /// assert!(!Transaction::is_entered());
    /// let transaction = Transaction::begin();
    /// assert!(transaction.enter(Transaction::is_entered));
    /// transaction.rollback();
    /// ```
    pub fn is_entered() -> bool {
        tracker::transaction().is_some()
    }

    /// Runs `work` outside of any transaction that is entered here: bumps are done at once, and a
    /// transaction that begins is inside of none. For a change that the database has committed already,
    /// whatever becomes of the transaction around it.
    ///
    /// ```
    /// use gcache_runtime::{Transaction, invalidate_tag};
    ///
    /// let transaction = Transaction::begin();
    /// let bumped = transaction.enter(|| Transaction::outside(|| invalidate_tag("movies")));
    /// assert!(!bumped.is_held());
    /// transaction.rollback();
    /// ```
    pub fn outside<R>(work: impl FnOnce() -> R) -> R {
        let _scope = tracker::leave_transaction();
        work()
    }

    /// Runs `work` inside of the transaction, on this thread.
    pub fn enter<R>(&self, work: impl FnOnce() -> R) -> R {
        let _scope = self.scope();
        work()
    }

    /// Runs the future `work` inside of the transaction. Tasks that it spawns are outside.
    pub async fn run<R>(&self, work: impl Future<Output = R>) -> R {
        let mut work = pin!(work);
        let inside = poll_fn(|task| {
            let _scope = self.scope();
            work.as_mut().poll(task)
        });
        inside.await
    }

    /// Bumps what was held back, each group once; to be called after the database has committed.
    pub fn commit(mut self) -> Bumped {
        Bumped::now(self.finish())
    }

    /// Forgets what was held back; to be called after the database has rolled back. A
    /// [scope](Self::begin_scope) bumps what transactions inside of it have committed.
    pub fn rollback(mut self) {
        if let Some(held) = self.held.take() {
            held.forget();
        }
    }

    fn scope(&self) -> Option<tracker::Scope> {
        // There until the transaction is decided, which takes it.
        self.held.as_ref().map(tracker::enter_transaction)
    }

    fn finish(&mut self) -> usize {
        // A key of the user's that panics drops it, and so does it all the same.
        let committed = self.committed.take();
        // A scope hands its own over first, so that each group ends once.
        let ended = self.held.take().map_or(0, |held| held.finish());
        ended + committed.map_or(0, |mut committed| committed.finish())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.finish();
    }
}
